"""Notifications, received by real HTTP servers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from halsync import redact
from halsync.model import SourceState
from halsync.observe import notify, post
from halsync.settings.model import SecretRef
from halsync.settings.watching import NotifySettings
from tests.observe.notifying import REFUSED, Told, quick, to
from tests.observe.sidecar import a_view, eventually
from tests.servers.dripping import dripping
from tests.servers.serving import serving
from tests.servers.tls import make_identity
from tests.servers.webhook import CANARY, receiving

__all__ = ["quick"]


def test_json_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAME", "halyard-0")
    monkeypatch.setenv("POD_NAMESPACE", "opsmx")
    state = SourceState("hal", "git", "https://h/r", "main", "a" * 40)
    with receiving() as receiver:
        told = Told(to(tmp_path / "url", receiver.url))
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
        told = Told(to(tmp_path / "url", receiver.url, "slack"))
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
        told = Told(to(tmp_path / "url", receiver.url, "slack"))
        for error in ("x" * 5_000, "<" * 5_000, "@" * 5_000):
            told.report("refused", **{**REFUSED, "error": error, "problems": 0, "hint": error})
        told.notifier.close()
        assert len(receiver.got) == 3
        for message in receiver.got:
            assert len(message["text"]) < 2_000
            assert "…\n_What to do_: " in message["text"]
            assert message["text"].endswith("…")


def test_a_receiver_that_stumbles_is_asked_again(tmp_path: Path) -> None:
    with receiving() as receiver:
        receiver.answers = [(500, {}), (429, {"Retry-After": "1"}), (503, {})]
        told = Told(to(tmp_path / "url", receiver.url))
        told.report("refused", **REFUSED)
        eventually(lambda: told.counted("team", "sent") == 1)
        told.notifier.close()
        assert len(receiver.paths) == 4
        assert told.reports == []


def test_an_outage_of_minutes_loses_nothing(tmp_path: Path) -> None:
    """The network that takes a source away takes the receiver away; the log tells of it once."""
    with receiving() as receiver:
        receiver.answers = [(503, {})] * (2 * notify._TRIES)
        told = Told(to(tmp_path / "url", receiver.url))
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
        told = Told(to(tmp_path / "url", receiver.url))
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
        told = Told(to(tmp_path / "url", receiver.url))
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
            told = Told(to(tmp_path / "url", url))
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
        told = Told(to(tmp_path / "url", old.url))
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
            to(tmp_path / "a", receiver.url),
            to(tmp_path / "b", receiver.url, "slack"),
        )
        told.report("refused", **{**REFUSED, "error": "canary-password-9", "password": "hunter2"})
        told.notifier.close()
        assert len(receiver.got) == 2
        assert "canary-password-9" not in repr(receiver.got)
        assert "hunter2" not in repr(receiver.got)


def test_a_receiver_that_hangs_holds_up_neither_the_loop_nor_the_others(tmp_path: Path) -> None:
    with receiving() as slow, receiving() as quick:
        slow.gate = threading.Event()
        told = Told(to(tmp_path / "a", slow.url), to(tmp_path / "b", quick.url))
        for number in range(100):  # returns at once though nobody answers
            told.report("held", reason=str(number))
        eventually(lambda: bool(quick.got) and quick.got[-1]["fields"] == {"reason": "99"})
        assert told.counted("team", "dropped") > 0
        told.notifier.close(0.05)
        slow.gate.set()


def test_proxies_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.base)
        told = Told(to(tmp_path / "url", f"http://hooks.example.com/{CANARY}"))
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
