"""The client against the stand-in daemon, and against servers that do anything."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from halsync.clients.daemon import Daemon, Failed, NotListening
from halsync.clients.daemon.client import succeeded
from halsync.clients.daemon.http import ask
from halsync.clients.daemon.problems import located, problems_of
from halsync.clients.daemon.records import shown, task_of
from halsync.errors import (
    AccessDenied,
    HalsyncError,
    Interrupted,
    RestartFailed,
    SourceUnreachable,
)
from halsync.model import File, Origin
from halsync.redact import register
from tests.servers.halyard import Halyard, free_port
from tests.servers.serving import serving
from tests.servers.tls import make_identity


def test_questions(daemon: Daemon) -> None:
    assert daemon.health() == (True, "UP")
    assert daemon.current_deployment() == "default"
    assert daemon.version() == "1.70.0-standin"
    assert daemon.running() == []


def test_a_deployment_is_followed(daemon: Daemon, halyard: Halyard) -> None:
    told: list[str] = []
    assert succeeded(daemon.follow(daemon.prep("default"), 10), "").state == "SUCCEEDED"
    task = daemon.follow(
        daemon.deploy("default"), 10, progress=lambda _, event: told.append(event.message)
    )
    assert task.state == "SUCCEEDED"
    assert told == ["Generating Spinnaker config", "Deploying Spinnaker 1.30.0", "Success"]
    assert [(each["what"], each.get("validate")) for each in halyard.journal()][1:] == [
        ("prep", True),
        ("deploy", False),
        ("deployed", None),
    ]
    assert (halyard.hal / ".backup/config").exists()


def test_what_runs_is_seen(daemon: Daemon, halyard: Halyard) -> None:
    halyard.switch(task_seconds=30)
    task = daemon.deploy("default")
    assert daemon.running() == ["Apply deployment"]
    assert daemon.running(but=[task.uuid]) == []


def test_a_task_that_takes_too_long(daemon: Daemon, halyard: Halyard) -> None:
    halyard.switch(task_seconds=30)
    with pytest.raises(Failed, match=r"not over after 0\.3 s; its last words: Deploying"):
        daemon.follow(daemon.deploy("default"), 0.3)
    with pytest.raises(Interrupted):
        daemon.follow(daemon.deploy("default"), 10, stop=lambda: True)


def test_a_restart_loses_tasks(daemon: Daemon, halyard: Halyard) -> None:
    halyard.switch(task_seconds=30)
    task = daemon.deploy("default")
    daemon.shutdown()
    with pytest.raises(Failed, match="is lost: the daemon restarted"):
        daemon.follow(task, 20)


def test_a_mark_is_known_to_one_process(daemon: Daemon, halyard: Halyard) -> None:
    mark = daemon.mark()
    found = daemon.task(mark)
    assert found
    assert found.uuid == mark
    daemon.shutdown()
    halyard.wait_started(1)
    assert daemon.task(mark) is None


def test_findings_at_their_place(daemon: Daemon, halyard: Halyard) -> None:
    halyard.configure(primary="nobody")
    content = (halyard.hal / "config").read_bytes()
    found = daemon.validate().findings
    [problem] = problems_of(found, {"config": File(content, False, Origin("s", "r", "config"))})
    assert (problem.code, problem.group, problem.severity) == ("HAL2301", "daemon", "error")
    assert problem.path == "deploymentConfigurations[0].providers.kubernetes"
    assert content.decode().splitlines()[problem.line - 1].strip() == "kubernetes:"
    assert problem.hint == "Choose an account that exists"


def test_a_config_that_does_not_parse_does_not_give_its_secrets_away(
    daemon: Daemon, halyard: Halyard
) -> None:
    register("s3cr3t-by-value")
    (halyard.hal / "config").write_text("a: [b\n  password: hunter22 s3cr3t-by-value\n")
    task = daemon.validate()
    [finding] = task.findings
    assert finding.severity == "FATAL"
    assert "Could not parse your halconfig" in finding.message
    assert "hunter22" not in str(task)
    assert "s3cr3t" not in str(task)


def test_an_exception_in_the_daemon(daemon: Daemon, halyard: Halyard) -> None:
    halyard.switch(unexpected="no route, password: hunter22")
    task = daemon.follow(daemon.deploy("default"), 10)
    with pytest.raises(Failed, match="failed: no route") as caught:
        succeeded(task, halyard.url)
    assert "hunter22" not in str(caught.value)
    assert "StandIn" not in str(task)


def test_unhealthy_and_starting(daemon: Daemon, halyard: Halyard) -> None:
    halyard.switch(never_healthy=True)
    assert daemon.health() == (False, "503 DOWN")
    halyard.switch(start=60)
    with pytest.raises(SourceUnreachable, match="503"):
        daemon.mark()


def test_a_shutdown_that_is_not_allowed(daemon: Daemon, halyard: Halyard) -> None:
    halyard.switch(refuse_shutdown=True)
    with pytest.raises(RestartFailed, match="refuses to end") as caught:
        daemon.shutdown()
    assert "management.endpoint.shutdown.enabled" in caught.value.hint


@pytest.mark.parametrize("path", ["/health", "/v1/tasks/", "/v1/config/"])
def test_something_else_listens_there(daemon: Daemon, halyard: Halyard, path: str) -> None:
    halyard.switch(garbage=[path])
    if path == "/health":
        assert not daemon.health().up
    else:
        with pytest.raises(RestartFailed, match="is not JSON"):
            daemon.running() if path == "/v1/tasks/" else daemon.mark()


def test_it_hangs(halyard: Halyard) -> None:
    halyard.switch(hang=["/health"])
    with pytest.raises(SourceUnreachable, match=r"no answer within 0\.3 s"):
        Daemon(halyard.url, timeout=0.3).health()


def test_nobody_listens() -> None:
    with pytest.raises(NotListening) as caught:
        Daemon(f"http://127.0.0.1:{free_port()}").health()
    assert "restart.daemonUrl" in caught.value.hint


@contextmanager
def raw(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does anything with each connection, once the request is in."""
    listener = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                try:
                    act(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def drip(connection: socket.socket) -> None:
    """One byte at a time, for ever: no single read is ever late."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + 10_000 * b"x":
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (drip, "no answer within 0.5 s"),
        (lambda c: None, "broke off"),
        (lambda c: c.sendall(b"SSH-2.0-OpenSSH\r\n"), "broke off or is not HTTP"),
        (lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "broke off"),
    ],
    ids=["drips", "hangs up", "is not HTTP", "stops in the middle"],
)
def test_servers_that_misbehave(act: Callable[[socket.socket], None], says: str) -> None:
    with raw(act) as url, pytest.raises(SourceUnreachable, match=says):
        ask(url, "GET", "/health", timeout=0.5)


class Well(BaseHTTPRequestHandler):
    """A daemon behind TLS that is up."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "UP"}')

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.mark.parametrize(
    ("expired", "host", "trusted", "says", "remedy"),
    [
        (
            False,
            "localhost",
            False,
            "is not signed by the CAs",
            "SSL_CERT_FILE",
        ),
        (True, "localhost", True, "has expired", "renew the certificate"),
        (False, "other.example", True, "is for another name", "use the host name"),
        (False, "localhost", True, "", ""),
    ],
)
def test_a_daemon_behind_tls(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expired: bool,
    host: str,
    trusted: bool,
    says: str,
    remedy: str,
) -> None:
    """In the words of every client."""
    identity = make_identity(tmp_path, expired=expired, host=host)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(identity.ca))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = identity.server_context().wrap_socket(server.socket, server_side=True)
    daemon = Daemon(f"https://localhost:{server.server_address[1]}", timeout=5)
    with serving(server):
        if not says:
            assert daemon.health().up
            return
        with pytest.raises(AccessDenied, match=f"the server's certificate {says}") as caught:
            daemon.health()
    assert remedy in caught.value.hint


def test_an_answer_without_end() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(1_000_000 * b"x")

    with raw(flood) as url, pytest.raises(RestartFailed, match="larger than"):
        ask(url, "GET", "/health", timeout=20)


@pytest.mark.parametrize(
    "answer", [None, [], "x", 7, {}, {"state": "DONE"}, {"state": ["RUNNING"]}, {"uuid": "x"}]
)
def test_what_is_no_task(answer: object) -> None:
    with pytest.raises(RestartFailed, match="not that of a Halyard daemon"):
        task_of(answer, "here")


def test_odd_parts_of_a_task_are_passed_over() -> None:
    found = task_of(
        {
            "state": "FAILED",
            "uuid": None,
            "events": [None, {"stage": 1, "message": "x\x1b[31m\ny"}],
            "children": [{"events": [{"stage": "c", "message": "deep"}]}, 3],
            "response": {"problemSet": {"problems": [{}, 7, {"severity": "WORSE", "options": 1}]}},
            "fatalError": {"message": "outer", "cause": {"message": "inner", "cause": "x"}},
        },
        "here",
    )
    assert [event.message for event in found.events] == ["x?[31m y", "deep"]
    assert [each.severity for each in found.findings] == ["FATAL", "FATAL"]
    assert found.failure == "outer: inner"


def test_texts_are_bounded() -> None:
    assert len(shown("x" * 1_000_000)) <= 2_000


CONFIG = {
    "currentDeployment": "default",
    "deploymentConfigurations": [
        {"name": "old"},
        {
            "name": "my.deployment",
            "providers": {"kubernetes": {"accounts": [{"name": "a"}, {"name": "prod.eu"}]}},
            "ci": {"jenkins": {"masters": [{"name": "ci"}]}},
            "notifications": {"slack": {}},
            "security": {"uiSecurity": {"ssl": {}}},
            "repository": {"artifactory": {"searches": [{"name": "s"}]}},
        },
    ],
}


@pytest.mark.parametrize(
    ("location", "rest"),
    [
        ("my.deployment", ()),
        ("my.deployment.provider.kubernetes", ("providers", "kubernetes")),
        ("my.deployment.provider.kubernetes.prod.eu", ("providers", "kubernetes", "accounts", 1)),
        ("my.deployment.ci.jenkins.ci", ("ci", "jenkins", "masters", 0)),
        ("my.deployment.notification.slack", ("notifications", "slack")),
        ("my.deployment.security.ui.ssl", ("security", "uiSecurity", "ssl")),
        ("my.deployment.repository.artifactory.s",
         ("repository", "artifactory", "searches", 0)),
        ("my.deployment.provider.docker.x", ("providers",)),
        ("my.deployment.nothing.at.all", ()),
    ],
)  # fmt: skip
def test_node_names_become_places(location: str, rest: tuple[str | int, ...]) -> None:
    assert located(CONFIG, location) == ("deploymentConfigurations", 1, *rest)


@pytest.mark.parametrize("location", ["", "Global", "unknown.provider", "default"])
def test_node_names_that_lead_nowhere(location: str) -> None:
    assert located(CONFIG, location) == ()
    assert located(None, location) == ()


def test_every_failure_says_what_to_do(daemon: Daemon, halyard: Halyard) -> None:
    (halyard.hal / "config").write_text(json.dumps({"deploymentConfigurations": []}))
    with pytest.raises(HalsyncError) as caught:
        succeeded(daemon.follow(daemon.prep("default"), 5), halyard.url)
    assert caught.value.hint
    assert caught.value.where
