"""Which files a step means; see :mod:`halsync.formats.globs`."""

from __future__ import annotations

from halsync.formats.globs import among, is_pattern, matches, matching, similar

__all__ = ["among", "is_pattern", "matches", "matching", "similar"]
