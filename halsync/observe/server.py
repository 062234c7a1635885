"""What the sidecar answers: probes, metrics, its state, webhooks; and to its own user, ``sync``."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from halsync.observe.connections import Connections, Handler
from halsync.observe.exposition import CONTENT_TYPE
from halsync.observe.health import Pulse, longest_turn, ready
from halsync.observe.hooks import PREFIX, Hooks
from halsync.observe.http import HTML, JSON, Response, text
from halsync.observe.lines import cleaned, encode
from halsync.observe.shown import as_json, page
from halsync.observe.sockets import listen_tcp, listen_unix
from halsync.redact import redact
from halsync.settings.watching import RestartSettings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from halsync.observe.http import Request
    from halsync.observe.metrics import Metrics
    from halsync.observe.view import View
    from halsync.settings.watching import WatchSettings

    Wake = Callable[[str, str], None]
    Ask = Callable[[str, str], Mapping[str, object]]

_ASKING = 8
"""``halsync sync`` that may wait at a time."""
_GET = ("GET", "HEAD")
_POLICY = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")


class Server:
    """Answers until it is closed."""

    def __init__(self, connections: Connections, address: str, socket_path: str, inode: int):
        self._connections = connections
        self.address = address
        """``host:port`` that it listens on, the port as it came out; empty if on none."""
        self._socket_path = socket_path
        self._inode = inode

    def close(self) -> None:
        """Stop answering and remove the socket, unless it is somebody else's by now."""
        self._connections.close()
        with suppress(OSError):
            if self._inode and os.lstat(self._socket_path).st_ino == self._inode:
                os.unlink(self._socket_path)


def serve(
    settings: WatchSettings,
    *,
    view: Callable[[], View],
    wake: Wake,
    metrics: Metrics,
    socket_path: str,
    ask: Ask,
    refs: Mapping[str, str] | None = None,
    report: Callable[..., None] | None = None,
    timeout: float = 120,
    restart: RestartSettings | None = None,
) -> Server:
    """Answer on ``settings.listen`` and on a unix socket, in a thread of its own.

    Args:
        settings: of the loop; an empty ``listen`` leaves the unix socket alone.
        view: the state of the loop; called in the server's thread.
        wake: source (empty: all) and why; called in the server's thread, must not wait. The
            why begins with ``webhook`` or ``sync``; ``sync --retry`` lifts the quarantine.
        metrics: shown on ``/metrics``; counts what becomes of webhooks.
        socket_path: where the unix socket goes; empty: none.
        ask: called like ``wake`` in a thread of its own: has the loop take a turn, waits for
            its end and returns a :class:`halsync.observe.turn.Turn` as a mapping.
        refs: every source and the ref that it follows, empty where it has none: webhooks for
            these sources are taken.
        report: gets ``hook-refused`` and what goes wrong with the socket; default: ``metrics``.
        timeout: of network work of one turn (``Settings.timeout``).
        restart: for how long a turn may take, which ``/healthz`` must know.

    Raises:
        ConfigError: the address cannot be listened on, or another sidecar has the socket.
    """
    tell = report or metrics.report
    restart = restart or RestartSettings()
    listeners = [listen_tcp(settings.listen)] if settings.listen else []
    address = _address(listeners[0]) if listeners else ""
    inode = 0
    try:
        if socket_path:
            listeners.append(listen_unix(socket_path))
            inode = os.lstat(socket_path).st_ino
    except OSError as error:
        # A volume without sockets: everything works but `halsync sync`.
        reason = f"{socket_path}: {(error.strerror or str(error)).lower()}"
        tell("no-socket", error=reason)
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    endpoints = Endpoints(
        settings,
        Pulse(settings, longest_turn(timeout, restart), view),
        Hooks(settings.webhook, refs or {}, wake=wake, metrics=metrics, report=tell),
        view=view,
        wake=wake,
        metrics=metrics,
        ask=ask,
        sources=frozenset(refs or {}),
    )
    room = 2 * settings.webhook.max_body
    return Server(Connections(listeners, endpoints, room), address, socket_path, inode)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Endpoints(Handler):
    """Which path answers what."""

    def __init__(
        self,
        settings: WatchSettings,
        pulse: Pulse,
        hooks: Hooks,
        *,
        view: Callable[[], View],
        wake: Wake,
        metrics: Metrics,
        ask: Ask,
        sources: frozenset[str],
    ) -> None:
        self._settings = settings
        self._pulse = pulse
        self._hooks = hooks
        self._view = view
        self._wake = wake
        self._metrics = metrics
        self._ask = ask
        self._sources = sources
        self._asking = threading.Semaphore(_ASKING)
        self._pages: dict[str, Callable[[], Response]] = {
            "/": self._page,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._text,
            "/status": self._status,
        }

    def begin(self, request: Request) -> Response | int:
        """See :class:`~halsync.observe.connections.Handler`."""
        if request.path.startswith(PREFIX):
            return self._hooks.begin(request)
        if request.path == "/sync" and request.local:
            if request.method != "POST":
                return text(405, "sync is a POST", ("Allow", "POST"))
            return 0
        shown = self._pages.get(request.path)
        if shown is None:
            return text(404, "there is /, /healthz, /readyz, /metrics, /status and /hooks/SOURCE")
        if request.method not in _GET:
            return text(405, "this can only be read", ("Allow", "GET, HEAD"))
        return shown()

    def finish(self, request: Request) -> Response | Callable[[], Response]:
        """See :class:`~halsync.observe.connections.Handler`."""
        if request.path.startswith(PREFIX):
            return self._hooks.finish(request)
        return self._sync(request)

    def tick(self) -> None:
        """See :class:`~halsync.observe.connections.Handler`."""
        self._pulse.look()
        self._hooks.tick()

    @property
    def due(self) -> float:
        """See :class:`~halsync.observe.connections.Handler`."""
        return self._hooks.due

    def _sync(self, request: Request) -> Response | Callable[[], Response]:
        from urllib.parse import parse_qs

        asked = parse_qs(request.query)
        source = asked.get("source", [""])[0]
        if source and source not in self._sources:
            known = ", ".join(sorted(self._sources)) or "none"
            return text(404, f"there is no source {source!r}; there are: {known}")
        # One call for both: what came of the retry is what is waited for.
        why = "sync --retry" if asked.get("retry", ["false"])[0] == "true" else "sync"
        if asked.get("wait", ["true"])[0] == "false":
            self._wake(source, why)
            return _json(202, {"outcome": "woken", "message": "asked for; not waited for"})
        if not self._asking.acquire(blocking=False):
            return text(503, "too many are waiting already", ("Retry-After", "5"))
        return lambda: self._asked(source, why)

    def _asked(self, source: str, why: str) -> Response:
        try:
            return _json(200, dict(self._ask(source, why)))
        finally:
            self._asking.release()

    def _healthz(self) -> Response:
        verdict = self._pulse.look()
        return text(200 if verdict.good else 503, redact(verdict.reason))

    def _readyz(self) -> Response:
        verdict = ready(self._view(), self._settings, time.time())
        return text(200 if verdict.good else 503, redact(verdict.reason))

    def _text(self) -> Response:
        view = self._view()
        good = ready(view, self._settings, time.time()).good
        shown = self._metrics.text(view, ready=good)
        return Response(200, shown.encode("utf-8", "replace"), CONTENT_TYPE)

    def _status(self) -> Response:
        view, now = self._view(), time.time()
        readiness = ready(view, self._settings, now)
        return Response(200, as_json(view, self._pulse.look(), readiness, now).encode(), JSON)

    def _page(self) -> Response:
        view, now = self._view(), time.time()
        readiness = ready(view, self._settings, now)
        shown = page(view, self._pulse.look(), readiness, now)
        return Response(200, shown.encode(), HTML, (_POLICY,))


def _json(status: int, fields: dict[str, Any]) -> Response:
    return Response(status, (encode(cleaned(fields)) + "\n").encode(), JSON)
