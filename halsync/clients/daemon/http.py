"""One request on one connection, over at a deadline whatever the other side does."""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from halsync.errors import AccessDenied, HalsyncError, RestartFailed, SourceUnreachable
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST = 32 * 1024**2
_CHUNK = 65_536
_HINT = "check that the daemon runs (hal --ready) and restart.daemonUrl"


class NotListening(SourceUnreachable):
    """Nobody answers at that address: the daemon does not run."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class _Timed(io.RawIOBase):
    """The reading side of a socket, with one deadline for all of it."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._socket = connection
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As :class:`http.client.HTTPResponse` asks a socket for it."""
        return io.BufferedReader(self, _CHUNK)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._socket.recv_into(buffer)


def ask(
    base: str,
    method: str,
    path: str,
    *,
    query: Sequence[tuple[str, str]] = (),
    body: object = None,
    timeout: float,
) -> Answer:
    """Send it and read the whole answer, of whatever status.

    Args:
        base: ``http://localhost:8064``.
        method: of the request.
        path: exactly as the daemon spells it, with the slash at the end or without.
        query: parameters, not encoded; names may repeat.
        body: anything that JSON can hold; None for no body.
        timeout: seconds until it must be over.

    Raises:
        NotListening: the daemon does not run.
        SourceUnreachable: no answer in time, the connection broke.
        AccessDenied: the certificate is not trusted.
    """
    target = f"{path}?{urlencode(query)}" if query else path
    where = base.rstrip("/") + path
    connection = _connection(base, timeout)
    deadline = time.monotonic() + timeout
    content = None if body is None else json.dumps(body).encode()
    headers = {"Accept": "application/json", "Connection": "close"}
    if content is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection.connect()
        connection.request(method, target, content, headers)
        reader = _Timed(connection.sock, deadline)
        response = http.client.HTTPResponse(reader, method=method)  # type: ignore[arg-type]
        response.begin()
        return Answer(response.status, _whole(response, where))
    except HalsyncError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise _explained(error, where, timeout) from error
    finally:
        connection.close()


def _connection(base: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(base)
    host, port = parts.hostname or "localhost", parts.port
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout)
    return http.client.HTTPConnection(host, port, timeout=timeout)


def _whole(response: http.client.HTTPResponse, where: str) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > _LARGEST:
            raise RestartFailed(
                f"the answer is larger than {_LARGEST // 1024**2} MiB",
                where=where,
                hint="check restart.daemonUrl: something else listens there",
            )
    left = response.length
    if left:
        raise http.client.IncompleteRead(bytes(body), left)
    return bytes(body)


def _explained(error: Exception, where: str, timeout: float) -> HalsyncError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return AccessDenied(
            f"the certificate is not trusted: {error.verify_message}",
            where=where,
            hint="give the daemon one of an authority that this machine trusts",
        )
    if isinstance(error, ConnectionRefusedError):
        return NotListening("nothing listens there", where=where, hint=_HINT)
    if isinstance(error, TimeoutError):
        return SourceUnreachable(f"no answer within {timeout:g} s", where=where, hint=_HINT)
    if isinstance(error, socket.gaierror):
        return SourceUnreachable(
            f"the host name is not known: {error.strerror}", where=where, hint=_HINT
        )
    if isinstance(error, http.client.HTTPException):
        return SourceUnreachable(
            f"the answer broke off or is not HTTP ({type(error).__name__})", where=where, hint=_HINT
        )
    reason = getattr(error, "strerror", "") or str(error) or type(error).__name__
    return SourceUnreachable(f"the connection failed: {reason}", where=where, hint=_HINT)
