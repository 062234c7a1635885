"""``halsync accounts sync``."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from halsync.agent.accounts import Synced, failure, sync
from halsync.errors import ConfigError, HalsyncError, Interrupted

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.agent.report import Report
    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Fetch the kubeconfigs, once or again and again."""
    interval = settings.accounts.interval if settings.accounts else 0.0
    if interval:
        return _watch(settings, interval, console)
    done = sync(settings, console.report)
    console.close()
    arguments.result.update(as_json(done))
    lacking = failure(done)
    if lacking is not None:
        raise lacking
    if arguments.output == "json":
        import json

        console.print(json.dumps(arguments.result, indent=2))
    return 0


def as_json(done: Synced) -> dict[str, object]:
    """The result for scripts."""
    from halsync.validate.reporters.as_json import records

    return {
        **done.files._asdict(),
        "sources": [source._asdict() for source in done.sources],
        "problems": records(done.problems),
    }


def _watch(settings: Settings, interval: float, console: Console) -> int:
    """Until SIGTERM. What goes wrong is told once, and again when it is something else."""
    from halsync.agent.secret_settings import cluster_of
    from halsync.cli.failures import tell
    from halsync.clients.kubernetes import connect

    # The client library stays out of a process that has nothing to do most of the time.
    api = connect(cluster_of(settings), apart=True)
    told = ""
    try:
        while True:
            lacking: HalsyncError | None
            try:
                lacking = failure(sync(settings, _quiet(console), api))
            except (ConfigError, Interrupted):
                raise
            except HalsyncError as error:
                lacking = error
            now = "" if lacking is None else f"{lacking}{getattr(lacking, 'problems', '')}"
            if lacking is not None and now != told:
                tell(lacking, console)
            told = now
            time.sleep(interval * random.uniform(0.9, 1.1))  # noqa: S311 - spreads the load
    except Interrupted:
        return 0
    finally:
        api.close()


def _quiet(console: Console) -> Report:
    """Tells only what changed something."""

    def report(event: str, **fields: object) -> None:
        changed = fields.get("written") or fields.get("removed")
        if event == "retrying" or (event == "accounts_synced" and changed):
            console.report(event, **fields)

    return report
