"""One agent at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager

from halsync.errors import PublishError

TYPE_CHECKING = False
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
    from time import monotonic, sleep

    limit = monotonic() + timeout
    descriptor = _open(path, mode)
    try:
        while not _locked(descriptor) or not _stands(path, descriptor):
            if monotonic() >= limit:
                raise _busy(path, timeout, descriptor)
            sleep(_POLL)
            if not _stands(path, descriptor):
                # Somebody removed the file: those who come later lock another one.
                os.close(descriptor)
                descriptor = -1
                descriptor = _open(path, mode)
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _open(path: str, mode: int) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, mode)
        if os.fstat(descriptor).st_mode & 0o777 != mode:
            os.fchmod(descriptor, mode)
        return descriptor


def _locked(descriptor: int) -> bool:
    """Try to take the lock."""
    import errno
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno != errno.EBADF or fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_RDWR:
            raise
        # NFS makes it a record lock, and that needs a descriptor that could write (flock(2)).
        writable = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR | os.O_CLOEXEC)
        os.dup2(writable, descriptor, inheritable=False)
        os.close(writable)
        return _locked(descriptor)
    return True


def _stands(path: str, descriptor: int) -> bool:
    """Whether the open file is still the one at ``path``."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


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
