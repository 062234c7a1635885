"""One sidecar per target."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from halsync.errors import ConfigError
from halsync.restart import disk

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "agent.lock"


@contextmanager
def alone(target: str) -> Iterator[None]:
    """Be the only sidecar of the target; the lock goes with the process, however it ends.

    Raises:
        ConfigError: another one works there.
        PublishError: the lock cannot be made.
    """
    path = os.path.join(disk.home(target), _NAME)
    try:
        os.makedirs(os.path.dirname(path), 0o750, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    except OSError as error:
        raise disk.explained(error, path) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(descriptor, 64).decode("ascii", "replace").strip()
            raise ConfigError(
                f"another halsync watch works on this target{f' (process {other})' * bool(other)}",
                where=target,
                hint="one sidecar per target: end the other one, or give each its own target",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(descriptor)
