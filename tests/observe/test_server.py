"""The sidecar's server, spoken to by clients that behave and by clients that do not."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from halsync import redact
from halsync.errors import ConfigError
from halsync.observe import connections
from halsync.observe.sockets import connect_unix, listen_tcp, listen_unix, split_address
from halsync.observe.view import SourceView
from tests.observe.sidecar import (
    Answer,
    a_view,
    connect,
    eventually,
    get,
    github,
    local,
    post,
    raw,
    read_all,
    running,
)


def test_what_can_be_read(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        for path, word in (
            ("/", "<h1>halsync: idle"),
            ("/healthz", "came round"),
            ("/readyz", "is live"),
            ("/metrics", "halsync_ready 1"),
            ("/status", '"state": "idle"'),
        ):
            answer = get(sidecar, path)
            assert (answer.status, word in answer.text) == (200, True), path
            assert int(answer.headers["content-length"]) == len(answer.body)
            assert answer.headers["connection"] == "close"
            assert answer.headers["cache-control"] == "no-store"


def test_an_ordinary_client_reads_it(tmp_path: Path) -> None:
    with (
        running(tmp_path) as sidecar,
        urllib.request.urlopen(f"http://{sidecar.server.address}/status") as answer,
    ):
        assert answer.headers["Content-Type"] == "application/json"
        assert json.load(answer)["sources"][0]["name"] == "hal"


def test_head_is_get_without_the_body(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        for path in ("/", "/readyz", "/status", "/nowhere"):
            full, head = get(sidecar, path), get(sidecar, path, "HEAD")
            assert head.status == full.status
            assert head.body == b""
            assert int(head.headers["content-length"]) > 0


def test_what_there_is_not(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        assert get(sidecar, "/nowhere").status == 404
        assert get(sidecar, "/healthz/").status == 404
        assert post(sidecar, "/healthz").status == 405
        assert post(sidecar, "/metrics").headers["allow"] == "GET, HEAD"
        # Also one that does not tell the length of its body, as `curl -X POST` does not.
        for length in (b"", b"Transfer-Encoding: chunked\r\n"):
            answer = raw(sidecar, b"POST /healthz HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n")
            assert answer.status == 405
            assert local(sidecar, "POST /sync HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        assert get(sidecar, "/hooks/hal").headers["allow"] == "POST"
        assert get(sidecar, "/hooks/hal", "DELETE").status == 405
        # Asking for a turn is for the own user alone.
        assert post(sidecar, "/sync").status == 404
        assert local(sidecar, "GET /sync HTTP/1.0\r\n\r\n").headers["allow"] == "POST"


MALFORMED = {
    b"\r\n\r\n": 400,
    b"hello\r\n\r\n": 400,
    b"GET /healthz\r\n\r\n": 400,
    b"get /healthz HTTP/1.1\r\nHost: x\r\n\r\n": 400,
    b"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n": 400,
    b"GET healthz HTTP/1.1\r\nHost: x\r\n\r\n": 400,
    b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n": 505,
    b"GET /healthz HTTP/1.1\r\n\r\n": 400,
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n": 400,
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n": 400,
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n": 400,
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA : c\r\n\r\n": 400,
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: c\x00\r\n\r\n": 400,
    b"GET /healthz HTTP/1.1\r\nHost: x\nA: c\r\n\r\n": 400,
    b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\n\r\n": 411,
    b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n": 400,
    b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n": 400,
    b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\n": 400,
    b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n": 400,
    b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n": 411,
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n": 417,
    b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n": 414,
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200 + b"\r\n": 431,
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20_000: 431,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n": 400,
}


@pytest.mark.parametrize("request_bytes", MALFORMED, ids=lambda each: repr(each[:60]))
def test_malformed_requests_are_refused(tmp_path: Path, request_bytes: bytes) -> None:
    with running(tmp_path) as sidecar:
        answer = raw(sidecar, request_bytes)
        assert answer.status == MALFORMED[request_bytes]
        assert answer.body.count(b"\n") == 1
        assert get(sidecar, "/healthz").status == 200


def test_addresses_as_proxies_write_them(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        assert get(sidecar, "http://other.example:80/healthz?x=1").status == 200
        assert get(sidecar, "/healthz?verbose").status == 200
        assert raw(sidecar, b"GET /healthz HTTP/1.0\r\n\r\n").status == 200


def test_a_request_may_come_in_pieces(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar, connect(sidecar) as link:
        for byte in b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n":
            link.send(bytes([byte]))
        assert Answer(read_all(link)).status == 200


def test_who_is_slow_is_told_and_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with running(tmp_path) as sidecar, connect(sidecar) as slow, connect(sidecar) as silent:
        slow.send(b"GET / HTTP/1.1\r\n")
        assert Answer(read_all(slow)).status == 408
        assert read_all(silent) == b""


def test_a_slow_body_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    with running(tmp_path) as sidecar, connect(sidecar) as slow:
        slow.send(b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: x\r\n")
        slow.send(b"Content-Length: 100\r\n\r\nabc")
        assert Answer(read_all(slow)).status == 408


def test_probes_get_through_a_crowd_of_idle_connections(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        crowd = [connect(sidecar) for _ in range(connections.PLACES * 2)]
        for link in crowd:
            link.send(b"GET /healthz HT")
        for _ in range(20):
            assert get(sidecar, "/healthz").status == 200
        for link in crowd:
            link.close()
        assert get(sidecar, "/healthz").status == 200


def test_a_crowd_on_the_network_leaves_the_own_socket_alone(tmp_path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def ask(source: str) -> dict[str, object]:
        started.set()
        assert go_on.wait(10)
        return {"outcome": "published", "source": source}

    with running(tmp_path, ask=ask) as sidecar:
        answers: list[Answer] = []
        request = "POST /sync?source=hal HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        waiting = threading.Thread(target=lambda: answers.append(local(sidecar, request)))
        waiting.start()
        assert started.wait(10)
        crowd = [connect(sidecar) for _ in range(connections.PLACES * 2)]
        assert get(sidecar, "/healthz").status == 200  # nor does the one who waits block anybody
        go_on.set()
        waiting.join(10)
        for link in crowd:
            link.close()
        assert json.loads(answers[0].text) == {"outcome": "published", "source": "hal"}


def test_clients_that_hang_up_leave_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        before = len(os.listdir("/proc/self/fd"))
        for part in (b"", b"GET / HT", b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"):
            for _ in range(20):
                link = connect(sidecar)
                link.send(part)
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                link.close()  # with a reset
        eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)
        assert get(sidecar, "/healthz").status == 200


def test_a_client_that_does_not_read_holds_up_nobody(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        sidecar.view = a_view(detail="x" * 4_000_000)
        with socket.socket() as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.connect(("127.0.0.1", sidecar.port))
            link.send(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
            assert get(sidecar, "/healthz").status == 200
            link.settimeout(10)
            assert len(Answer(read_all(link)).body) > 4_000_000


def test_a_refused_upload_is_told_why(tmp_path: Path) -> None:
    """Not a connection reset while the client is still sending."""
    with running(tmp_path, max_body=1000) as sidecar, connect(sidecar) as link:
        link.send(b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: x\r\n")
        link.send(b"Content-Length: 300000\r\n\r\n" + b"a" * 300_000)
        assert Answer(read_all(link)).status == 413


def test_many_large_bodies_do_not_fill_the_memory(tmp_path: Path) -> None:
    head = (
        b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: x\r\nContent-Length: 60000\r\n\r\n"
    )
    with running(tmp_path) as sidecar:
        links = [connect(sidecar) for _ in range(5)]
        for link in links:
            link.send(head)
        busy = [Answer(read_all(link)) for link in links[2:]]
        for link in links[2:]:
            link.close()
        assert [answer.status for answer in busy] == [503] * 3
        assert busy[0].headers["retry-after"] == "5"
        for link in links[:2]:
            link.close()
        eventually(lambda: raw(sidecar, head + b"a" * 60_000).status == 401)


def test_large_bodies_that_never_come_keep_no_ordinary_delivery_out(tmp_path: Path) -> None:
    head = b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: x\r\n"
    with running(tmp_path) as sidecar, connect(sidecar) as one, connect(sidecar) as two:
        for link in (one, two):
            link.send(head + b"Content-Length: 65536\r\n\r\n")
        assert raw(sidecar, head + b"Content-Length: 60000\r\n\r\n").status == 503
        body = b'{"ref": "refs/heads/main"}'
        assert post(sidecar, "/hooks/hal", body, github(body)).status == 202


def test_a_client_that_asks_first_may_send(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar, connect(sidecar) as link:
        link.send(b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: x\r\n")
        link.send(b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert link.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.send(b"{}")
        assert Answer(read_all(link)).status == 401


def test_a_bug_in_an_answer_ends_no_server(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        sidecar.view = None  # type: ignore[assignment]
        assert get(sidecar, "/status").status == 500
        sidecar.view = a_view()
        assert get(sidecar, "/status").status == 200


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    canary = "canary-token-77aa31"
    redact.register(canary)
    error = f"GET https://user:{canary}@git.example.com/r: <b>refused</b> {canary}"
    source = SourceView("hal", canary, 1.0, 2.0, error)
    with running(tmp_path) as sidecar:
        sidecar.view = a_view(detail=error, sources=(source,), pending=canary)
        for path in ("/", "/status", "/metrics", "/readyz", "/healthz"):
            answer = get(sidecar, path)
            assert canary not in answer.text, path
            assert path != "/" or "<b>" not in answer.text


def test_a_sync_returns_what_the_loop_says(tmp_path: Path) -> None:
    request = "POST /sync{} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    with running(tmp_path) as sidecar:
        assert json.loads(local(sidecar, request.format("")).text) == {"outcome": "unchanged"}
        assert local(sidecar, request.format("?source=nobody")).status == 404
        answer = local(sidecar, request.format("?wait=false&source=hal"))
        assert (answer.status, sidecar.wakes) == (202, [("", "sync"), ("hal", "sync")])
        # One call: a second one would be answered by the turn after that of the retry.
        sidecar.wakes.clear()
        assert local(sidecar, request.format("?retry=true")).status == 200
        assert sidecar.wakes == [("", "sync --retry")]

        def fail(source: str) -> dict[str, object]:
            raise RuntimeError(f"it broke on {source or 'all'}")

        sidecar.ask = fail
        answer = local(sidecar, request.format(""))
        assert (answer.status, answer.text) == (500, "RuntimeError: it broke on all\n")


def test_who_waits_when_the_sidecar_ends_is_told(tmp_path: Path) -> None:
    asked, never = threading.Event(), threading.Event()

    def ask(_: str) -> dict[str, object]:
        asked.set()
        never.wait(10)
        return {}

    with running(tmp_path, ask=ask) as sidecar:
        answers: list[Answer] = []
        request = "POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        waiting = threading.Thread(target=lambda: answers.append(local(sidecar, request)))
        waiting.start()
        assert asked.wait(10)
        sidecar.server.close()
        waiting.join(10)
        never.set()
        assert answers[0].status == 503


def test_the_socket_is_for_its_user_alone(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        mode = os.lstat(sidecar.socket).st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        assert os.listdir(os.path.dirname(sidecar.socket)) == ["agent.sock"]
    assert not os.path.lexists(sidecar.socket)


def test_the_socket_of_a_dead_sidecar_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / ".halsync" / "agent.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with running(tmp_path) as sidecar:
        assert local(sidecar, "GET /healthz HTTP/1.0\r\n\r\n").status == 200


def test_a_second_sidecar_is_refused_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        with pytest.raises(ConfigError, match="another halsync watch"), running(tmp_path):
            pass
        assert local(sidecar, "GET /healthz HTTP/1.0\r\n\r\n").status == 200


def test_a_successor_keeps_its_socket(tmp_path: Path) -> None:
    """The old one's end must not remove the socket that the new one has put in its place."""
    with running(tmp_path) as old:
        os.unlink(old.socket)
        with running(tmp_path) as new:
            old.server.close()
            assert local(new, "GET /healthz HTTP/1.0\r\n\r\n").status == 200


def test_something_else_at_the_sockets_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / ".halsync" / "agent.sock"
    path.parent.mkdir()
    path.write_text("precious")
    with pytest.raises(ConfigError, match="is not a socket"):
        listen_unix(str(path))
    assert path.read_text() == "precious"


def test_a_path_too_long_for_a_socket_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    with running(deep) as sidecar:
        with connect_unix(sidecar.socket, 5) as link:
            link.send(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert Answer(read_all(link)).status == 200
        assert stat.S_IMODE(os.lstat(sidecar.socket).st_mode) == 0o600


def test_without_sockets_everything_else_works(tmp_path: Path) -> None:
    (tmp_path / ".halsync").write_text("a file where the directory should be")
    with running(tmp_path) as sidecar:
        assert sidecar.reports[0][0] == "no-socket"
        assert get(sidecar, "/healthz").status == 200


@pytest.mark.parametrize(
    ("listen", "parts"),
    [
        ("127.0.0.1:8088", ("127.0.0.1", 8088)),
        ("[::1]:8088", ("::1", 8088)),
        (":8088", ("", 8088)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_addresses(listen: str, parts: tuple[str, int]) -> None:
    assert split_address(listen) == parts


@pytest.mark.parametrize(
    "listen",
    ["8088", "::1:8088", "host", "host:", "h:99999", "[x:80", "a b:1", ":²", ":" + 5000 * "9"],
)
def test_what_is_no_address(listen: str) -> None:
    with pytest.raises(ConfigError, match="no address"):
        split_address(listen)


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar, pytest.raises(ConfigError) as raised:
        listen_tcp(sidecar.server.address)
    assert raised.value.where == "watch.listen"
    assert "another process has it" in raised.value.hint


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
def test_ipv6(tmp_path: Path) -> None:
    with running(tmp_path, listen="[::1]:0") as sidecar:
        assert sidecar.server.address.startswith("[::1]:")
        with socket.create_connection(("::1", sidecar.port), 5) as link:
            link.send(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert Answer(read_all(link)).status == 200


def test_every_address(tmp_path: Path) -> None:
    with running(tmp_path, listen=":0") as sidecar:
        assert get(sidecar, "/healthz").status == 200


def test_an_idle_server_sleeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path) as sidecar:
        assert get(sidecar, "/healthz").status == 200
        eventually(lambda: len(sidecar.server._connections._open) == 0)
        selector = sidecar.server._connections._selector
        rounds: list[float] = []
        select = selector.select

        def counted(wait: float) -> object:
            rounds.append(wait)
            return select(wait)

        monkeypatch.setattr(selector, "select", counted)
        time.sleep(0.5)
        assert len(rounds) < 5  # a busy loop would come round thousands of times
