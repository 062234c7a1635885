"""Requests from this process: deadlines, limits, and what failures below HTTP mean."""

from __future__ import annotations

import threading
import time
from json import dumps, loads
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from halsync.clients.certificates import causes_of, refusal, why_untrusted
from halsync.clients.kubernetes.api import JSON, TIMEOUT
from halsync.clients.kubernetes.connections import adapt
from halsync.clients.kubernetes.failures import failure
from halsync.clients.kubernetes.paths import taken_apart
from halsync.clients.kubernetes.service_account import is_plain, open_service_account
from halsync.errors import AccessDenied, ConfigError, HalsyncError, SourceUnreachable
from halsync.patterns import Pattern
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.kubernetes.access import Access
    from halsync.clients.kubernetes.paths import Target
    from halsync.settings.cluster import ClusterSettings

_LARGEST = 64 * 1024**2
"""Bytes of an answer; etcd keeps objects below 1.5 MiB."""


_SIGNERS = "the CA of the service account or kubeconfig"
_REMEDY = "check ca.crt of the service account, or certificate-authority in the kubeconfig"
_NO_PEM = ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE", "PEM lib", "PEM_LIB")
"""In OpenSSL's words."""
_TIMEOUT_OF = Pattern(r"\.? \((connect|read) timeout=[^)]*\)")


class _Call(NamedTuple):
    """What goes over the network."""

    method: str
    url: str
    content: bytes | None
    content_type: str
    deadline: float
    """On the monotonic clock."""


class DirectApi:
    """See :class:`halsync.clients.kubernetes.api.Api`."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._access = self._open()

    def _open(self) -> Access:
        if is_plain(self._settings):
            access = open_service_account(self._settings)
        else:
            from halsync.clients.kubernetes.library import open_library

            access = open_library(self._settings)
        adapt(access.pool)
        return access

    @property
    def namespace(self) -> str:
        return self._access.namespace

    @property
    def server(self) -> str:
        """Address of the API, for messages."""
        return self._access.server

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = JSON,
        timeout: float = TIMEOUT,
    ) -> Any:
        target = self._checked(path)
        url = path + ("?" + urlencode(query) if query else "")
        content = None if body is None else dumps(body).encode()
        call = _Call(method, url, content, content_type, time.monotonic() + timeout)
        access = self._access
        status, headers, answer = self._send(access, call)
        if status == 401:
            # The token may have been rotated, or a plug-in's have run out.
            access = self._again(access)
            status, headers, answer = self._send(access, call)
        if status >= 300:
            raise failure(status, headers, answer, method=method, target=target, server=self.server)
        try:
            return loads(answer) if answer else None
        except ValueError as error:
            raise SourceUnreachable(
                "answers with something that is not JSON",
                where=self.server,
                hint="check that the address is that of a Kubernetes API, and no portal's",
            ) from error

    def close(self) -> None:
        self._access.close()

    def _checked(self, path: str) -> Target:
        target = taken_apart(path)
        if target is None or target.namespace != self.namespace:
            raise ConfigError(
                f"the path {path[:200]!r} is not one of namespace {self.namespace}",
                hint="halsync asks for nothing outside its namespace",
            )
        return target

    def _again(self, stale: Access) -> Access:
        """The way in with credentials read anew, by whichever thread comes first."""
        with self._lock:
            if self._access is stale:
                self._access = self._open()
                stale.close()
            return self._access

    def _send(self, access: Access, call: _Call) -> tuple[int, Mapping[str, str], bytes]:
        """One exchange; a GET whose kept connection turns out dead is made twice."""
        from urllib3.exceptions import HTTPError, ProtocolError

        headers = {"Accept": JSON, "User-Agent": "halsync", **access.headers()}
        if call.content is not None:
            headers["Content-Type"] = call.content_type
        tries = 2 if call.method == "GET" else 1
        while True:
            tries -= 1
            try:
                return self._exchange(access, call, headers)
            except ProtocolError as error:
                if not tries:
                    raise self._unreachable(error) from error
            except (HTTPError, OSError, ValueError) as error:
                raise self._unreachable(error) from error

    def _exchange(
        self, access: Access, call: _Call, headers: dict[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        import urllib3

        left = call.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        response = access.pool.request(
            call.method,
            access.server + call.url,
            body=call.content,
            headers=headers,
            timeout=urllib3.Timeout(total=left),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            content = response.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise SourceUnreachable(
                    f"answers with more than {_LARGEST >> 20} MiB", where=self.server
                )
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response.status, response.headers, content

    def _unreachable(self, error: Exception) -> HalsyncError:
        """What a failure below HTTP means."""
        import ssl

        from urllib3.exceptions import LocationValueError, ProxyError, SSLError

        reason = getattr(error, "reason", None) or error
        if isinstance(error, LocationValueError | UnicodeError):
            return ConfigError(
                "is not an address",
                where=self.server,
                hint="correct `server` in the kubeconfig, or KUBERNETES_SERVICE_HOST and _PORT",
            )
        refused = refusal(error)
        if refused:
            message, hint = why_untrusted(refused, signers=_SIGNERS, remedy=_REMEDY)
            return AccessDenied(message, where=self.server, hint=hint)
        if any(mark in str(error) for mark in _NO_PEM):
            return ConfigError(
                "a certificate or key that the API is asked with is not PEM",
                where=self.server,
                hint=f"{_REMEDY}, or the client certificate and key there",
            )
        if isinstance(reason, SSLError) or any(
            isinstance(each, ssl.SSLError) for each in causes_of(error)
        ):
            return SourceUnreachable(f"TLS failed: {_short(reason)}", where=self.server)
        through = " through the proxy" if isinstance(reason, ProxyError) else ""
        return SourceUnreachable(
            f"does not answer{through}: {_short(reason)}",
            where=self.server,
            hint="check address, network policy and proxy (HTTPS_PROXY, NO_PROXY)",
        )


def _short(error: object) -> str:
    """The innermost reason, without the addresses of Python objects that urllib3 shows, and
    without what differs each time: a sidecar tells the same trouble once."""
    text = _TIMEOUT_OF.sub("", str(error))
    for mark in (">: ", "): "):
        text = text.rpartition(mark)[2] or text
    return text.removesuffix('"))').removesuffix("'))")[:200] or type(error).__name__
