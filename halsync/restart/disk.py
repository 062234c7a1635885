"""Small files below ``<target>/.halsync``, replaced whole."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from halsync.errors import PublishError

HOME = ".halsync"
"""As :mod:`halsync.publish.layout` has it."""


def home(target: str) -> str:
    """The directory, whether it exists or not; links to the target are followed."""
    return os.path.join(os.path.realpath(target), HOME)


def replace(path: str, content: bytes, mode: int = 0o640) -> None:
    """Make ``content`` what stands at ``path``, durably: a reader sees the old or the new one.

    Raises:
        PublishError: the volume is full, read-only, or somebody else's.
    """
    try:
        _replace(path, content, mode)
    except FileNotFoundError:
        # A run that publishes took the scratch file for litter; it does so once, at its start.
        try:
            _replace(path, content, mode)
        except OSError as error:
            raise explained(error, path) from error
    except OSError as error:
        raise explained(error, path) from error


def _replace(path: str, content: bytes, mode: int) -> None:
    directory = os.path.dirname(path)
    # What begins like this is litter for the next run that publishes.
    scratch = os.path.join(directory, f".tmp-{os.getpid()}-{os.path.basename(path)}")
    os.makedirs(directory, 0o750, exist_ok=True)
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        os.rename(scratch, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(scratch)
        raise
    _sync(directory)


def read(path: str, largest: int) -> bytes | None:
    """The content, at most ``largest`` bytes of it; None where nothing stands.

    Raises:
        PublishError: it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read(largest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise explained(error, path) from error


def remove(path: str) -> bool:
    """Remove it; whether anything stood there.

    Raises:
        PublishError: it cannot be removed.
    """
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise explained(error, path) from error
    return True


def _sync(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def explained(error: OSError, path: str) -> PublishError:
    """What a failed call means, and what to do."""
    reason = (error.strerror or str(error)).lower()
    hints = {
        errno.ENOSPC: "free space or inodes on that volume, or raise the emptyDir's sizeLimit",
        errno.EDQUOT: "the disk quota is used up: free space or raise it",
        errno.EROFS: "mount the volume writable here (readOnly: false)",
        errno.EISDIR: "a directory stands where a file is needed: move it away",
        errno.EACCES: "run as the owner of the target, or set the pod's runAsUser/fsGroup",
        errno.EPERM: "run as the owner of the target, or set the pod's runAsUser/fsGroup",
    }
    hint = hints.get(error.errno or 0, "check the volume that the target is on")
    return PublishError(f"cannot be read or written: {reason}", where=path, hint=hint)
