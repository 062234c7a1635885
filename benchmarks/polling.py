"""What it costs to ask a git server whether anything is new, when nothing is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Run, function
from halsync.settings.model import GitSettings, Limits
from halsync.sources import open_source
from halsync.sources.base import Context

_POLLS = 100


def unchanged(url: str, work_dir: Path) -> Callable[[], Run]:
    """A measurement of one poll by a source that is kept, the mean of a hundred."""
    work_dir.mkdir(exist_ok=True)
    context = Context("bench", str(work_dir), ("",), Limits(), time.monotonic())
    source = open_source(GitSettings(url, "main"), context)

    def polls() -> None:
        for _ in range(_POLLS):
            source.renew(time.monotonic() + 60)
            source.revision()

    def run() -> Run:
        together = function(polls)()
        return Run(together.wall / _POLLS, together.cpu / _POLLS, 0)

    return run
