"""A receiver of notifications: what Slack or a pager would be."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.serving import serving

CANARY = "T0CANARY/B1CANARY/secretsecret"
"""The secret part of the address."""


class Receiver:
    """A webhook that writes down what it gets, and answers what it is told to."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        self.got: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.kinds: list[str] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        """For the next requests; 200 after that."""
        self.gate: threading.Event | None = None

    @property
    def url(self) -> str:
        """The secret address."""
        return f"{self.base}/services/{CANARY}"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.gate is not None:
                receiver.gate.wait(10)
            status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
            if status == 200:
                receiver.got.append(json.loads(body))
            receiver.paths.append(self.path)
            receiver.kinds.append(self.headers["Content-Type"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            receiver.paths.append(f"GET {self.path}")
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server)
    with serving(server):
        yield receiver
