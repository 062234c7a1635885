"""Requests through hvac, which knows proxies."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from halsync.clients.vault import link
from halsync.clients.vault.link import Response
from halsync.clients.vault.wire import tls_context
from halsync.errors import ConfigError

if TYPE_CHECKING:
    import ssl

    from halsync.clients.vault.wire import Request
    from halsync.settings.vault import VaultConnection

_POOL = 32
_CHUNK = 65_536


class HvacWire:
    """See :class:`halsync.clients.vault.wire.Wire`."""

    def __init__(self, connection: VaultConnection) -> None:
        self.base = connection.address
        self._connection = connection
        self._lock = threading.Lock()
        self._adapter: Any = None

    def send(self, request: Request, timeout: float) -> Response:
        """As :meth:`Wire.send <halsync.clients.vault.wire.Wire.send>`."""
        with self._lock:
            self._adapter = self._adapter or _open(self._connection)
            adapter = self._adapter
        adapter.base_uri = self.base
        deadline = time.monotonic() + timeout
        with adapter.request(
            request.method,
            f"/v1/{quote(request.path, safe='/')}",
            headers={"X-Vault-Token": request.token} if request.token else {},
            raise_exception=False,
            json=request.body,
            params=request.query,
            timeout=timeout,
            stream=True,
        ) as answer:
            content = bytearray()
            for part in answer.iter_content(_CHUNK):
                content += part
                if len(content) > link.LARGEST:
                    raise ConnectionError(link.TOO_LARGE)
                if time.monotonic() > deadline:
                    raise TimeoutError
            return Response(answer.status_code, answer.headers, bytes(content))

    def close(self) -> None:
        """Drop the connections."""
        with self._lock:
            adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.close()


def _open(connection: VaultConnection) -> Any:
    """hvac's adapter over a session of ours."""
    try:
        import requests
        from hvac.adapters import RawAdapter  # type: ignore[import-untyped]
        from requests.adapters import HTTPAdapter
        from requests.utils import get_environ_proxies
    except ImportError:
        raise ConfigError(
            "a Vault server behind a proxy needs the hvac package",
            hint="pip install 'halsync[vault]', or name the server in NO_PROXY",
        ) from None
    secure = connection.address.lower().startswith("https:")
    context = tls_context(connection) if secure else None

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
