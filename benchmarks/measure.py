"""Whole-process measurements in interleaved pairs, so that a noisy machine cancels out."""

from __future__ import annotations

import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """One finished process (or function call)."""

    wall: float
    """Seconds."""
    cpu: float
    """User and system seconds, children included."""
    memory: int
    """Largest resident set in bytes; 0 where it is not a process of its own."""


class Comparison(NamedTuple):
    """Medians of both sides, and the median of the ratios pair by pair."""

    ours: Run
    theirs: Run
    wall_ratio: float
    cpu_ratio: float
    pairs: int


def process(
    command: Sequence[str],
    environment: dict[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Callable[[], Run]:
    """A measurement that runs ``command``, its output thrown away, and insists on exit 0."""

    largest = 0

    def run() -> Run:
        nonlocal largest
        if before:
            before()
        if not largest:
            largest = _largest(command, environment)
            if before:
                before()
        null = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, null, descriptor) for descriptor in (0, 1, 2)]
        begun = time.perf_counter()
        pid = os.posix_spawnp(
            command[0], list(command), environment or _environment(), file_actions=actions
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begun
        os.close(null)
        if status:
            raise SystemExit(f"exit {os.waitstatus_to_exitcode(status)}: {' '.join(command)}")
        return Run(wall, usage.ru_utime + usage.ru_stime, largest)

    return run


_WITNESS = """
import os, sys
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ), 0)
os.write(3, b"%d" % (usage.ru_maxrss * 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _largest(command: Sequence[str], environment: dict[str, str] | None) -> int:
    """The largest resident set of a run, in bytes, told by a process that is small itself.

    A child begins with the memory of whoever starts it, and the system counts that as its own.
    """
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, descriptor) for descriptor in (0, 1, 2)]
    words = [sys.executable, "-I", "-S", "-c", _WITNESS, *command]
    pid = os.posix_spawn(
        words[0],
        words,
        environment or _environment(),
        file_actions=[*actions, (os.POSIX_SPAWN_DUP2, writer, 3)],
    )
    os.close(writer)
    os.close(null)
    with os.fdopen(reader, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"exit {os.waitstatus_to_exitcode(status)}: {' '.join(command)}")
    return int(told)


def function(
    work: Callable[[], object], before: Callable[[], None] | None = None
) -> Callable[[], Run]:
    """A measurement of a call in this process."""

    def run() -> Run:
        if before:
            before()
        cpu, begun = time.process_time(), time.perf_counter()
        work()
        return Run(time.perf_counter() - begun, time.process_time() - cpu, 0)

    return run


def compare(ours: Callable[[], Run], theirs: Callable[[], Run], pairs: int) -> Comparison:
    """Run both in turn ``pairs`` times after one warm-up each."""
    ours(), theirs()
    runs = [(ours(), theirs()) for _ in range(pairs)]
    return Comparison(
        _median([run for run, _ in runs]),
        _median([run for _, run in runs]),
        statistics.median(one.wall / other.wall for one, other in runs),
        statistics.median(one.cpu / max(other.cpu, 1e-4) for one, other in runs),
        pairs,
    )


def put_away(directory: Path) -> None:
    """Put away what a run has made.

    It is not removed before the end: ext4 makes whoever creates a file step over every inode
    that was freed in the last minute, which cost up to 10 ms of a run.
    """
    if directory.exists():
        directory.rename(directory.with_name(f"{directory.name}-{uuid.uuid4().hex}"))


def _median(runs: list[Run]) -> Run:
    return Run(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        int(statistics.median(run.memory for run in runs)),
    )


def _environment() -> dict[str, str]:
    """The machine's, but with bytecode written and kept, as an installed program has it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
