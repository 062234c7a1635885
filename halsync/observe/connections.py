"""The sidecar's connections: one thread, a bounded number of sockets, none of them waited for.

Whoever is slow loses: a request must be there within seconds, and when all places are taken the
unfinished connection that has waited longest makes room. So a probe, which is read and answered
at once, always gets through, whatever else is going on.
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from halsync.observe.http import HEAD_BYTES, Refused, answer, read_head, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.observe.http import Request, Response

PLACES = 64
"""Connections of the network; the unix socket has as many of its own."""
HEAD_SECONDS = 5.0
BODY_SECONDS = 15.0
_SEND_SECONDS = 15.0
_LINGER_SECONDS = 1.0
_CHUNK = 64 * 1024
_SMALL = 32 * 1024
"""Bytes of a body that is always taken: large ones, which anybody may begin, keep it not out."""


class Handler:
    """What a server does with requests. Both are called in the server's thread, and must not
    wait for anything."""

    def begin(self, request: Request) -> Response | int:
        """Called with the head: an answer at once, or the bytes of the body that are taken."""
        raise NotImplementedError

    def finish(self, request: Request) -> Response | Callable[[], Response]:
        """Called with the whole request. A function is run in a thread of its own: it may
        take its time, and the connection waits."""
        raise NotImplementedError

    def tick(self) -> None:
        """Called about every :data:`TICK` seconds, and when it is due."""

    @property
    def due(self) -> float:
        """When :meth:`tick` is wanted sooner (``time.monotonic()``); infinity if not."""
        return float("inf")


TICK = 5.0


class _Connection:
    """One client, from accept to close."""

    def __init__(self, link: socket.socket, peer: str, local: bool) -> None:
        self.link = link
        self.peer = peer
        self.local = local
        self.received = bytearray()
        self.request: Request | None = None
        self.out = memoryview(b"")
        self.phase = "head"
        """``head``, ``body``, ``wait`` (for a thread), ``send``, ``linger``."""
        self.deadline = time.monotonic() + HEAD_SECONDS
        self.body_end = 0


class Connections:
    """The thread and its sockets."""

    def __init__(
        self, listeners: Sequence[socket.socket], handler: Handler, body_room: int
    ) -> None:
        """``body_room``: bytes of all bodies together that are held at a time."""
        self._listeners = list(listeners)
        self._handler = handler
        self._room = body_room
        self._held = 0
        self._selector = selectors.DefaultSelector()
        self._open: dict[socket.socket, _Connection] = {}
        self._done: list[tuple[_Connection, Response]] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._wake_in, self._wake_out = socket.socketpair()
        for waking in (self._wake_in, self._wake_out):
            waking.setblocking(False)
        self._selector.register(self._wake_in, selectors.EVENT_READ, self._woken)
        for listener in self._listeners:
            self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, send what is being sent for a moment longer, end the thread."""
        self._stopping = True
        self._nudge()
        self._thread.join(5)

    def _nudge(self) -> None:
        with suppress(OSError):
            self._wake_out.send(b"!")

    def _run(self) -> None:
        tick = time.monotonic()
        while not self._stopping:
            now = time.monotonic()
            soonest = min((each.deadline for each in self._open.values()), default=now + TICK)
            soonest = min(soonest, self._handler.due, tick + TICK)
            for key, _ in self._selector.select(max(0.0, soonest - now)):
                key.data()
            now = time.monotonic()
            for connection in [each for each in self._open.values() if each.deadline <= now]:
                self._late(connection)
            if now - tick >= TICK or now >= self._handler.due:
                tick = now
                with suppress(Exception):  # what it does for itself must not end the answers
                    self._handler.tick()
        self._end()

    def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        for connection in list(self._open.values()):
            if connection.phase == "wait":
                with suppress(OSError):
                    self._send(connection, text(503, "the sidecar is ending"))
            self._drop(connection)
        for each in (self._selector, self._wake_in, self._wake_out):
            each.close()

    def _woken(self) -> None:
        with suppress(OSError):
            self._wake_in.recv(4096)
        with self._lock:
            done, self._done = self._done, []
        for connection, response in done:
            if connection.link in self._open:
                with suppress(OSError):
                    self._send(connection, response)

    def _go_on_safely(self, connection: _Connection) -> None:
        if connection.link not in self._open:
            return  # it was dropped while this round was under way
        try:
            self._go_on(connection)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._drop(connection)
        except Exception as error:  # a bug in an answer must not end the others'
            with suppress(OSError):
                self._send(connection, text(500, f"a bug of halsync: {type(error).__name__}"))

    def _accept(self, listener: socket.socket) -> None:
        try:
            link, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                time.sleep(0.1)  # it stays ready: without a pause this would be a busy loop
            return
        local = link.family == socket.AF_UNIX
        same = [each for each in self._open.values() if each.local == local]
        if len(same) >= PLACES:
            idle = [each for each in same if each.phase != "wait"]
            if not idle:
                link.close()
                return
            self._drop(idle[0])  # dicts keep order: the oldest
        link.setblocking(False)
        peer = "local" if local else str(address[0]).removeprefix("::ffff:")  # IPv4 on [::]
        connection = self._open[link] = _Connection(link, peer, local)
        self._selector.register(link, selectors.EVENT_READ, self._calls(connection))

    def _go_on(self, connection: _Connection) -> None:
        if connection.phase == "send":
            self._write(connection)
            return
        data = connection.link.recv(HEAD_BYTES if connection.phase == "head" else _CHUNK)
        if not data:
            self._drop(connection)
        elif connection.phase in ("head", "body"):
            self._read(connection, data)

    def _read(self, connection: _Connection, data: bytes) -> None:
        connection.received += data
        if connection.phase == "head":
            self._hold(connection, 0)
            end = connection.received.find(b"\r\n\r\n", 0, HEAD_BYTES + 4)
            if end < 0:
                if len(connection.received) > HEAD_BYTES:
                    self._send(connection, text(431, f"headers of more than {HEAD_BYTES} bytes"))
                return
            head = bytes(connection.received[:end])
            del connection.received[: end + 4]
            if not self._begin(connection, head):
                return
        if len(connection.received) >= connection.body_end:
            self._finish(connection)

    def _begin(self, connection: _Connection, head: bytes) -> bool:
        """Whether a body is to be read, or there is none."""
        try:
            request = read_head(head, peer=connection.peer, local=connection.local)
        except Refused as refused:
            self._send(connection, refused.response)
            return False
        connection.request = request
        taken = self._handler.begin(request)
        if not isinstance(taken, int):
            self._send(connection, taken)
            return False
        wanted = max(0, min(taken, request.length))
        if wanted > _SMALL and self._held + wanted > self._room:
            busy = text(503, "too many requests with large bodies", ("Retry-After", "5"))
            self._send(connection, busy)
            return False
        self._hold(connection, wanted)
        connection.phase = "body"
        connection.deadline = time.monotonic() + BODY_SECONDS
        if request.continues and wanted > len(connection.received):
            connection.link.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _hold(self, connection: _Connection, size: int) -> None:
        self._held += size - connection.body_end
        connection.body_end = size

    def _finish(self, connection: _Connection) -> None:
        request = cast("Request", connection.request)
        body = bytes(connection.received[: connection.body_end])
        result = self._handler.finish(request._replace(body=body))
        if not callable(result):
            self._send(connection, result)
            return
        connection.phase = "wait"
        connection.deadline = float("inf")
        threading.Thread(
            target=self._work, args=(connection, result), name="sync", daemon=True
        ).start()

    def _work(self, connection: _Connection, work: Callable[[], Response]) -> None:
        try:
            response = work()
        except Exception as error:  # told to whoever asked; the server goes on
            from halsync.redact import redact

            response = text(500, redact(f"{type(error).__name__}: {error}"))
        with self._lock:
            self._done.append((connection, response))
        self._nudge()

    def _send(self, connection: _Connection, response: Response) -> None:
        head_only = connection.request is not None and connection.request.method == "HEAD"
        self._hold(connection, 0)
        connection.received.clear()
        connection.out = memoryview(answer(response, head_only=head_only))
        connection.phase = "send"
        connection.deadline = time.monotonic() + _SEND_SECONDS
        self._write(connection)

    def _calls(self, connection: _Connection) -> Callable[[], None]:
        return partial(self._go_on_safely, connection)

    def _write(self, connection: _Connection) -> None:
        link = connection.link
        with suppress(BlockingIOError):
            while connection.out:
                connection.out = connection.out[link.send(connection.out) :]
        if connection.out:
            self._selector.modify(link, selectors.EVENT_WRITE, self._calls(connection))
            return
        # To close while bytes of a refused body are on their way would reset the connection,
        # and the client might never see why it was refused.
        connection.phase = "linger"
        connection.deadline = time.monotonic() + _LINGER_SECONDS
        link.shutdown(socket.SHUT_WR)
        self._selector.modify(link, selectors.EVENT_READ, self._calls(connection))

    def _late(self, connection: _Connection) -> None:
        if connection.phase in ("head", "body") and (connection.received or connection.request):
            with suppress(OSError):
                self._send(connection, text(408, "the request did not arrive in time"))
                return
        self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        self._hold(connection, 0)
        self._open.pop(connection.link, None)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.link)
        connection.link.close()
