"""A server whose answer comes byte by byte: each read succeeds, and the whole takes long."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

PIECE = 0.05
"""Seconds between two bytes."""


class Dripping(NamedTuple):
    """Such a server."""

    url: str
    told: threading.Event
    """Set when somebody has waited for a whole answer."""


@contextlib.contextmanager
def dripping(answer: bytes) -> Iterator[Dripping]:
    """A server that answers every request so; it stops when the test ends."""
    told = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.recv(65536)
            for byte in answer:
                if ended.is_set():
                    return
                client.sendall(bytes([byte]))
                time.sleep(PIECE)
            told.set()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Dripping(f"http://127.0.0.1:{listener.getsockname()[1]}", told)
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
