"""How a request gets to the server: kept connections of the standard library.

hvac stands on requests, which takes longer to import than sixty secrets to be read, and twice
as long for each of them (performance.md). Where more is needed than one server and TLS, which
is where a proxy stands in between, hvac sends the request; both answer alike
(tests/clients/vault runs on either).
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from halsync.clients.vault.failures import untrusted
from halsync.errors import ConfigError
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.settings.vault import VaultConnection


class Request(NamedTuple):
    """One request."""

    method: str
    """In small letters: ``get``, ``list``, ``scan``, ``post``, ``delete``."""
    path: str
    """Behind ``/v1/``, not quoted."""
    token: str = ""
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] | None = None


class Response(NamedTuple):
    """One answer, not looked at yet."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire(Protocol):
    """Sends requests; may be used by several threads at once."""

    base: str
    """Where requests go now; a standby may name another place than the configured one."""

    def send(self, request: Request, timeout: float) -> Response:
        """One answer, whatever its status. Redirects are not followed.

        Raises:
            OSError, ValueError, http.client.HTTPException: there is none.
        """

    def close(self) -> None:
        """Drop the connections."""


def open_wire(connection: VaultConnection) -> Wire:
    """The lighter one, unless the environment names a proxy for this server."""
    parts = urlsplit(connection.address)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"vault.address {connection.address!r} is not a URL",
            hint="write it as https://vault.example.com:8200",
        )
    if any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in os.environ):
        from urllib.request import getproxies, proxy_bypass

        proxies = getproxies()
        named = proxies.get(parts.scheme.lower()) or proxies.get("all")
        if named and not proxy_bypass(parts.netloc.rpartition("@")[2]):
            from halsync.clients.vault.wire_hvac import HvacWire

            return HvacWire(connection)
    return PlainWire(connection)


class PlainWire:
    """See :class:`Wire`."""

    def __init__(self, connection: VaultConnection) -> None:
        self.base = connection.address
        self._connection = connection
        self._lock = threading.Lock()
        self._idle: list[tuple[str, http.client.HTTPConnection]] = []
        self._closed = False
        self._context: ssl.SSLContext | None = None

    def send(self, request: Request, timeout: float) -> Response:
        """As :meth:`Wire.send`. A kept connection that the server has dropped is replaced."""
        base = self.base
        kept = self._kept(base) if request.method != "post" else None
        if kept is not None:
            try:
                return self._ask(base, kept, request, timeout)
            except (ConnectionError, http.client.HTTPException):
                kept.close()
        return self._ask(base, self._new(base), request, timeout)

    def close(self) -> None:
        """Drop the connections, those in use when they are done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _ask(
        self, base: str, link: http.client.HTTPConnection, request: Request, timeout: float
    ) -> Response:
        link.timeout = timeout
        if link.sock is not None:
            link.sock.settimeout(timeout)
        body = json.dumps(request.body).encode() if request.body is not None else None
        try:
            link.request(
                request.method.upper(), _target(base, request), body, self._headers(request)
            )
            answer = link.getresponse()
            content = answer.read()
        except BaseException:
            link.close()
            raise
        headers = {name.title(): value for name, value in answer.getheaders()}
        with self._lock:
            keep = not (self._closed or answer.will_close)
            if keep:
                self._idle.append((base, link))
        if not keep:
            link.close()
        return Response(answer.status, headers, content)

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"X-Vault-Request": "true"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.token:
            headers["X-Vault-Token"] = request.token
        if self._connection.namespace:
            headers["X-Vault-Namespace"] = self._connection.namespace
        return headers

    def _kept(self, base: str) -> http.client.HTTPConnection | None:
        with self._lock:
            for index in range(len(self._idle) - 1, -1, -1):
                if self._idle[index][0] == base:
                    return self._idle.pop(index)[1]
        return None

    def _new(self, base: str) -> http.client.HTTPConnection:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port
        if parts.scheme.lower() == "http":
            return http.client.HTTPConnection(host, port or 80)
        with self._lock:
            self._context = self._context or tls_context(self._connection)
        return _Named(host, port or 443, self._context, self._connection.server_name)


class _Named(http.client.HTTPSConnection):
    """Expects the certificate of another name than that of the address, if one is given."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, name: str) -> None:
        super().__init__(host, port, context=context)
        self._tls = context
        self._name = name or host

    def connect(self) -> None:
        """Connect, then greet by the name that the certificate must carry."""
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)
        except BaseException:
            plain.close()
            raise


def tls_context(connection: VaultConnection) -> ssl.SSLContext:
    """Trusts what the system trusts, or ``caFile``; shows the client certificate.

    Raises:
        ConfigError: one of the files cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=connection.ca_file or None)
    except (OSError, ssl.SSLError):
        raise ConfigError(
            f"cannot read the CA bundle {connection.ca_file}",
            hint="vault.caFile names a file with PEM certificates",
        ) from None
    if connection.client_cert_file:
        try:
            context.load_cert_chain(connection.client_cert_file, connection.client_key_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                "cannot use the client certificate"
                f" {connection.client_cert_file}: {untrusted(error)}",
                hint="clientCertFile and clientKeyFile name a PEM certificate and its key,"
                " without a passphrase",
            ) from None
    return context


def _target(base: str, request: Request) -> str:
    before = urlsplit(base).path.rstrip("/")
    query = f"?{urlencode(request.query)}" if request.query else ""
    return f"{before}/v1/{quote(request.path, safe='/')}{query}"
