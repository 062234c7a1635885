"""Orders of events that once went wrong: nothing is lost, and nothing spins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from halsync import restart as reactions
from halsync.agent.watch import preparing
from halsync.publish.back import rollback
from halsync.restart import hold
from tests.agent.watch.rounds import Rounds, rounds
from tests.restart.conftest import halyard
from tests.servers.halyard import Halyard

__all__ = ["halyard"]

AT_ONCE = {"debounce": "0s", "spacing": "0s", "budget": 100}
NOBODY = "http://127.0.0.1:9"


def reacting(halyard: Halyard | None = None, **more: Any) -> dict[str, Any]:
    """Settings of a sidecar whose command may fail."""
    return {
        "strategy": "exec",
        "command": ["true"],
        "daemonUrl": halyard.url if halyard else NOBODY,
        "confirm": {"timeout": "5s", "settle": "0.2s"},
        "governor": AT_ONCE,
        **more,
    }


def test_holding_before_anything_is_published_does_not_spin(tmp_path: Path) -> None:
    with rounds(tmp_path, tmp_path / "hal", restart=reacting()) as loop:
        hold.set(loop.settings["target"], "not yet")
        assert loop.round().outcome == "waiting"
        assert loop.waits() > 1


def test_a_settings_file_that_changes_while_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = tmp_path / "version"
    value.write_text("1.30.0")
    render = {"placeholders": {"VERSION": {"file": str(value)}}}
    with rounds(tmp_path, tmp_path / "hal", render=render) as loop:
        loop.write("${VERSION}")
        prepare = preparing.prepared

        def meanwhile(*words: Any) -> Any:
            done = prepare(*words)
            monkeypatch.undo()
            value.write_text("1.31.0")
            return done

        monkeypatch.setattr("halsync.agent.watch.loop.prepared", meanwhile)
        loop.round()
        assert b"1.30.0" in (loop.target / "config").read_bytes()
        loop.round()
        assert b"1.31.0" in (loop.target / "config").read_bytes()


def test_what_the_machine_lacks_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rounds(tmp_path, tmp_path / "hal") as loop:

        def full(*_words: Any) -> Any:
            raise OSError(28, os.strerror(28), "/tmp/work")

        monkeypatch.setattr("halsync.agent.watch.loop.prepared", full)
        turn = loop.round()
        assert turn.outcome == "failed"
        assert "no space left" in turn.message
        monkeypatch.undo()
        loop.loop._retry = 0.0
        assert loop.round().outcome == "published"


def published(loop: Rounds) -> None:
    """The first publication has been told to Halyard."""
    loop.round()
    assert loop.live()
    assert not loop.parts.phases.under_way


def test_a_rollback_while_it_is_confirmed_is_told_to_halyard(
    tmp_path: Path, halyard: Halyard
) -> None:
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard)) as loop:
        published(loop)
        first = loop.live()
        loop.write("1.31.0")
        stop = loop.parts.phases.stop

        def by_hand() -> bool:
            if loop.parts.phases.waits and loop.live() != first:
                rollback(str(loop.target), first)
            return stop()

        loop.parts.phases.stop = by_hand
        loop.round()
        assert loop.live() == first
        loop.parts.phases.stop = stop
        acted = len(loop.told("acted"))
        loop.round()
        assert len(loop.told("acted")) == acted + 1, "Halyard was told of the other one"
        assert loop.parts.phases.told == first
        marked = loop.parts.phases.marked
        assert marked.phase == "confirmed"
        assert marked.good
        assert marked.good.generation == first


def test_what_failed_is_not_good_because_halyard_answers(tmp_path: Path, halyard: Halyard) -> None:
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard, command=["false"])) as loop:
        assert loop.round().outcome == "unconfirmed"
        loop.round()
        assert loop.parts.phases.marked.good is None


def test_tasks_that_were_in_the_way_of_another_release(
    tmp_path: Path, halyard: Halyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    governor = {**AT_ONCE, "taskWait": "1h"}
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard, governor=governor)) as loop:
        published(loop)
        monkeypatch.setattr(reactions, "busy", lambda _settings: "deploy")
        loop.write("1.31.0")
        assert loop.round().outcome == "waiting"
        loop.parts.governing._busy_since -= 7_200
        loop.write("1.30.0")
        assert loop.round().outcome == "unchanged"
        loop.write("1.32.0")
        assert loop.round().outcome == "waiting", "this task has only begun"
        assert "Halyard is working" in loop.parts.governing.reason


def test_looking_again_does_not_put_a_release_off(tmp_path: Path, halyard: Halyard) -> None:
    governor = {**AT_ONCE, "debounce": "1h"}
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard, governor=governor)) as loop:
        published(loop)
        loop.write("1.31.0")
        assert loop.round().outcome == "waiting"
        until = loop.parts.governing.until
        loop.loop._publish_again = True
        loop.round()
        assert loop.parts.governing.until == until


def test_a_change_by_hand_is_put_back_while_the_newest_is_refused(tmp_path: Path) -> None:
    with rounds(tmp_path, tmp_path / "hal", watch={"drift": "revert"}) as loop:
        published(loop)
        before = (loop.target / "config").read_bytes(), loop.live()
        (loop.source / "config").write_text("currentDeployment: [\n")
        assert loop.round().outcome == "refused"
        (loop.target / "config").unlink()
        (loop.target / "config").write_text("by hand")
        loop.loop._full_due = 0.0
        assert loop.round().outcome == "refused"
        assert ((loop.target / "config").read_bytes(), loop.live()) == before
        [kept] = (loop.target / ".halsync" / "adopted").rglob("config")
        assert kept.read_text() == "by hand"
        loop.loop._full_due = 0.0
        loop.round()
        assert len(loop.told("drift")) == len(loop.told("drift-gone")) == 1
