"""Answers byte by byte: what is read, what is kept, what is refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from halsync.clients.vault.link import Link
from tests.servers.dripping import dripping


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """A server that gives these answers on one connection and then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            for answer in answers:
                client.recv(65536)
                client.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(5)
        listener.close()


def link_to(port: int) -> Link:
    return Link("127.0.0.1", port, 5, None, "")


@pytest.mark.parametrize(
    ("answer", "content", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nConnection: close\r\n\r\nabc", b"abc", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", False),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", b"to the end", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            b"a",
            True,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
            b"abc0123456789",
            True,
        ),
    ],
)
def test_what_is_read(answer: bytes, content: bytes, reusable: bool) -> None:
    with answering(answer) as port:
        link = link_to(port)
        response = link.ask(b"GET / HTTP/1.1\r\n\r\n", 5)
        link.close()
    assert (response.content, link.reusable) == (content, reusable)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a" * 100_000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/2 abc\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_no_answer(answer: bytes) -> None:
    with answering(answer) as port:
        link = link_to(port)
        with pytest.raises(ConnectionError):
            link.ask(b"GET / HTTP/1.1\r\n\r\n", 5)
        assert not link.reusable
        link.close()


def test_one_connection_serves_many() -> None:
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
    with answering(good + b"1", good + b"2") as port:
        link = link_to(port)
        asked = [link.ask(b"GET / HTTP/1.1\r\n\r\n", 5).content for _ in range(2)]
        with pytest.raises(ConnectionError):
            link.ask(b"GET / HTTP/1.1\r\n\r\n", 5)
        link.close()
    assert asked == [b"1", b"2"]


def test_an_answer_that_comes_byte_by_byte_has_one_deadline() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab") as slow:
        link = link_to(int(slow.url.rpartition(":")[2]))
        with pytest.raises(TimeoutError):
            link.ask(b"GET / HTTP/1.1\r\n\r\n", 0.3)
        assert not link.reusable
        link.close()
