"""``halsync manifests apply``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from halsync.agent.manifests import apply, plan, wanted
from halsync.cli.commands.manifests_diff import show

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Apply, and say what was done."""
    own, manifests = wanted(settings, console.report)
    own = own._replace(force=arguments.force or own.force)
    prune = arguments.prune or own.prune
    if arguments.dry_run:
        done = plan(settings, own, manifests, prune=prune)
    else:
        done = apply(settings, own, manifests, console.report, prune=prune)
    console.close()
    show(done, arguments.output, console)
    if done.changes and arguments.output == "text":
        outcomes = Counter(change.outcome for change in done.changes)
        counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
        said = "a dry run, nothing was applied" if arguments.dry_run else "applied"
        console.print(f"{said}: {counts}")
    return 0
