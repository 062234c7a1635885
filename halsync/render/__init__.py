"""Rendering: what turns a composed tree into the files that Halyard reads.

One stage so far: :func:`render` fills in declared placeholders. Stages take a tree and return
a tree, so that others go before and after it.
"""

from __future__ import annotations

from halsync.render.filling import Rendered, render
from halsync.render.placeholders import Placeholder, lookup

__all__ = ["Placeholder", "Rendered", "lookup", "render"]
