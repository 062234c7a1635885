"""The hold file: while ``<target>/.halsync/hold`` exists, nothing is restarted.

Anybody who can write there may hold: ``halsync hold --reason …``, or just ``touch``. The first
line says why, the second who and when.
"""

from __future__ import annotations

import getpass
import os
import socket
import time

from halsync.redact import redact
from halsync.restart import disk

_NAME = "hold"
_LARGEST = 4_096


def path_of(target: str) -> str:
    """Where the file stands."""
    return os.path.join(disk.home(target), _NAME)


def read(target: str) -> str:
    """Why a person holds everything, on one line; empty if nobody does.

    Raises:
        PublishError: the file is there and cannot be read.
    """
    content = disk.read(path_of(target), _LARGEST)
    if content is None:
        return ""
    lines = [line.strip() for line in content.decode("utf-8", "replace").splitlines()]
    text = ", ".join(line for line in lines if line)
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return redact(printable) or "no reason given"


def set(target: str, reason: str, who: str = "") -> None:  # noqa: A001 - hold.set(…)
    """Hold, or hold for another reason.

    Raises:
        PublishError: the file cannot be written.
    """
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = f"{' '.join(reason.split()) or 'no reason given'}\nby {who or _me()} since {stamp}\n"
    disk.replace(path_of(target), text.encode("utf-8", "replace")[:_LARGEST], 0o664)


def clear(target: str) -> bool:
    """Hold no longer; whether anybody did.

    Raises:
        PublishError: the file cannot be removed.
    """
    return disk.remove(path_of(target))


def _me() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"user {os.geteuid()}"
    return f"{name} on {socket.gethostname()}"
