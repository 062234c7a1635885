"""``halsync manifests diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.agent.manifests import plan, wanted

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.manifests.applying import Plan
    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Show what would change; with ``--exit-code``, 1 if there is anything."""
    own, manifests = wanted(settings, console.report)
    planned = plan(settings, own, manifests, prune=arguments.prune or own.prune)
    console.close()
    show(planned, arguments.output, console)
    changed = any(each.outcome in ("created", "changed", "deleted") for each in planned.changes)
    return 1 if changed and arguments.exit_code else 0


def show(planned: Plan, form: str, console: Console) -> None:
    """Print what is, or was, done to each object."""
    from halsync.manifests.showing import lines, record

    if form == "json":
        import json

        console.print(json.dumps({"objects": [record(each) for each in planned.changes]}, indent=2))
        return
    for change in planned.changes:
        for line in lines(change):
            console.print(line)
    if not planned.changes:
        console.print("there are no manifests")
