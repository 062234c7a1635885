"""The API over HTTP, with switches for everything that can go wrong on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.servers.kube import discovery
from tests.servers.kube.access import Access
from tests.servers.kube.answers import Refused, bad_request
from tests.servers.kube.kinds import KINDS, Kind, Object, find
from tests.servers.kube.machinery import Machinery
from tests.servers.kube.store import Options, Store
from tests.servers.serving import serving
from tests.servers.tls import Identity, make_identity

_FORMS = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}


class Seen(NamedTuple):
    """One request, as it arrived, and how it was answered."""

    method: str
    path: str
    query: dict[str, str]
    user: str
    status: int
    body: Any


class KubeServer(ThreadingHTTPServer):
    """A Kubernetes API with its controllers. The switches may be turned while it runs."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, tls: Identity) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        self.store = Store()
        self.access = Access(self.store)
        self.machinery = Machinery(self.store)
        self.down = False
        """Connections are dropped without an answer."""
        self.latency = 0.0
        """Seconds added before each answer."""
        self.throttled = 0
        """So many requests are answered 429 with ``Retry-After: 1``."""
        self.failing = 0
        """Every request is answered with this status instead."""
        self.garbage: tuple[int, bytes] | None = None
        """Every request is answered with this status and these bytes instead."""
        self.seen: list[Seen] = []
        self.connections = 0
        for name in ("default", "opsmx", "other"):
            self.add_namespace(name)

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"https://127.0.0.1:{self.server_address[1]}"

    def add_namespace(self, name: str) -> None:
        """Make a namespace."""
        kind = next(kind for kind in KINDS if kind.kind == "Namespace")
        self.store.create(kind, "", {"metadata": {"name": name}}, Options("kube-apiserver"))

    def kubeconfig(self, token: str = "", namespace: str = "opsmx") -> dict[str, Any]:
        """A kubeconfig for whom the token belongs to; by default the administrator."""
        cluster = {"server": self.url, "certificate-authority": str(self.tls.ca)}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": {"token": token or self.access.admin_token}}],
            "contexts": [
                {
                    "name": "test",
                    "context": {"cluster": "test", "user": "test", "namespace": namespace},
                }
            ],
        }

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are part of the tests: say nothing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: KubeServer
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 60

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names http.server asks for

    def _serve(self) -> None:
        server = self.server
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query, True).items()}
        user, body, status, headers = "", None, 200, {}
        if server.latency:
            time.sleep(server.latency)
        if server.down:
            self.close_connection = True
            return
        try:
            self._interfere()
            user = server.access.user(self.headers.get("Authorization", ""))
            if "protobuf" in self.headers.get("Content-Type", ""):
                raise Refused(415, "UnsupportedMediaType", "only JSON and YAML are understood here")
            body = _parsed(raw)
            status, answer = self._route(unquote(url.path), query, body, user)
        except Refused as refused:
            status, answer, headers = refused.code, refused.body, refused.headers
        server.seen.append(Seen(self.command, url.path, query, user, status, body))
        content = json.dumps(answer).encode()
        if server.garbage:
            status, content = server.garbage
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _interfere(self) -> None:
        server = self.server
        if server.throttled:
            server.throttled -= 1
            raise Refused(
                429, "TooManyRequests", "Too many requests, please try again later.",
                headers={"Retry-After": "1"},
            )  # fmt: skip
        if server.failing:
            raise Refused(server.failing, "InternalError", "an error on the server")

    def _route(self, path: str, query: dict[str, str], body: Any, user: str) -> tuple[int, Any]:
        if self.command == "GET" and path in ("/healthz", "/readyz", "/livez"):
            return 200, "ok"
        if self.command == "GET" and (found := discovery.answer(path)) is not None:
            return 200, found
        kind, namespace, name, subresource = _place(path)
        verb = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch",
                "DELETE": "delete"}[self.command]  # fmt: skip
        if verb == "get" and not name:
            verb = "watch" if query.get("watch") in ("1", "true") else "list"
        self.server.access.check(user, verb, kind, namespace, name, subresource)
        options = Options(
            query.get("fieldManager") or self.headers.get("User-Agent", "").split("/")[0],
            query.get("dryRun") == "All",
            query.get("force") == "true",
            query.get("fieldValidation") == "Strict",
            subresource,
        )
        if subresource == "token" and verb == "create":
            return 201, self._token(namespace, name, body)
        action = getattr(self, f"_{verb}", None)
        if action is None:
            raise Refused(405, "MethodNotAllowed", "the server does not allow this method")
        answered: tuple[int, Any] = action(kind, namespace, name, query, body, options, user)
        return answered

    def _token(self, namespace: str, name: str, body: Object) -> Object:
        kind = next(kind for kind in KINDS if kind.kind == "ServiceAccount")
        self.server.store.get(kind, namespace, name)
        token = self.server.access.issue(namespace, name)
        return {
            **body,
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "status": {"token": token, "expirationTimestamp": "2099-01-01T00:00:00Z"},
        }

    def _get(self, kind: Kind, namespace: str, name: str, *_: Any) -> tuple[int, Any]:
        return 200, self.server.store.get(kind, namespace, name)

    def _list(
        self, kind: Kind, namespace: str, _name: str, query: dict[str, str], *_: Any
    ) -> tuple[int, Any]:
        store = self.server.store
        found = store.list(
            kind, namespace, query.get("labelSelector", ""), query.get("fieldSelector", "")
        )
        metadata: dict[str, Any] = {"resourceVersion": store.version}
        start, size = int(query.get("continue") or 0), int(query.get("limit") or 0)
        if size and len(found) > start + size:
            metadata["continue"] = str(start + size)
            metadata["remainingItemCount"] = len(found) - start - size
        page = found[start : start + size] if size else found
        return 200, {
            "kind": f"{kind.kind}List",
            "apiVersion": kind.api_version,
            "metadata": metadata,
            "items": [
                {key: value for key, value in item.items() if key not in ("kind", "apiVersion")}
                for item in page
            ],
        }

    def _create(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        _query: Any,
        body: Any,
        options: Options,
        *_: Any,
    ) -> tuple[int, Any]:
        if name or not isinstance(body, dict):
            raise Refused(405, "MethodNotAllowed", "the server does not allow this method")
        return 201, self.server.store.create(kind, namespace, body, options)

    def _update(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        _query: Any,
        body: Any,
        options: Options,
        *_: Any,
    ) -> tuple[int, Any]:
        return 200, self.server.store.update(kind, namespace, name, body, options)

    def _patch(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        query: dict[str, str],
        body: Any,
        options: Options,
        user: str,
    ) -> tuple[int, Any]:
        sent = self.headers.get("Content-Type", "").split(";")[0]
        form = _FORMS.get(sent)
        if form is None:
            raise Refused(
                415, "UnsupportedMediaType", "the body of the request was in an unknown format -"
                f" accepted media types include: {', '.join(_FORMS)}"
            )  # fmt: skip
        store = self.server.store
        made = 200
        if form == "apply":
            if not query.get("fieldManager"):
                raise Refused(
                    422, "Invalid", 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required'
                    " value: is required for apply patch"
                )  # fmt: skip
            try:
                store.get(kind, namespace, name)
            except Refused:
                made = 201
                self.server.access.check(user, "create", kind, namespace, "")
        return made, store.patch(kind, namespace, name, body, form, options)

    def _delete(
        self, kind: Kind, namespace: str, name: str, query: dict[str, str], body: Any, *_: Any
    ) -> tuple[int, Any]:
        if not name:
            raise Refused(405, "MethodNotAllowed", "the server does not allow this method")
        dry = query.get("dryRun") == "All" or "All" in ((body or {}).get("dryRun") or [])
        old = self.server.store.delete(kind, namespace, name, body, dry)
        if kind.kind == "Pod":
            return 200, old
        return 200, {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {"name": name, "kind": kind.resource, "uid": old["metadata"]["uid"]},
        }


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return yaml.safe_load(raw) if raw[:1] not in b"{[" else json.loads(raw)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding the body: {error}") from None


def _place(path: str) -> tuple[Kind, str, str, str]:
    """Kind, namespace, name, subresource."""
    parts = [part for part in path.split("/") if part]
    missing = Refused(404, "NotFound", "the server could not find the requested resource")
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        raise missing
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    kind = find(group, version, rest[0])
    if kind is None or len(rest) > 3:
        raise missing
    name, subresource = [*rest[1:], "", ""][:2]
    if subresource and subresource not in kind.subresources:
        raise missing
    return kind, namespace, name, subresource


@contextmanager
def serve_kube(tls: Identity | None = None) -> Iterator[KubeServer]:
    """Serve HTTPS on a free loopback port; without it clients send no token."""
    with TemporaryDirectory() as directory:
        identity = tls or make_identity(Path(directory))
        server = KubeServer(identity)
        server.socket = identity.server_context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        with closing(server.machinery), serving(server):
            yield server


__all__ = ["KubeServer", "Seen", "serve_kube"]
