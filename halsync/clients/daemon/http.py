"""One request on one connection, over at a deadline whatever the other side does."""

from __future__ import annotations

import http.client
import json
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from halsync.clients.certificates import checking, refusal, why_untrusted
from halsync.clients.timed import Timed
from halsync.errors import AccessDenied, HalsyncError, RestartFailed, SourceUnreachable
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST = 32 * 1024**2
_CHUNK = 65_536
_REMEDY = "add the certificate of the CA that signed it to those, or name it in SSL_CERT_FILE"
_HINT = "check that the daemon runs (hal --ready) and restart.daemonUrl"


class NotListening(SourceUnreachable):
    """Nobody answers at that address: the daemon does not run."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


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
        with (
            closing(Timed(connection.sock, deadline)) as reader,
            closing(http.client.HTTPResponse(reader, method=method)) as response,  # type: ignore[arg-type]
        ):
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
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=checking())
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
    refused = refusal(error)
    if refused:
        message, hint = why_untrusted(refused, remedy=_REMEDY)
        return AccessDenied(message, where=where, hint=hint)
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
