"""Asking a running sidecar, through the unix socket beside its target."""

from __future__ import annotations

import os
import time

from halsync.errors import AccessDenied, ConfigError, SourceUnreachable
from halsync.observe.sockets import SOCKET, connect_unix
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

_LONGEST_ANSWER = 16 * 1024**2


class Answer(NamedTuple):
    """What the sidecar says."""

    status: int
    text: str

    def json(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            SourceUnreachable: it is none.
        """
        import json

        try:
            found = json.loads(self.text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SourceUnreachable(
                f"the sidecar's answer cannot be read: {self.text[:100]!r}",
                hint="is it a halsync of the same version?",
            )
        return found


def socket_path(target: str) -> str:
    """Where the sidecar of a target listens; the same for every way to write the target."""
    return os.path.join(os.path.realpath(target), ".halsync", SOCKET)


def ask(target: str, method: str, path: str, *, timeout: float) -> Answer:
    """Ask the sidecar of a target.

    Args:
        target: the halconfig directory that it serves.
        method: ``GET`` or ``POST``.
        path: with the query, encoded.
        timeout: seconds until the whole answer must be there.

    Raises:
        ConfigError: there is no sidecar.
        AccessDenied: it belongs to another user.
        SourceUnreachable: it does not answer in time, or ended meanwhile.
    """
    where = socket_path(target)
    deadline = time.monotonic() + timeout
    try:
        with connect_unix(where, min(timeout, 5)) as link:
            head = f"{method} {path} HTTP/1.1\r\nHost: halsync\r\nContent-Length: 0\r\n\r\n"
            link.sendall(head.encode("ascii"))
            return _parsed(_read(link, deadline))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise ConfigError(
            "no halsync watch serves this target",
            where=target,
            hint="start halsync watch with this --target, or publish once with halsync init",
        ) from error
    except PermissionError as error:
        raise AccessDenied(
            "the sidecar of this target belongs to another user",
            where=where,
            hint="run this as the user that halsync watch runs as",
        ) from error
    except TimeoutError as error:
        raise SourceUnreachable(
            f"the sidecar has not answered within {timeout:.0f} s",
            where=where,
            hint="halsync status, and the sidecar's log, tell what it is doing",
        ) from error
    except OSError as error:
        raise SourceUnreachable(
            f"the sidecar ended while it was asked ({(error.strerror or 'gone').lower()})",
            where=where,
            hint="see its log; ask again when it is back",
        ) from error


def _read(link: socket.socket, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size < _LONGEST_ANSWER:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        link.settimeout(left)
        data = link.recv(64 * 1024)
        if not data:
            break
        parts.append(data)
        size += len(data)
    return b"".join(parts)


def _parsed(answer: bytes) -> Answer:
    head, end, body = answer.partition(b"\r\n\r\n")
    words = head.split(b"\r\n")[0].split()
    if not end or len(words) < 2 or not words[1].isdigit():
        raise ConnectionResetError(104, "no answer")
    return Answer(int(words[1]), body.decode("utf-8", "replace"))
