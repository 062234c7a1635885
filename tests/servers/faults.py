"""An HTTP proxy that spoils chosen answers of a real server."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.servers.serving import serving


class Reply(NamedTuple):
    """An answer on its way back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    sent: int = -1
    """How many bytes of the body are sent before the connection is dropped; -1: all."""


Spoil = Callable[[Reply], Reply]


class Fault:
    """What happens to answers to requests whose path holds ``path``."""

    def __init__(self, spoil: Spoil, path: str = "", times: int = 1_000_000) -> None:
        self.spoil = spoil
        self.path = path
        self.times = times


class FaultProxy(ThreadingHTTPServer):
    """Forwards to ``upstream`` (``http://host:port``)."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream.removeprefix("http://")
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        """``GET /bucket/key`` of every request."""
        self.authorized: set[str] = set()
        """The ``Authorization`` headers that came."""
        self.bodies: list[bytes] = []
        """The bodies of requests that had one."""
        self.before: Callable[[str], None] | None = None
        """Called with ``GET /bucket/key`` before the request goes on."""
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self, path: str) -> Fault | None:
        """The one that is due for this request."""
        with self.lock:
            for each in self.faults:
                if each.path in path and each.times > 0:
                    each.times -= 1
                    return each
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are what is being tested."""


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _forward(self) -> None:
        asked = f"{self.command} {self.path}"
        self.server.seen.append(asked)
        if self.server.before is not None:
            self.server.before(asked)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.authorized.add(self.headers.get("Authorization", ""))
        if body:
            self.server.bodies.append(body)
        connection = http.client.HTTPConnection(self.server.upstream, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        connection.close()
        fault = self.server.fault(self.path)
        self._send(fault.spoil(reply) if fault else reply)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _forward  # noqa: N815

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        declared = {name.lower(): value for name, value in reply.headers}
        length = declared.get("content-length", len(reply.body))
        head = self.command == "HEAD"
        self.send_header("Content-Length", str(length if head else len(reply.body)))
        self.end_headers()
        if not head:
            self.wfile.write(reply.body if reply.sent < 0 else reply.body[: reply.sent])
        if reply.sent >= 0:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@contextlib.contextmanager
def faulty(upstream: str) -> Iterator[FaultProxy]:
    """The proxy, running."""
    server = FaultProxy(upstream)
    with serving(server):
        yield server


def truncate(reply: Reply) -> Reply:
    """The connection breaks in the middle of the body."""
    return reply._replace(sent=len(reply.body) // 2)


def corrupt(reply: Reply) -> Reply:
    """One bit of the body is another."""
    if not reply.body:
        return reply
    return reply._replace(body=bytes([reply.body[0] ^ 1]) + reply.body[1:])


def late(seconds: float) -> Spoil:
    """The answer takes its time."""

    def wait(reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return wait


def refusal(status: int, code: str, message: str = "told by the test", **more: str) -> Spoil:
    """An error of S3 instead of the answer; ``more`` are headers, ``_`` for ``-``."""
    body = (
        f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    ).encode()
    headers = [("Content-Type", "application/xml")]
    headers += [(name.replace("_", "-"), value) for name, value in more.items()]
    return lambda _: Reply(status, headers, body)
