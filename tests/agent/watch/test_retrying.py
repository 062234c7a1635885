"""A step that failed is tried again only while it is still wanted, and only in its turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.errors import SourceUnreachable
from halsync.publish.back import rollback
from halsync.restart import hold
from tests.agent.watch.rounds import Rounds, rounds
from tests.agent.watch.test_sequences import AT_ONCE, published, reacting
from tests.restart.cluster import pod, settings_of
from tests.restart.conftest import halyard, kube, kube_server
from tests.servers.halyard import Halyard
from tests.servers.kube import Cluster

__all__ = ["halyard", "kube", "kube_server", "pod"]


def failing(loop: Rounds, patch: pytest.MonkeyPatch) -> list[str]:
    """From now on acting fails, as where the daemon does not answer; who was acted for."""
    tried: list[str] = []

    def act(release: object, *_words: object) -> None:
        tried.append(release.generation)  # type: ignore[attr-defined]
        raise SourceUnreachable("the daemon does not answer")

    patch.setattr(loop.parts.phases.strategy, "act", act)
    return tried


def again(loop: Rounds) -> None:
    """A round in which a failed step is due."""
    loop.loop._retry = 0.0
    loop.round()


def test_a_rollback_by_hand_while_acting_fails(
    tmp_path: Path, halyard: Halyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard)) as loop:
        published(loop)
        first = loop.live()
        tried = failing(loop, monkeypatch)
        loop.write("1.31.0")
        loop.round()
        assert tried == [loop.live()] != [first]
        rollback(str(loop.target), first)
        for _ in range(3):
            again(loop)
        assert len(tried) == 1, "Halyard runs with what is live, and need not be told of it"
        assert not loop.parts.phases.under_way
        monkeypatch.undo()
        assert loop.live() == first
        loop.write("1.32.0")
        loop.round()
        assert loop.parts.phases.marked.phase == "confirmed"


def test_a_step_that_goes_on_failing_is_told_once(
    tmp_path: Path, halyard: Halyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard)) as loop:
        published(loop)
        tried = failing(loop, monkeypatch)
        loop.write("1.31.0")
        loop.round()
        for _ in range(3):
            again(loop)
        assert len(tried) == 4
        assert len(loop.told("step-failed")) == 1
        monkeypatch.undo()
        again(loop)
        assert loop.parts.phases.marked.phase == "confirmed"


def test_what_halyard_could_not_be_told_of_is_taken_back(
    tmp_path: Path, halyard: Halyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard)) as loop:
        published(loop)
        failing(loop, monkeypatch)
        loop.write("1.31.0")
        loop.round()
        assert loop.parts.phases.marked.phase == "published"
        loop.write("1.30.0")
        (loop.source / "README.md").write_text("taken back\n")
        loop.round()
        marked = loop.parts.phases.marked
        assert (marked.phase, marked.good) == ("confirmed", marked.release), "it never ran else"


def test_a_retried_step_heeds_a_hold(
    tmp_path: Path, halyard: Halyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard)) as loop:
        published(loop)
        tried = failing(loop, monkeypatch)
        loop.write("1.31.0")
        loop.round()
        hold.set(str(loop.target), "demo")
        again(loop)
        assert len(tried) == 1
        assert loop.loop.view.state == "held"
        assert loop.waits() > 1, "it does not spin"
        hold.clear(str(loop.target))
        again(loop)
        assert len(tried) == 2


def test_a_retried_step_takes_its_turn_again(
    tmp_path: Path, halyard: Halyard, kube: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from halsync.restart import open_turn

    more = {
        "restart": reacting(halyard, governor={**AT_ONCE, "lease": "turns"}),
        "kubernetes": {
            "kubeconfig": str(kube.kubeconfig),
            "namespace": kube.namespace,
            "podName": "halyard-0",
        },
    }
    named = kube.settings._replace(pod_name="other-0")
    other = open_turn(settings_of(named, tmp_path, lease="turns"))
    try:
        with rounds(tmp_path, halyard.hal, **more) as loop:
            published(loop)
            tried = failing(loop, monkeypatch)
            loop.write("1.31.0")
            loop.round()
            assert len(tried) == 1
            assert other.take() == "", "between two tries it is anybody's turn"
            again(loop)
            assert len(tried) == 1
            assert "other-0" in loop.loop.view.detail
            other.give_back()
            again(loop)
            assert len(tried) == 2
    finally:
        other.close()
