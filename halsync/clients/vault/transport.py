"""One request and its answer: patience, redirects, what can go wrong below HTTP."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from halsync.clients.vault.failures import broken
from halsync.clients.vault.wire import Request, open_wire
from halsync.errors import AccessDenied, ConfigError, SourceUnreachable
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.vault.link import Response
    from halsync.clients.vault.wire import Wire
    from halsync.settings.vault import VaultConnection

_REDIRECTS = 3
_PATIENCE = 6
"""Tries of one request when the server asks for patience."""
_LONGEST_WAIT = 8.0


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: Mapping[str, Any] = {}
    """Empty if it was not a JSON object."""
    errors: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}


class Transport:
    """Requests to one server. May be used by several threads at once."""

    def __init__(self, connection: VaultConnection, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self._lock = threading.Lock()
        self._closed = False
        self._wire: Wire | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request to ``/v1/<path>``; any status is an answer.

        A server that asks for patience (429, or 412 of a node that lags behind) gets it, as long
        as the deadline allows.

        Args:
            path: as it is meant, not quoted.

        Raises:
            SourceUnreachable, AccessDenied, ConfigError: there is no answer.
        """
        # The HTTP libraries would resolve such parts, and ask for another path than the one meant.
        if any(part in (".", "..") for part in path.split("/")):
            raise ConfigError(
                f"the path {path!r} holds '.' or '..'", hint="name the path itself, part by part"
            )
        request = Request(method, path, token, body, query)
        wait = 0.25
        for attempt in range(_PATIENCE):
            answer = self._once(request)
            if answer.status not in (412, 429) or attempt == _PATIENCE - 1:
                break
            wait = min(_seconds(answer.headers.get("Retry-After", "")) or wait * 2, _LONGEST_WAIT)
            if time.monotonic() + wait >= self.deadline:
                break
            time.sleep(wait)
        return answer

    def renew(self, deadline: float) -> None:
        """Go on until ``deadline``, also after :meth:`close`."""
        with self._lock:
            self.deadline = deadline
            self._closed = False

    def close(self) -> None:
        """Drop the connections; whoever still asks gets no answer."""
        with self._lock:
            self._closed = True
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _once(self, request: Request) -> Answer:
        wire = self._opened()
        for _ in range(_REDIRECTS):
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise SourceUnreachable(
                    "there was no time left to ask the server",
                    where=self.connection.address,
                    hint="raise timeout, or see what slows the server down",
                )
            try:
                response = wire.send(request, min(self.connection.timeout, left))
            except (OSError, ValueError) as error:
                wire.base = self.connection.address
                raise broken(error, self.connection) from None
            if response.status >= 500:
                # Dead or sealed, where a standby once led to: next time, the way begins anew.
                wire.base = self.connection.address
            if response.status not in (301, 302, 307, 308):
                return self._read(response)
            wire.base = self._elsewhere(response.headers.get("Location", ""))
        raise SourceUnreachable(
            "the server sends halsync from one address to another",
            where=self.connection.address,
            hint="check the api_addr of the cluster's nodes, and load balancers in front of them",
        )

    def _elsewhere(self, location: str) -> str:
        """A standby names the active node; the token does not go there in clear text."""
        try:
            parts = urlsplit(location)
            legal = bool(parts.netloc) and parts.port != 0
        except ValueError:
            legal = False
        if not legal:
            raise SourceUnreachable(
                f"the server redirects to {location[:100]!r}, which is no server",
                where=self.connection.address,
                hint="check vault.address: no path belongs behind the host and port",
            )
        if parts.scheme != "https" and self.connection.address.lower().startswith("https:"):
            raise AccessDenied(
                f"the server redirects to {parts.scheme}://{parts.netloc}, where the token could"
                " be read by others",
                where=self.connection.address,
                hint="set api_addr of the cluster's nodes to https://…",
            )
        return f"{parts.scheme}://{parts.netloc}"

    def _opened(self) -> Wire:
        with self._lock:
            if self._closed:
                # Work that went on in a thread meanwhile ends here.
                raise SourceUnreachable("halsync has hung up", where=self.connection.address)
            if self._wire is None:
                self._wire = open_wire(self.connection)
            return self._wire

    def _read(self, response: Response) -> Answer:
        body: object = {}
        with suppress(ValueError, RecursionError):
            body = json.loads(response.content) if response.content else {}
        if not isinstance(body, dict):
            body = {}
        if not body and response.status == 400 and b"HTTPS server" in response.content[:200]:
            raise SourceUnreachable(
                "the server speaks TLS only",
                where=self.connection.address,
                hint="write vault.address with https://",
            )
        errors = body.get("errors")
        told = tuple(str(error) for error in errors) if isinstance(errors, list) else ()
        return Answer(response.status, body, told, response.headers)


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
