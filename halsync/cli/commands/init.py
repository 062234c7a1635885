"""``halsync init``."""

from __future__ import annotations

from halsync.agent.init import init, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import SimpleNamespace
    from typing import Any

    from halsync.agent.init import Initialised
    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Publish, and say what was done."""
    done = init(settings, console.report)
    if done.candidate.problems or done.published.warnings:
        from halsync.cli.failures import tell_problems

        tell_problems(done.candidate.problems, console)
        for warning in done.published.warnings:
            console.log.warning("target", message=warning)
    tell(done.published, settings.target, console.report)
    console.close()
    if arguments.output == "json":
        import json

        console.print(json.dumps(as_json(done, settings.target), indent=2))
    return 0


def as_json(done: Initialised, target: str) -> dict[str, Any]:
    """The result for scripts: ``outcome``, ``generation``, ``sources``, ``problems``, …"""
    from halsync.validate.reporters.as_json import records

    candidate, published = done
    return {
        "outcome": published.outcome,
        "target": target,
        "generation": published.generation,
        "meaning": published.meaning,
        "previous": published.previous,
        "changed": published.changed,
        "daemonChanged": published.daemon_changed,
        "sources": [source._asdict() for source in candidate.sources],
        "files": len(candidate.tree.files),
        "placeholders": dict(candidate.replaced),
        "adopted": list(published.adopted),
        "leftOut": list(published.left_out),
        "removed": list(published.removed),
        "warnings": list(published.warnings),
        "problems": records(candidate.problems),
    }
