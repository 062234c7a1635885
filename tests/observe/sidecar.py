"""A real server of a sidecar whose loop is a few lines, and a client that can misbehave."""

from __future__ import annotations

import hmac
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from halsync.observe.metrics import Metrics
from halsync.observe.server import Server, serve
from halsync.observe.view import SourceView, View
from halsync.settings.model import SecretRef
from halsync.settings.watching import RestartSettings, WatchSettings, WebhookSettings

SECRET = "canary-webhook-secret-1f7a"


def a_view(**changes: Any) -> View:
    """A sidecar with nothing to do."""
    now = time.time()
    source = SourceView("hal", "3e25d19" + "0" * 33, now, 0.0, "", now + 30)
    view = View(now, now, "idle", generation="f" * 64, identity="e" * 64, published=now)
    return view._replace(sources=(source,))._replace(**changes)


class Sidecar:
    """What the loop would do, written down."""

    def __init__(self, directory: Path) -> None:
        self.socket = str(directory / ".halsync" / "agent.sock")
        self.secret_file = directory / "webhook-secret"
        self.secret_file.write_text(SECRET + "\n")
        self.view = a_view()
        self.metrics = Metrics()
        self.wakes: list[tuple[str, str]] = []
        self.reports: list[tuple[str, dict[str, object]]] = []
        self.ask: Callable[[str], Mapping[str, object]] = lambda source: {"outcome": "unchanged"}
        self.server: Server

    def asked(self, source: str, why: str) -> Mapping[str, object]:
        """What the loop is asked for, and how its turn ends."""
        self.wakes.append((source, why))
        return self.ask(source)

    @property
    def port(self) -> int:
        """Of the TCP listener."""
        return int(self.server.address.rpartition(":")[2])

    def counted(self, metric: str) -> float:
        """The value of a series, as it stands in the exposition; 0 if it is not there."""
        for line in self.metrics.text(self.view).splitlines():
            if line.startswith(metric + " "):
                return float(line.rpartition(" ")[2])
        return 0.0


@contextmanager
def running(
    directory: Path,
    *,
    refs: Mapping[str, str] | None = None,
    listen: str = "127.0.0.1:0",
    signed: bool = True,
    max_body: int = 64 * 1024,
    ask: Callable[[str], Mapping[str, object]] | None = None,
) -> Iterator[Sidecar]:
    """A sidecar's server; closed at the end."""
    sidecar = Sidecar(directory)
    if ask:
        sidecar.ask = ask
    secret = SecretRef(file=str(sidecar.secret_file)) if signed else SecretRef()
    sidecar.server = serve(
        WatchSettings(listen=listen, webhook=WebhookSettings(secret, max_body)),
        view=lambda: sidecar.view,
        wake=lambda source, why: sidecar.wakes.append((source, why)),
        metrics=sidecar.metrics,
        socket_path=sidecar.socket,
        ask=sidecar.asked,
        refs={"hal": "main", "boms": ""} if refs is None else refs,
        report=lambda event, **fields: sidecar.reports.append((event, fields)),
        restart=RestartSettings(),
    )
    try:
        yield sidecar
    finally:
        sidecar.server.close()


class Answer:
    """An HTTP response, taken apart by hand: nothing is tidied up on the way."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.raw = raw
        self.status = int(first.split()[1]) if raw else 0
        self.headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()


def connect(sidecar: Sidecar) -> socket.socket:
    """A TCP connection."""
    return socket.create_connection(("127.0.0.1", sidecar.port), timeout=10)


def read_all(link: socket.socket) -> bytes:
    """Everything until the other side ends."""
    parts = []
    while data := link.recv(65536):
        parts.append(data)
    return b"".join(parts)


def raw(sidecar: Sidecar, request: bytes) -> Answer:
    """Send bytes, read everything that comes back."""
    with connect(sidecar) as link:
        link.sendall(request)
        return Answer(read_all(link))


def get(sidecar: Sidecar, path: str, method: str = "GET") -> Answer:
    """A plain request."""
    return raw(sidecar, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def post(
    sidecar: Sidecar, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """A POST with these headers."""
    lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines])
    return raw(sidecar, head.encode("latin-1") + b"\r\n\r\n" + body)


def local(sidecar: Sidecar, request: str) -> Answer:
    """Through the unix socket, in one go."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(sidecar.socket)
        link.sendall(request.encode())
        return Answer(read_all(link))


def github(body: bytes, secret: str = SECRET, event: str = "push") -> dict[str, str]:
    """What GitHub sends along."""
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": os.urandom(8).hex(),
        "X-Hub-Signature": "sha1=" + hmac.digest(secret.encode(), body, "sha1").hex(),
        "X-Hub-Signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex(),
    }


def eventually(found: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
