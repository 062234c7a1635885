"""Notifications, received by real HTTP servers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from halsync import redact
from halsync.errors import ConfigError
from halsync.model import SourceState
from halsync.observe import notify, post
from halsync.observe.metrics import Metrics
from halsync.observe.notify import Notifier
from halsync.settings.model import SecretRef
from halsync.settings.watching import NotifySettings
from tests.observe.sidecar import a_view, eventually
from tests.servers.dripping import dripping
from tests.servers.serving import serving
from tests.servers.tls import make_identity
from tests.servers.webhook import CANARY, receiving


class Told:
    """A notifier with what it says of itself."""

    def __init__(self, *settings: NotifySettings, target: str = "/no/such/.hal") -> None:
        self.metrics = Metrics()
        self.reports: list[tuple[str, dict[str, object]]] = []
        self.notifier = Notifier(
            settings,
            metrics=self.metrics,
            tell=lambda event, **fields: self.reports.append((event, fields)),
            target=target,
        )
        self.report: Callable[..., None] = self.notifier.report

    def counted(self, receiver: str, outcome: str) -> int:
        """Of the counter."""
        wanted = f'halsync_notifications_total{{receiver="{receiver}",outcome="{outcome}"}} '
        lines = self.metrics.text(a_view()).splitlines()
        return sum(int(line[len(wanted) :]) for line in lines if line.startswith(wanted))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(notify, "_LONGEST_WAIT", 0.05)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _to(path: Path, url: str, kind: Any = "json", **more: Any) -> NotifySettings:
    path.write_text(url + "\n")
    return NotifySettings("team", SecretRef(file=str(path)), kind, **more)


REFUSED = {
    "identity": "ab" * 32,
    "stage": "validate",
    "error": "config:3: no such key",
    "problems": 2,
}


def test_json_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAME", "halyard-0")
    monkeypatch.setenv("POD_NAMESPACE", "opsmx")
    state = SourceState("hal", "git", "https://h/r", "main", "a" * 40)
    with receiving() as receiver:
        told = Told(_to(tmp_path / "url", receiver.url))
        told.report("refused", **REFUSED)
        told.report("quarantined", identity="cd" * 32, sources=(state,))
        told.notifier.close()
        first, second = receiver.got
        assert (
            first.items()
            >= {
                "event": "refused",
                "reason": "ReleaseRefused",
                "severity": "warning",
                "resolved": False,
                "namespace": "opsmx",
                "pod": "halyard-0",
                "target": "/no/such/.hal",
                "fields": REFUSED,
            }.items()
        )
        assert first["summary"].startswith("release abababababab is refused, what is live stays:")
        assert "config:3: no such key" in first["summary"]
        assert "halsync validate" in first["hint"]
        assert "kubectl logs -n opsmx halyard-0 -c halyard" in second["hint"]
        assert second["fields"]["sources"][0].items() >= {"name": "hal", "ref": "main"}.items()
        assert receiver.kinds == ["application/json"] * 2
        assert told.counted("team", "sent") == 2


def test_slack_reads_a_sentence_without_mentions_or_links(tmp_path: Path) -> None:
    with receiving() as receiver:
        told = Told(_to(tmp_path / "url", receiver.url, "slack"))
        error = "<!channel> @here <https://evil.example|look> a&b"
        told.report("refused", **{**REFUSED, "error": error})
        told.notifier.close()
        (message,) = receiver.got
        assert list(message) == ["text"]
        text = message["text"]
        assert text.startswith("*halsync* · ")
        assert "is refused, what is live stays" in text
        assert "\n_What to do_: halsync validate" in text
        assert "<" not in text
        assert "@here" not in text
        assert "a&amp;b" in text


def test_no_words_make_a_message_longer_than_receivers_take(tmp_path: Path) -> None:
    """Discord refuses more than 2,000 characters, and whoever commits writes the error."""
    with receiving() as receiver:
        told = Told(_to(tmp_path / "url", receiver.url, "slack"))
        for error in ("x" * 5_000, "<" * 5_000, "@" * 5_000):
            told.report("refused", **{**REFUSED, "error": error, "problems": 0, "hint": error})
        told.notifier.close()
        assert len(receiver.got) == 3
        for message in receiver.got:
            assert len(message["text"]) < 2_000
            assert "…\n_What to do_: " in message["text"]
            assert message["text"].endswith("…")


def test_the_same_thing_is_told_once_until_it_changes(tmp_path: Path) -> None:
    with receiving() as receiver:
        told = Told(_to(tmp_path / "url", receiver.url))
        for _ in range(3):
            told.report("refused", **REFUSED)
            told.report("drift", paths=["config"], action="report")
        told.report("drift", paths=["config", "b"], action="report")
        told.report("refused", **{**REFUSED, "error": "something else"})
        told.report("drift-gone")
        told.report("drift-gone")
        told.report("resumed", reason="")  # nothing was on hold
        told.report("confirmed", identity="ab" * 32, seconds=3.0, detail="")
        told.report("refused", **REFUSED)
        told.notifier.close()
        events = [message["event"] for message in receiver.got]
        assert events == [
            "refused", "drift", "drift", "refused", "drift-gone", "confirmed", "refused",
        ]  # fmt: skip


def test_a_restart_repeats_nothing(tmp_path: Path) -> None:
    (tmp_path / ".halsync").mkdir()
    memory = tmp_path / ".halsync" / "told.json"
    with receiving() as receiver:

        def lived(*events: tuple[str, dict[str, Any]]) -> None:
            told = Told(_to(tmp_path / "url", receiver.url), target=str(tmp_path))
            for event, fields in events:
                told.report(event, **fields)
            told.notifier.close()

        lived(("refused", REFUSED), ("held", {"reason": "audit"}))
        lived(("refused", REFUSED), ("held", {"reason": "audit"}))
        lived(("resumed", {"reason": ""}), ("resumed", {"reason": ""}))
        assert [message["event"] for message in receiver.got] == ["refused", "held", "resumed"]
        assert "config:3" not in memory.read_text()
        for broken in ("", "[]", "{", '{"release": 5}'):
            memory.write_text(broken)
            lived(("refused", REFUSED))
        assert len(receiver.got) == 7


def test_what_was_over_before_a_restart_saw_it_is_told_as_over(tmp_path: Path) -> None:
    """Else the next outage, months later, would be what was told already, and told to nobody."""
    (tmp_path / ".halsync").mkdir()
    failed = {"source": "hal", "attempt": 3, "error": "gone", "wait": 5.0}
    seen = {"source": "hal", "revision": "a", "changed": False}
    with receiving() as receiver:
        for events in (
            [("check-failed", failed)],
            [("check-failed", failed), ("checked", seen), ("checked", seen)],
            [("checked", seen), ("check-failed", failed)],
        ):
            told = Told(_to(tmp_path / "url", receiver.url), target=str(tmp_path))
            for event, fields in events:
                told.report(event, **fields)
            told.notifier.close()
        assert [message["event"] for message in receiver.got] == [
            "check-failed", "recovered", "check-failed",
        ]  # fmt: skip
        assert receiver.got[1]["resolved"]
        assert receiver.got[1]["summary"] == "hal answers again, after some time"


def test_what_did_not_arrive_before_the_end_is_told_by_the_next_process(tmp_path: Path) -> None:
    (tmp_path / ".halsync").mkdir()
    failed = {"source": "hal", "attempt": 3, "error": "gone", "wait": 5.0}
    seen = {"source": "hal", "revision": "a", "changed": False}

    def lived(*events: tuple[str, dict[str, Any]], seconds: float) -> None:
        told = Told(_to(tmp_path / "url", receiver.url), target=str(tmp_path))
        for event, fields in events:
            told.report(event, **fields)
        told.notifier.close(seconds)

    with receiving() as receiver:
        down: list[tuple[int, dict[str, str]]] = [(503, {})] * 1_000
        receiver.answers = list(down)
        lived(("refused", REFUSED), ("check-failed", failed), seconds=0.1)
        receiver.answers = []
        lived(("refused", REFUSED), ("check-failed", failed), seconds=5)
        receiver.answers = list(down)
        lived(("checked", seen), seconds=0.1)
        receiver.answers = []
        lived(("checked", seen), seconds=5)
        lived(("checked", seen), ("refused", REFUSED), seconds=5)
        told = [message["event"] for message in receiver.got]
    assert told == ["refused", "check-failed", "recovered"]


@pytest.mark.parametrize("end", ["published", "unchanged"])
def test_a_refusal_is_over_with_what_asks_for_no_reaction(tmp_path: Path, end: str) -> None:
    """With the strategy none, or a fix that goes back to what is live, nothing is confirmed."""
    live = {"generation": "ab" * 20, "target": "/hal"}
    with receiving() as all_of_it, receiving() as some:
        told = Told(
            _to(tmp_path / "all", all_of_it.url),
            _to(tmp_path / "some", some.url, events=("refused",)),
        )
        for event in (end, "refused", end, end):
            told.report(event, **(REFUSED if event == "refused" else live))
        told.report("accepted", identity="a", generation="g", reaction="daemon", sources=())
        told.report(end, **live)
        told.notifier.close()
        assert [(each["event"], each["resolved"]) for each in all_of_it.got] == [
            ("refused", False), (end, True),
        ]  # fmt: skip
        assert all_of_it.got[1]["summary"].startswith("set right: ")
        assert [each["event"] for each in some.got] == ["refused"]


def test_a_source_that_stumbles_is_no_news(tmp_path: Path) -> None:
    failed = {"source": "hal", "wait": 5.0}
    with receiving() as receiver:
        told = Told(_to(tmp_path / "url", receiver.url))
        told.report("check-failed", attempt=1, error="reset", **failed)
        told.report("recovered", source="hal", seconds=4.0)
        for attempt in range(1, 6):
            told.report("check-failed", attempt=attempt, error=f"try {attempt}", **failed)
        told.report("check-failed", attempt=9, error="x", source="boms", wait=1.0)
        told.report("recovered", source="hal", seconds=400.0)
        told.notifier.close()
        assert [message["topic"] for message in receiver.got] == [
            "source hal", "source boms", "source hal",
        ]  # fmt: skip
        assert receiver.got[-1]["resolved"]


def test_a_receiver_gets_what_it_asked_for(tmp_path: Path) -> None:
    with receiving() as receiver:
        chosen = _to(tmp_path / "url", receiver.url, events=("accepted", "confirmed"))
        told = Told(chosen)
        told.report("accepted", identity="a", generation="g", reaction="daemon", sources=())
        told.report("refused", **REFUSED)
        told.report("checked", source="hal", changed=False)
        told.report("confirmed", identity="a", seconds=1.0, detail="")
        told.notifier.close()
        assert [message["event"] for message in receiver.got] == ["accepted", "confirmed"]


def test_an_event_that_there_is_none_of(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        Told(_to(tmp_path / "url", "http://x/", events=("refusd",)))
    assert "did you mean refused?" in raised.value.hint


def test_a_receiver_that_stumbles_is_asked_again(tmp_path: Path) -> None:
    with receiving() as receiver:
        receiver.answers = [(500, {}), (429, {"Retry-After": "1"}), (503, {})]
        told = Told(_to(tmp_path / "url", receiver.url))
        told.report("refused", **REFUSED)
        eventually(lambda: told.counted("team", "sent") == 1)
        told.notifier.close()
        assert len(receiver.paths) == 4
        assert told.reports == []


def test_an_outage_of_minutes_loses_nothing(tmp_path: Path) -> None:
    """The network that takes a source away takes the receiver away; the log tells of it once."""
    with receiving() as receiver:
        receiver.answers = [(503, {})] * (2 * notify._TRIES)
        told = Told(_to(tmp_path / "url", receiver.url))
        told.report("refused", **REFUSED)
        told.report("held", reason="a")
        eventually(lambda: told.counted("team", "sent") == 2)
        told.notifier.close()
        assert [message["event"] for message in receiver.got] == ["refused", "held"]
        assert told.reports == [
            ("not-told", {"receiver": "team", "error": "127.0.0.1 answers 503"})
        ]
        assert told.counted("team", "failed") == 0


@pytest.mark.parametrize("status", [404, 403, 500])
def test_one_that_refuses_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(notify, "_KEPT_FOR", 0.0)
    with receiving() as receiver:
        receiver.answers = [(status, {})] * 50
        told = Told(_to(tmp_path / "url", receiver.url))
        told.report("refused", **REFUSED)
        eventually(lambda: told.counted("team", "failed") == 1)
        assert len(receiver.paths) == 1
        told.report("held", reason="a")
        eventually(lambda: told.counted("team", "failed") == 2)
        told.notifier.close()
        # Once; not for every message.
        assert told.reports == [
            ("not-told", {"receiver": "team", "error": f"127.0.0.1 answers {status}"})
        ]


def test_redirects_are_not_followed(tmp_path: Path) -> None:
    with receiving() as other, receiving() as receiver:
        receiver.answers = [(302, {"Location": other.url}), (307, {"Location": other.url})]
        told = Told(_to(tmp_path / "url", receiver.url))
        told.report("refused", **REFUSED)
        told.report("held", reason="a")
        eventually(lambda: told.counted("team", "failed") == 2)
        told.notifier.close()
        assert other.paths == []
        assert "302 (redirects are not followed)" in str(told.reports[0][1]["error"])


def test_the_address_is_a_secret_everywhere(tmp_path: Path) -> None:
    """Whatever goes wrong: what is told names at most the host."""
    with receiving() as receiver:
        receiver.answers = [(410, {})]
        for url in (
            receiver.url,
            f"http://127.0.0.1:1/{CANARY}",
            f"ftp://h/{CANARY}",
            f"http:///{CANARY}",
            f"http://h:99999/{CANARY}",
            f"http://h/{CANARY} x",
            f"https://{receiver.base[7:]}/{CANARY}",
            f"http://{CANARY.replace('/', ':')}@127.0.0.1:1/hook",
            CANARY,
        ):
            redact._values.clear()
            told = Told(_to(tmp_path / "url", url))
            told.report("refused", **{**REFUSED, "error": "x"})
            eventually(lambda told=told: told.reports != [])  # type: ignore[misc]
            told.notifier.close(0)
            assert "CANARY" not in repr(told.reports), url
            assert "secretsecret" not in repr(told.reports), url
            assert "CANARY" not in told.metrics.text(a_view())


def test_an_address_that_cannot_be_read(tmp_path: Path) -> None:
    told = Told(NotifySettings("team", SecretRef(file=str(tmp_path / "missing"))))
    told.report("refused", **REFUSED)
    eventually(lambda: told.reports != [])
    told.notifier.close()
    assert "cannot read the secret file" in str(told.reports[0][1]["error"])


def test_the_address_is_read_at_every_use(tmp_path: Path) -> None:
    with receiving() as old, receiving() as new:
        told = Told(_to(tmp_path / "url", old.url))
        told.report("refused", **REFUSED)
        eventually(lambda: len(old.got) == 1)
        (tmp_path / "url").write_text(new.url)
        told.report("held", reason="a")
        told.notifier.close()
        assert [len(old.got), len(new.got)] == [1, 1]


def test_secrets_in_an_event_do_not_leave(tmp_path: Path) -> None:
    redact.register("canary-password-9")
    with receiving() as receiver:
        told = Told(
            _to(tmp_path / "a", receiver.url),
            _to(tmp_path / "b", receiver.url, "slack"),
        )
        told.report("refused", **{**REFUSED, "error": "canary-password-9", "password": "hunter2"})
        told.notifier.close()
        assert len(receiver.got) == 2
        assert "canary-password-9" not in repr(receiver.got)
        assert "hunter2" not in repr(receiver.got)


def test_a_receiver_that_hangs_holds_up_neither_the_loop_nor_the_others(tmp_path: Path) -> None:
    with receiving() as slow, receiving() as quick:
        slow.gate = threading.Event()
        told = Told(_to(tmp_path / "a", slow.url), _to(tmp_path / "b", quick.url))
        for number in range(100):  # returns at once though nobody answers
            told.report("held", reason=str(number))
        eventually(lambda: bool(quick.got) and quick.got[-1]["fields"] == {"reason": "99"})
        assert told.counted("team", "dropped") > 0
        told.notifier.close(0.05)
        slow.gate.set()


def test_proxies_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.base)
        told = Told(_to(tmp_path / "url", f"http://hooks.example.com/{CANARY}"))
        told.report("refused", **REFUSED)
        told.notifier.close()
        assert proxy.paths == [f"http://hooks.example.com/{CANARY}"]


def test_one_post() -> None:
    with receiving() as receiver:
        receiver.answers = [(429, {"Retry-After": "7"}), (429, {"Retry-After": "soon"})]
        for after in (7.0, 0.0):
            with pytest.raises(post.Unsent) as raised:
                post.post(receiver.url, b"{}")
            assert (raised.value.again, raised.value.after) == (True, after)


def test_a_receiver_that_is_not_trusted(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    context = make_identity(tmp_path).server_context()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server), pytest.raises(post.Unsent) as raised:
        post.post(f"https://127.0.0.1:{server.server_address[1]}/{CANARY}", b"{}")
    assert raised.value.reason == (
        "127.0.0.1 cannot be reached: the server's certificate is not signed by the CAs this"
        " machine trusts"
    )


@pytest.mark.parametrize("through", ["", "http_proxy", "https_proxy"])
def test_an_answer_that_comes_byte_by_byte_has_one_deadline(
    monkeypatch: pytest.MonkeyPatch, through: str
) -> None:
    """A time-out of each read would wait for it to the end, which is good, or for ever."""
    monkeypatch.setattr(post, "_TIMEOUT", 0.3)
    with dripping(b"HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n") as slow:
        base = slow.url
        if through:
            monkeypatch.setenv(through, base)
            base = f"{through.partition('_')[0]}://hooks.example.com"
        with pytest.raises(post.Unsent, match=r"TimeoutError|takes too long|timed out") as raised:
            post.post(f"{base}/services/{CANARY}", b"{}")
    assert raised.value.again
