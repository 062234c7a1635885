"""One request and its answer, through hvac; what can go wrong below HTTP."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from halsync.clients.vault.failures import broken, untrusted
from halsync.errors import AccessDenied, ConfigError, SourceUnreachable
from halsync.records import NamedTuple

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from halsync.settings.vault import VaultConnection

_POOL = 32
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
        self._adapter: Any = None

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
        wait = 0.25
        for attempt in range(_PATIENCE):
            answer = self._once(method, path, token, body, query)
            if answer.status not in (412, 429) or attempt == _PATIENCE - 1:
                break
            wait = min(_seconds(answer.headers.get("Retry-After", "")) or wait * 2, _LONGEST_WAIT)
            if time.monotonic() + wait >= self.deadline:
                break
            time.sleep(wait)
        return answer

    def close(self) -> None:
        """Drop the connections."""
        with self._lock:
            adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.close()

    def _once(
        self,
        method: str,
        path: str,
        token: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        adapter = self._opened()
        # urllib3 would resolve such parts, and another path than the one meant would be asked for.
        if any(part in (".", "..") for part in path.split("/")):
            raise ConfigError(
                f"the path {path!r} holds '.' or '..'", hint="name the path itself, part by part"
            )
        for _ in range(_REDIRECTS):
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise SourceUnreachable(
                    "there was no time left to ask the server",
                    where=self.connection.address,
                    hint="raise timeout, or see what slows the server down",
                )
            headers = {"X-Vault-Token": token} if token else {}
            try:
                response = adapter.request(
                    method,
                    f"/v1/{quote(path, safe='/')}",
                    headers=headers,
                    raise_exception=False,
                    json=body,
                    params=query,
                    timeout=min(self.connection.timeout, left),
                )
            except (OSError, ValueError) as error:  # requests' exceptions are OSErrors
                raise broken(error, self.connection) from None
            if response.status_code not in (301, 302, 307, 308):
                return _read(response)
            adapter.base_uri = self._elsewhere(response.headers.get("Location", ""))
        raise SourceUnreachable(
            "the server sends halsync from one address to another",
            where=self.connection.address,
            hint="check the api_addr of the cluster's nodes, and load balancers in front of them",
        )

    def _elsewhere(self, location: str) -> str:
        """A standby names the active node; the token does not go there in clear text."""
        parts = urlsplit(location)
        if not parts.netloc:
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

    def _opened(self) -> Any:
        with self._lock:
            if self._adapter is None:
                self._adapter = _open(self.connection)
            return self._adapter


def _open(connection: VaultConnection) -> Any:
    """hvac's adapter over a session of ours."""
    parts = urlsplit(connection.address)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"vault.address {connection.address!r} is not a URL",
            hint="write it as https://vault.example.com:8200",
        )
    try:
        import requests
        from hvac.adapters import RawAdapter  # type: ignore[import-untyped]
        from requests.adapters import HTTPAdapter
        from requests.utils import get_environ_proxies
    except ImportError:
        raise ConfigError(
            "a Vault source needs the hvac package", hint="pip install 'halsync[vault]'"
        ) from None
    context = _context(connection) if parts.scheme.lower() == "https" else None

    class Adapter(HTTPAdapter):
        """Trusts what the system trusts, or caFile; requests would bring CAs of its own."""

        def init_poolmanager(self, *args: Any, **named: Any) -> None:
            if context is not None:
                named |= _tls(context, connection.server_name)
            super().init_poolmanager(*args, **named)

        def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
            if context is not None:
                named |= _tls(context, connection.server_name)
            return super().proxy_manager_for(proxy, **named)

        def cert_verify(self, *args: Any, **named: Any) -> None:
            """The context does."""

    session = requests.Session()
    # Neither .netrc nor REQUESTS_CA_BUNDLE; the proxy is looked up once and not at each request.
    session.trust_env = False
    proxies = get_environ_proxies(connection.address)
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(pool_maxsize=_POOL, pool_block=False, max_retries=0))
    return RawAdapter(
        base_uri=connection.address,
        session=session,
        namespace=connection.namespace or None,
        allow_redirects=False,
        proxies=proxies,
    )


def _tls(context: ssl.SSLContext, server_name: str) -> dict[str, Any]:
    named: dict[str, Any] = {"ssl_context": context}
    if server_name:
        # The context checks the certificate against it, too.
        named["server_hostname"] = server_name
    return named


def _context(connection: VaultConnection) -> ssl.SSLContext:
    import ssl

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


def _read(response: Any) -> Answer:
    try:
        body = response.json() if response.content else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    if not body and response.status_code == 400 and "HTTPS server" in response.text[:200]:
        raise SourceUnreachable(
            "the server speaks TLS only",
            where=response.url.partition("/v1/")[0],
            hint="write vault.address with https://",
        )
    errors = body.get("errors")
    told = tuple(str(error) for error in errors) if isinstance(errors, list) else ()
    return Answer(response.status_code, body, told, response.headers)


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
