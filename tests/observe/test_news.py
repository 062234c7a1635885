"""What receivers are told, and what they have been told already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from halsync.errors import ConfigError
from tests.observe.notifying import REFUSED, Told, quick, to
from tests.servers.webhook import receiving

__all__ = ["quick"]


def test_the_same_thing_is_told_once_until_it_changes(tmp_path: Path) -> None:
    with receiving() as receiver:
        told = Told(to(tmp_path / "url", receiver.url))
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
            told = Told(to(tmp_path / "url", receiver.url), target=str(tmp_path))
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
            told = Told(to(tmp_path / "url", receiver.url), target=str(tmp_path))
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
        told = Told(to(tmp_path / "url", receiver.url), target=str(tmp_path))
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
            to(tmp_path / "all", all_of_it.url),
            to(tmp_path / "some", some.url, events=("refused",)),
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
        told = Told(to(tmp_path / "url", receiver.url))
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
        chosen = to(tmp_path / "url", receiver.url, events=("accepted", "confirmed"))
        told = Told(chosen)
        told.report("accepted", identity="a", generation="g", reaction="daemon", sources=())
        told.report("refused", **REFUSED)
        told.report("checked", source="hal", changed=False)
        told.report("confirmed", identity="a", seconds=1.0, detail="")
        told.notifier.close()
        assert [message["event"] for message in receiver.got] == ["accepted", "confirmed"]


def test_an_event_that_there_is_none_of(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        Told(to(tmp_path / "url", "http://x/", events=("refusd",)))
    assert "did you mean refused?" in raised.value.hint
