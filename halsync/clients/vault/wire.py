"""How a request gets to the server: kept connections, a few lines of HTTP.

hvac stands on requests, which takes longer to import than sixty secrets to be read, and twice
as long for each of them (performance.md). Where more is needed than one server and TLS, which
is where a proxy stands in between, hvac sends the request; both answer alike
(tests/clients/vault runs on either).
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from halsync.clients.certificates import checking
from halsync.clients.vault.failures import untrusted
from halsync.clients.vault.link import Link, Response
from halsync.errors import ConfigError
from halsync.records import NamedTuple

if TYPE_CHECKING:
    import ssl
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


class Wire(Protocol):
    """Sends requests; may be used by several threads at once."""

    base: str
    """Where requests go now; a standby may name another place than the configured one."""

    def send(self, request: Request, timeout: float) -> Response:
        """One answer, whatever its status. Redirects are not followed.

        Raises:
            OSError, ValueError: there is none.
        """

    def close(self) -> None:
        """Drop the connections."""


def open_wire(connection: VaultConnection) -> Wire:
    """The lighter one, unless the environment names a proxy for this server."""
    try:
        parts = urlsplit(connection.address)
        legal = parts.scheme.lower() in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number or too large, an unclosed bracket
        legal = False
    if not legal:
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
        self._idle: list[tuple[str, Link]] = []
        self._closed = False
        self._context: ssl.SSLContext | None = None

    def send(self, request: Request, timeout: float) -> Response:
        """As :meth:`Wire.send`. A kept connection that the server has dropped is replaced."""
        base = self.base
        text = _text(base, request, self._connection.namespace)
        kept = self._kept(base) if request.method != "post" else None
        if kept is not None:
            try:
                return self._ask(base, kept, text, timeout)
            except ConnectionError:
                pass  # it was dropped while it was idle
        return self._ask(base, self._new(base, timeout), text, timeout)

    def close(self) -> None:
        """Drop the connections, those in use when they are done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _ask(self, base: str, link: Link, text: bytes, timeout: float) -> Response:
        try:
            response = link.ask(text, timeout)
        except BaseException:
            link.close()
            raise
        with self._lock:
            keep = link.reusable and not self._closed
            if keep:
                self._idle.append((base, link))
        if not keep:
            link.close()
        return response

    def _kept(self, base: str) -> Link | None:
        with self._lock:
            for index in range(len(self._idle) - 1, -1, -1):
                if self._idle[index][0] == base:
                    return self._idle.pop(index)[1]
        return None

    def _new(self, base: str, timeout: float) -> Link:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port
        if parts.scheme.lower() == "http":
            return Link(host, port or 80, timeout, None, "")
        with self._lock:
            self._context = self._context or tls_context(self._connection)
        return Link(host, port or 443, timeout, self._context, self._connection.server_name or host)


def tls_context(connection: VaultConnection) -> ssl.SSLContext:
    """Trusts what the system trusts, or ``caFile``; shows the client certificate.

    Raises:
        ConfigError: one of the files cannot be used.
    """
    import ssl

    try:
        context = checking(connection.ca_file)
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


def _text(base: str, request: Request, namespace: str) -> bytes:
    """The request as it is sent."""
    parts = urlsplit(base)
    query = f"?{urlencode(request.query)}" if request.query else ""
    target = f"{parts.path.rstrip('/')}/v1/{quote(request.path, safe='/')}{query}"
    headers = {
        "Host": parts.netloc.rpartition("@")[2],
        "X-Vault-Request": "true",
        "Accept-Encoding": "identity",
    }
    body = b""
    if request.body is not None:
        body = json.dumps(request.body).encode()
        headers["Content-Type"] = "application/json"
    if body or request.method == "post":
        headers["Content-Length"] = str(len(body))
    if request.token:
        headers["X-Vault-Token"] = request.token
    if namespace:
        headers["X-Vault-Namespace"] = namespace
    lines = [f"{request.method.upper()} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ConfigError(
            "the token or the namespace holds a line break",
            hint="see what is in the file, or in the setting",
        )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
