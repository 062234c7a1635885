"""A TCP forwarder: the same server at another loopback address, or slower."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def forward(address: str, port: int) -> Iterator[None]:
    """Forward connections to ``address:port`` to ``127.0.0.1:port``."""
    with _listening(address, port, port, 0):
        yield


@contextlib.contextmanager
def _listening(address: str, at: int, port: int, delay: float) -> Iterator[None]:
    listener = socket.create_server((address, at), backlog=128)
    thread = threading.Thread(target=_accept, args=(listener, port, delay), daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextlib.contextmanager
def delaying(at: int, port: int, delay: float) -> Iterator[None]:
    """``127.0.0.1:at`` leads to ``127.0.0.1:port``, each answer ``delay`` seconds later.

    For request-and-answer protocols whose answers fit into one piece of 64 KiB.
    """
    with _listening("127.0.0.1", at, port, delay):
        yield


def _accept(listener: socket.socket, port: int, delay: float) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        args = (client, port, delay)
        threading.Thread(target=_serve, args=args, daemon=True).start()


def _serve(client: socket.socket, port: int, delay: float) -> None:
    server = socket.create_connection(("127.0.0.1", port))
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    there = threading.Thread(target=_copy, args=(client, server, 0.0), daemon=True)
    back = threading.Thread(target=_copy, args=(server, client, delay), daemon=True)
    there.start()
    back.start()
    for copier in (there, back):
        copier.join()
    client.close()
    server.close()


def _copy(source: socket.socket, target: socket.socket, delay: float) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if delay:
                time.sleep(delay)
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
