"""``halsync diff``."""

from __future__ import annotations

import os

from halsync.agent.look import candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.compare import FileChange
    from halsync.model import Tree
    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Show what ``init`` would change; with ``--exit-code``, 1 if there is anything."""
    done = candidate(settings, console.report)
    changes = differences(settings, done.tree)
    console.close()
    from halsync.compare import as_json, summary, text

    if done.problems:
        from halsync.cli.failures import tell_problems

        tell_problems(done.problems, console)
    if arguments.output == "json":
        import json

        from halsync.validate.reporters.as_json import records

        report = {
            "target": settings.target,
            "sources": [source._asdict() for source in done.sources],
            "changes": as_json(changes),
            "summary": summary(changes),
            "problems": records(done.problems),
        }
        console.print(json.dumps(report, indent=2))
    else:
        console.print(text(changes, colour=console.colour()).rstrip("\n"))
        if _made_by_hand(settings.target):
            console.print("init takes over what was made by hand; .halsync/adopted keeps it")
    return 1 if changes and arguments.exit_code else 0


def _made_by_hand(target: str) -> bool:
    from halsync.halyard import CONFIG
    from halsync.publish import read_state

    return os.path.lexists(os.path.join(target, CONFIG)) and read_state(target) is None


def differences(settings: Settings, tree: Tree) -> list[FileChange]:
    """What stands in the target now against ``tree``."""
    from halsync.compare import compare
    from halsync.halyard import DAEMON_FILES
    from halsync.publish import standing

    old = standing(settings.target, tree, settings.daemon_config)
    new = {path: (file.content, file.executable) for path, file in tree.files.items()}
    if settings.daemon_config:
        place = os.path.realpath(settings.daemon_config)
        for name in DAEMON_FILES:
            if name in tree.files:
                new[f"{place}/{name}"] = (tree.files[name].content, False)
    return compare(
        {path: content for path, (content, _) in old.items()},
        {path: content for path, (content, _) in new.items()},
        old_executable={path for path, (_, executable) in old.items() if executable},
        new_executable={path for path, (_, executable) in new.items() if executable},
    )
