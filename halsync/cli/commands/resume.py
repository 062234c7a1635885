"""``halsync resume``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from halsync.restart import hold

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Let reactions happen again."""
    reason = hold.read(settings.target)
    was = hold.clear(settings.target)
    if arguments.output == "json":
        console.print(json.dumps({"target": settings.target, "wasHeld": was}, indent=2))
    elif was:
        console.print(f"no longer held ({reason})")
    else:
        console.print("nothing was held")
    return 0
