"""The termination log: the file whose content Kubernetes shows as a container's last words."""

from __future__ import annotations

import os
from contextlib import suppress

from halsync.redact import redact

DEFAULT = "/dev/termination-log"
"""``terminationMessagePath`` where a pod does not say otherwise."""

_LARGEST = 4096
"""Bytes that the kubelet reads of one container."""


def write_last_words(path: str, line: str) -> None:
    """Replace the file's content by ``line``, redacted and cut to what is read. Never raises.

    The default path is only used where the kubelet has put it: as root on a laptop it would
    otherwise appear in ``/dev``. Any other path is created if it does not exist.
    """
    if not path or not line:
        return
    content = redact(line).encode("utf-8", "backslashreplace")[:_LARGEST]
    content = content.decode("utf-8", "ignore").encode()
    create = 0 if path == DEFAULT else os.O_CREAT
    # O_NONBLOCK: a FIFO that nobody reads must not hold up the end of a run.
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | create
    with suppress(OSError):
        handle = os.open(path, flags, 0o644)
        try:
            # Not at opening time, where it would also be tried on a device or a FIFO.
            with suppress(OSError):
                os.ftruncate(handle, 0)
            os.write(handle, content)
        finally:
            os.close(handle)
