"""``halsync rollback``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from halsync.publish import rollback

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Go back, and say how long it lasts."""
    done = rollback(
        settings.target,
        arguments.generation or "",
        options=settings.publish,
        daemon_config=settings.daemon_config,
    )
    for warning in done.warnings:
        console.log.warning("target", message=warning)
    if arguments.output == "json":
        console.print(
            json.dumps(
                {
                    "outcome": done.outcome,
                    "target": settings.target,
                    "generation": done.generation,
                    "previous": done.previous,
                    "adopted": list(done.adopted),
                    "warnings": list(done.warnings),
                },
                indent=2,
            )
        )
    else:
        console.print(f"{settings.target} is back on generation {done.generation[:12]}")
        console.print(
            f"  pinned: halsync init leaves it there until a source moves on from what"
            f" {done.previous[:12]} was made of"
        )
        for path in done.adopted:
            console.print(f"  kept aside: {path}")
    return 0
