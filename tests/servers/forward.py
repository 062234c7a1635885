"""A TCP forwarder: the same server at another loopback address, or slower."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def forward(address: str, port: int) -> Iterator[None]:
    """Forward connections to ``address:port`` to ``127.0.0.1:port``."""
    listener = socket.create_server((address, port))
    thread = threading.Thread(target=_accept, args=(listener, port), daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _accept(listener: socket.socket, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", port))
        there = threading.Thread(target=_copy, args=(client, server), daemon=True)
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        there.start()
        back.start()
        for copier in (there, back):
            copier.join()
        client.close()
        server.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
