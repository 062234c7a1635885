"""Every exchange with the API has one deadline, whoever drags it out."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.secrets import read_secret
from halsync.clients.kubernetes.wire import Lines
from halsync.errors import SourceUnreachable
from tests.clients.kubernetes.kubeconfigs import kubeconfig
from tests.servers.dripping import dripping

ANSWER = b"HTTP/1.1 200\r\n\r\n" + b"x" * 99


@pytest.mark.parametrize("timeout", [0.3, 1.2], ids=["head", "body"])
def test_an_answer_that_comes_byte_by_byte(tmp_path: Path, timeout: float) -> None:
    with dripping(ANSWER) as slow:
        api = connect(kubeconfig(tmp_path, {"server": slow.url}))
        with pytest.raises(SourceUnreachable, match="timed out"):
            read_secret(api, "s", timeout=timeout)
        assert not slow.told.is_set()
        api.close()


def test_a_silent_server_is_told_in_the_same_words_each_time(tmp_path: Path) -> None:
    """A sidecar tells what is new."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"http://127.0.0.1:{silent.getsockname()[1]}"
        api = connect(kubeconfig(tmp_path, {"server": server}))
        told = set()
        for _ in range(2):
            with pytest.raises(SourceUnreachable) as caught:
                read_secret(api, "s", timeout=0.4)
            told.add(caught.value.message)
        api.close()
    assert told == {"does not answer: Read timed out"}


def test_a_proxy_that_answers_byte_by_byte(tmp_path: Path) -> None:
    with dripping(ANSWER) as slow:
        cluster = {"server": "https://127.0.0.1:1", "proxy-url": slow.url}
        api = connect(kubeconfig(tmp_path, cluster))
        with pytest.raises(SourceUnreachable, match="timed out"):
            read_secret(api, "s", timeout=0.3)
        assert not slow.told.is_set()
        api.close()


def test_between_parent_and_child() -> None:
    ours, theirs = socket.socketpair()
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.05):
            theirs.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            Lines(ours).receive(0.3)
        # Nobody reads there.
        with pytest.raises(TimeoutError):
            Lines(ours).send({"body": "x" * 10_000_000}, 0.3)
    finally:
        ended.set()
        thread.join()
        ours.close()
        theirs.close()


def test_a_proxy_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    cluster = {"server": "https://127.0.0.1:1", "proxy-url": "http://127.0.0.1:1"}
    api = connect(kubeconfig(tmp_path, cluster))
    with pytest.raises(SourceUnreachable, match="through the proxy") as told:
        read_secret(api, "s", timeout=5)
    assert told.value.message.endswith("Connection refused")
    api.close()
