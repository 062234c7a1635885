"""One agent at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from halsync.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Iterator

_POLL = 0.05


@contextmanager
def held(path: str, timeout: float, mode: int = 0o640) -> Iterator[None]:
    """Hold the lock file, waiting up to ``timeout`` seconds for another agent to finish.

    An existing file is only opened, never written: a run without a change writes nothing. The
    kernel drops the lock when its holder dies, however it dies.

    Raises:
        PublishError: still locked after ``timeout`` seconds; names the holder if known.
        OSError: the lock file cannot be made or opened.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock
    from time import monotonic, sleep

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        limit = monotonic() + timeout
        while True:
            try:
                flock(descriptor, LOCK_EX | LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() >= limit:
                    raise _busy(path, timeout, descriptor) from None
                sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _busy(path: str, timeout: float, descriptor: int) -> PublishError:
    holder = _holder(os.fstat(descriptor))
    return PublishError(
        f"another halsync{f' (process {holder})' if holder else ''} holds the lock, and still"
        f" did after {timeout:g} s",
        where=path,
        hint="wait for it or stop it; the lock goes with its process and is never stale."
        " Two agents on one target? Keep one. Longer waits: publish.lockTimeout",
    )


def _holder(status: os.stat_result) -> str:
    """The holder's process id as this container sees it, or empty."""
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    try:
        with open("/proc/locks", encoding="ascii", errors="replace") as stream:
            for line in stream:
                fields = line.split()
                if fields[1:2] == ["FLOCK"] and device in fields and "->" not in fields:
                    number = fields[4]
                    return number if number.isdigit() and number != "0" else ""
    except (OSError, IndexError):
        pass
    return ""
