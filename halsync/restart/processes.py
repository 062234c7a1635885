"""Processes of a shared PID namespace, as ``/proc`` shows them."""

from __future__ import annotations

import os

from halsync.records import NamedTuple

_SHELLS = ("sh", "bash", "dash", "ash", "tini", "dumb-init", "catatonit", "pause", "su", "sudo")
"""Programs that only start others; a signal to them need not reach these."""


class Process(NamedTuple):
    """One process."""

    pid: int
    parent: int
    started: str
    """Clock ticks since the machine started: with ``pid``, one process and no other."""
    arguments: tuple[str, ...]
    state: str

    @property
    def identity(self) -> str:
        """What tells it from a later one with the same number."""
        return f"{self.pid}:{self.started}"


def read(pid: int) -> Process | None:
    """The process; None if it is gone, or hidden from this user."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            # The name in brackets may hold anything, brackets too.
            fields = stream.read().rpartition(b")")[2].split()
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            line = stream.read()
        words = line.rstrip(b"\0").split(b"\0") if line else []
        return Process(
            pid,
            int(fields[1]),
            fields[19].decode(),
            tuple(word.decode("utf-8", "replace") for word in words),
            fields[0].decode(),
        )
    except (OSError, ValueError, IndexError):
        return None


def everything() -> dict[int, Process]:
    """Every process that can be seen."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return {found.pid: found for pid in pids if (found := read(pid)) and found.state != "Z"}


def matching(word: str) -> list[Process]:
    """The processes whose command line holds ``word``.

    Never this process, those above it or below it, another halsync, or what only starts others;
    and of a process and those that it started, the uppermost.
    """
    known = everything()
    own = _family(known, os.getpid())
    found = {
        pid: process
        for pid, process in known.items()
        if pid not in own
        and any(word in argument for argument in process.arguments)
        and not _passed_over(process)
    }
    return [
        process
        for process in found.values()
        if not any(above in found for above in _above(known, process.pid))
    ]


def _family(known: dict[int, Process], pid: int) -> set[int]:
    below = {other for other in known if pid in _above(known, other)}
    return {pid, *_above(known, pid), *below}


def _above(known: dict[int, Process], pid: int) -> list[int]:
    found: list[int] = []
    while (process := known.get(pid)) and process.parent and process.parent not in found:
        pid = process.parent
        found.append(pid)
    return found


def _passed_over(process: Process) -> bool:
    first = [os.path.basename(word) for word in process.arguments[:3]]
    return not first or first[0].lstrip("-") in _SHELLS or "halsync" in first
