"""What parent and child say to each other: one JSON object a line, over a private socket.

Parent: the settings first, then requests. Child: an answer to each; or ``bye``, unasked, when
it ends because nobody asked for a while, so that the parent knows that whatever it sent after
that was not done.
"""

from __future__ import annotations

import time
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from halsync import errors
from halsync.clients.kubernetes import failures
from halsync.redact import redact

if TYPE_CHECKING:
    import socket

IDLE = 30.0
"""Seconds without a request after which the child ends."""
_SHORTEST = 0.001

_KINDS: dict[str, type[errors.HalsyncError]] = {
    kind.__name__: kind
    for kind in (
        failures.ObjectNotFound,
        failures.Conflict,
        failures.Rejected,
        failures.Busy,
        errors.AccessDenied,
        errors.SourceUnreachable,
        errors.ConfigError,
    )
}


class Lines:
    """Both directions of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = b""

    def send(self, message: dict[str, Any], timeout: float) -> None:
        """
        Raises:
            TimeoutError: it was not taken within ``timeout`` seconds.
            OSError: nobody is there any more.
        """
        self._end.settimeout(max(timeout, _SHORTEST))
        self._end.sendall(dumps(message).encode() + b"\n")

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """The next message; None when the other end is closed.

        Raises:
            TimeoutError: none came within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        parts = [self._rest]
        while b"\n" not in parts[-1]:
            self._end.settimeout(max(deadline - time.monotonic(), _SHORTEST))
            try:
                part = self._end.recv(1 << 16)
            except ConnectionError:
                part = b""
            if not part:
                return None
            parts.append(part)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        found: dict[str, Any] = loads(line)
        return found


def told(error: errors.HalsyncError) -> dict[str, Any]:
    """The error, fit for the wire. Redacted here: only this process knows the token."""
    return {
        "kind": type(error).__name__,
        "message": redact(error.message),
        "where": redact(error.where),
        "hint": redact(error.hint),
        "retry_after": getattr(error, "retry_after", 0.0),
    }


def raised(told: dict[str, Any]) -> errors.HalsyncError:
    """The error that :func:`told` was given."""
    kind = _KINDS.get(told["kind"], errors.SourceUnreachable)
    found = kind(told["message"], where=told["where"], hint=told["hint"])
    if isinstance(found, failures.Busy):
        found.retry_after = told["retry_after"]
    return found
