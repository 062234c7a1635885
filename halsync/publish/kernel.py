"""Two Linux system calls that Python does not offer. Refusals raise OSError as usual."""

from __future__ import annotations

import os

_AT_FDCWD = -100
_EXCHANGE = 2


def exchange(first: str, second: str) -> None:
    """Swap two names in one atomic step (renameat2 with RENAME_EXCHANGE).

    Raises:
        OSError: EINVAL or ENOSYS where the file system or the C library cannot, EXDEV across
            mounts and for directories of a lower overlay layer, EBUSY for mount points.
    """
    import ctypes
    import errno

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), first)
    arguments = (_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _EXCHANGE)
    if libc.renameat2(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), second)


def syncfs(descriptor: int) -> bool:
    """Write out everything dirty on the file system of ``descriptor``.

    Returns False where the C library has no such call: then fsync file by file.

    Raises:
        OSError: a write-back failed (EIO, ENOSPC, EDQUOT).
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):
        return False
    if libc.syncfs(descriptor):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True
