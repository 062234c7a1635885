"""A private directory for one run, removed afterwards, also after a crash.

The holder keeps a lock on its directory, so that a later run can tell what a killed one left
behind from what a running one still uses.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress

from halsync.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "halsync-work-"


@contextmanager
def scratch(configured: str, target: str) -> Iterator[str]:
    """Yield a new directory (0700) below ``configured``, else the first place that allows it.

    Raises:
        ConfigError: no candidate is writable.
    """
    parent = _writable_parent(configured, target)
    _remove_stale(parent)
    directory, lock = _made(parent)
    try:
        yield directory
    finally:
        remove(directory)
        os.close(lock)


def _made(parent: str) -> tuple[str, int]:
    """A new directory, and the descriptor that holds its lock.

    Until it is locked, another halsync that starts now takes it for one that was left behind.
    """
    while True:
        directory = os.path.join(parent, f"{_PREFIX}{os.getpid()}-{os.urandom(4).hex()}")
        os.mkdir(directory, 0o700)
        try:
            lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(directory):
            return directory, lock
        os.close(lock)


def remove(directory: str) -> None:
    """Remove a tree that halsync made; what cannot be removed stays for the next run."""
    for where, directories, files in os.walk(directory, topdown=False):
        with suppress(OSError):
            os.chmod(where, 0o700)
        for name in files:
            with suppress(OSError):
                os.unlink(os.path.join(where, name))
        for name in directories:
            path = os.path.join(where, name)
            with suppress(OSError):
                os.unlink(path) if os.path.islink(path) else os.rmdir(path)
    with suppress(OSError):
        os.rmdir(directory)


def _writable_parent(configured: str, target: str) -> str:
    if configured:
        candidates = [configured]
    else:
        candidates = [os.environ.get("TMPDIR", ""), "/tmp", "/dev/shm"]  # noqa: S108 - 0700 inside
        if target:
            candidates.append(os.path.join(target, ".halsync"))
    for candidate in candidates:
        if candidate and os.path.isdir(candidate) and os.access(candidate, os.W_OK | os.X_OK):
            return candidate
    raise ConfigError(
        "no directory for temporary files is writable",
        where=", ".join(filter(None, candidates)),
        hint="mount an emptyDir at /tmp, or name a writable directory with --work-dir",
    )


def _remove_stale(parent: str) -> None:
    """Remove what runs that were killed left in ``parent``."""
    for name in os.listdir(parent):
        if not name.startswith(_PREFIX):
            continue
        path = os.path.join(parent, name)
        with suppress(OSError):
            if os.lstat(path).st_uid != os.geteuid():
                continue
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
            finally:
                os.close(lock)
