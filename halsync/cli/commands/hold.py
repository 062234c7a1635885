"""``halsync hold``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from halsync.publish import read_state
from halsync.restart import hold

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Stop reactions until ``halsync resume``."""
    hold.set(settings.target, arguments.reason)
    held = hold.read(settings.target)
    if arguments.output == "json":
        console.print(json.dumps({"target": settings.target, "held": held}, indent=2))
        return 0
    console.print(f"held: {held}")
    console.print("  halsync watch restarts nothing, and publishes nothing that needs it, until:")
    console.print("  halsync resume")
    if read_state(settings.target) is None:
        console.print(f"  nothing is published in {settings.target} yet: is that the target?")
    return 0
