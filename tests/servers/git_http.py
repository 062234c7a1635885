"""Git over HTTP(S): a bridge to ``git http-backend``, or static files ("dumb").

As a program, for benchmarks that want the server in a process of its own::

    python -m tests.servers.git_http ROOT [--latency 0.02] [--user U --password P]

prints the URL of ROOT and serves until it is killed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from tests.servers.serving import serving
from tests.servers.tls import Identity


class Seen(NamedTuple):
    """One request, as it arrived."""

    method: str
    path: str
    authorization: str
    """Decoded ``user:password``; empty if none was sent."""


class GitHttpServer(ThreadingHTTPServer):
    """Serves every repository below ``root``. The knobs may be turned while it runs."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, root: Path, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.root = root
        self.scheme = "http"
        self.credentials = ""
        """``user:password`` that basic auth asks for; empty: open to all."""
        self.proxy_credentials = ""
        """The same for requests that take this server for a proxy to itself."""
        self.latency = 0.0
        """Seconds added before each response."""
        self.dumb = False
        self.old_protocol = False
        """Speak protocol 0 only, in which commits without a ref are not handed out."""
        self.status = 0
        """Answer every request with this status instead."""
        self.page = ("", b"")
        """Answer every request with this page instead: media type, content."""
        self.redirect = ""
        """Redirect every request to the same path below this URL."""
        self.stall = threading.Event()
        """While set, responses stop after their headers."""
        self.truncate = 0
        """Cut pack responses off after this many bytes."""
        self.rate = 0
        """Bytes per second of pack responses; 0: as fast as it goes."""
        self.seen: list[Seen] = []
        self.connections = 0
        """How many were accepted."""
        self.hang_up = False
        """Close connections after each answer without saying so."""
        self.sent = 0
        """Bytes of git's answers that went out."""

    def process_request(self, request: object, client_address: object) -> None:
        """Count connections."""
        self.connections += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """URL of ``root``; a repository is ``f"{url}/name.git"``."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are part of the tests: say nothing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GitHttpServer
    # Without this each response waits for a delayed ACK: 40 ms that no real server adds.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        server = self.server
        body = self._body()
        sent = self._basic("Authorization")
        server.seen.append(Seen(self.command, self.path, sent))
        if server.latency:
            time.sleep(server.latency)
        if self.path.startswith("http://"):
            self.path = "/" + self.path.split("/", 3)[3]
            if self._basic("Proxy-Authorization") != server.proxy_credentials:
                self._plain(407, {"Proxy-Authenticate": 'Basic realm="proxy"'})
                return
        if server.status:
            self._page(server.status)
        elif server.page[0]:
            self._plain(200, {"Content-Type": server.page[0]}, server.page[1])
        elif server.redirect:
            self._page(302, {"Location": server.redirect + self.path})
        elif server.credentials and sent != server.credentials:
            self._page(401, {"WWW-Authenticate": 'Basic realm="git"'})
        elif self.path.endswith("/info/lfs/objects/batch"):
            self._lfs_batch(json.loads(body))
        elif server.dumb or "/lfs/objects/" in self.path:
            self._static()
        else:
            self._backend(body)
        self.close_connection = self.close_connection or server.hang_up

    def _basic(self, header: str) -> str:
        kind, _, encoded = self.headers.get(header, "").partition(" ")
        return base64.b64decode(encoded).decode() if kind.lower() == "basic" else ""

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _page(self, status: int, headers: dict[str, str] | None = None) -> None:
        """As web servers say no: for people."""
        page = b"<html>\n<h1>Log in</h1>\n</html>\n"
        self._plain(status, {"Content-Type": "text/html", **(headers or {})}, page)

    def _plain(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _static(self) -> None:
        path = self.server.root / self.path.split("?")[0].lstrip("/")
        if path.is_file():
            self._plain(200, body=path.read_bytes())
        else:
            self._plain(404)

    def _lfs_batch(self, asked: dict[str, list[dict[str, object]]]) -> None:
        """The batch API of Git LFS, for downloads of what lies in the repository's ``lfs``."""
        base = self.path.removesuffix("/info/lfs/objects/batch")
        answers: list[dict[str, object]] = []
        for item in asked["objects"]:
            oid = str(item["oid"])
            place = f"{base}/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}"
            if (self.server.root / place.lstrip("/")).is_file():
                action = {"download": {"href": self.server.url + place}}
                answers.append({**item, "authenticated": False, "actions": action})
            else:
                answers.append({**item, "error": {"code": 404, "message": "no such object"}})
        body = json.dumps({"transfer": "basic", "objects": answers}).encode()
        self._plain(200, {"Content-Type": "application/vnd.git-lfs+json"}, body)

    def _backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        child = subprocess.Popen(
            ["git", "http-backend"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.server.root),
                "GIT_PROJECT_ROOT": str(self.server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": ""
                if self.server.old_protocol
                else self.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": self.client_address[0],
                "REMOTE_USER": "",
            },
        )
        assert child.stdin and child.stdout
        with child, child.stdin, child.stdout:
            child.stdin.write(body)
            child.stdin.close()
            status, headers = 200, {}
            for line in iter(child.stdout.readline, b"\r\n"):
                if not line:
                    break
                name, _, value = line.decode().strip().partition(": ")
                if name == "Status":
                    status = int(value.split()[0])
                else:
                    headers[name] = value
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if self.server.stall.is_set():
                self.wfile.flush()
                while self.server.stall.is_set():
                    time.sleep(0.02)
            self._copy(child.stdout)

    def _copy(self, stream: object) -> None:
        left = self.server.truncate if self.path.endswith("git-upload-pack") else 0
        while chunk := stream.read1(1 << 16):  # type: ignore[attr-defined]
            if left:
                chunk = chunk[:left]
                left -= len(chunk)
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            self.server.sent += len(chunk)
            if self.server.rate:
                time.sleep(len(chunk) / self.server.rate)
            if self.server.truncate and not left and self.path.endswith("git-upload-pack"):
                self.close_connection = True
                return
        self.wfile.write(b"0\r\n\r\n")


@contextlib.contextmanager
def serve_http(
    root: Path, *, credentials: str = "", tls: Identity | None = None, latency: float = 0.0
) -> Iterator[GitHttpServer]:
    """Serve the repositories below ``root`` on a free loopback port."""
    server = GitHttpServer(root)
    server.credentials = credentials
    server.latency = latency
    if tls:
        # The handshake belongs into the connection's own thread: one bad client must not
        # hold up the others.
        server.socket = tls.server_context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.scheme = "https"
    with serving(server):
        try:
            yield server
        finally:
            server.stall.clear()


def main() -> None:
    """Serve until killed."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    credentials = f"{options.user}:{options.password}" if options.user else ""
    with serve_http(options.root, credentials=credentials, latency=options.latency) as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
