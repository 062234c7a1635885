"""Probes: when the sidecar is to be restarted, and when it is not to be relied upon."""

from __future__ import annotations

import time

import pytest

from halsync.observe.health import Pulse, longest_turn, ready
from halsync.observe.view import SourceView, View
from halsync.settings.watching import ConfirmSettings, RestartSettings, WatchSettings

_SETTINGS = WatchSettings(interval=30, max_backoff=600, full_check=600, stale_after=3_600)


class _Clock:
    """Monotonic time that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


def _view(iterated: float, state: str = "idle", planned: float = 30) -> View:
    source = SourceView("hal", "r", iterated, 0.0, "", iterated + planned)
    return View(1.0, iterated, state, generation="g", sources=(source,))


def test_a_loop_that_comes_round_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, views = _Clock(monkeypatch), [_view(1.0)]
    pulse = Pulse(_SETTINGS, 1_000, lambda: views[-1])
    for at in range(50):
        clock.now += 30
        views.append(_view(2.0 + at))
        assert pulse.look().good


def test_one_that_does_not_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    pulse = Pulse(_SETTINGS, 1_000, lambda: _view(1.0))
    clock.now += 30 + 59
    assert pulse.look().good
    clock.now += 2
    verdict = pulse.look()
    assert not verdict.good
    assert verdict.reason == "the loop has not come round for 91 s, 90 s are allowed (idle)"


def test_the_loop_is_believed_when_it_says_how_long_it_sleeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = _Clock(monkeypatch)
    pulse = Pulse(_SETTINGS, 1_000, lambda: _view(1.0, "degraded", planned=600))
    clock.now += 650
    assert pulse.look().good
    clock.now += 20
    assert not pulse.look().good


def test_sources_that_swallow_packets_kill_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each keeps the next one waiting for half a minute, in whatever state the sidecar is."""
    clock = _Clock(monkeypatch)
    view = _view(1.0, planned=1)
    view = view._replace(sources=tuple(view.sources[0] for _ in range(5)))
    pulse = Pulse(_SETTINGS, 1_000, lambda: view)
    clock.now += 5 * 30
    assert pulse.look().good
    clock.now += 60
    assert not pulse.look().good


def test_a_turn_may_take_what_its_steps_may(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    turn = longest_turn(120, RestartSettings())
    for state in ("starting", "working", "confirming", "stopping"):
        clock.now = 0.0
        pulse = Pulse(_SETTINGS, turn, lambda state=state: _view(1.0, state))  # type: ignore[misc]
        clock.now = turn
        assert pulse.look().good, state
        clock.now = turn + 61
        assert not pulse.look().good, state


def test_deploying_takes_longer() -> None:
    plain = longest_turn(120, RestartSettings())
    deploying = RestartSettings(confirm=ConfirmSettings(deploy=True, deploy_timeout=1_000))
    assert longest_turn(120, deploying) == plain + 2_000
    assert longest_turn(120, RestartSettings("apply")) > plain


def test_a_clock_that_is_put_right_kills_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wall time jumps by a year in both directions; only the monotonic clock counts."""
    clock = _Clock(monkeypatch)
    view = _view(1_000_000.0)
    pulse = Pulse(_SETTINGS, 1_000, lambda: view)
    for jump in (3e7, -6e7):
        clock.now += 30
        view = _view(view.iterated + jump)
        assert pulse.look().good
    # A plan that lies in the past because the clock was moved is no plan.
    view = _view(view.iterated + 1, planned=-3e7)
    clock.now += 30
    assert pulse.look().good


def test_ready_when_something_is_published_and_seen_lately() -> None:
    assert ready(_view(10_000), _SETTINGS, 10_010).good
    late = ready(_view(10_000), _SETTINGS, 13_700)
    assert (late.good, late.reason) == (False, "hal was not seen for 3700 s")
    assert ready(_view(10_000), _SETTINGS, 9_000).good  # the clock was put back


def test_not_ready_before_the_first_generation() -> None:
    view = View(1.0, 1.0, "starting", "the server does not answer")
    verdict = ready(view, _SETTINGS, 2.0)
    assert (verdict.good, verdict.reason) == (
        False,
        "nothing is published yet: the server does not answer",
    )


def test_not_ready_when_ending() -> None:
    assert not ready(_view(10_000, "stopping"), _SETTINGS, 10_010).good


@pytest.mark.parametrize("state", ["refused", "held", "waiting", "degraded", "confirming"])
def test_a_bad_revision_leaves_what_is_live_ready(state: str) -> None:
    assert ready(_view(10_000, state), _SETTINGS, 10_010).good


def test_after_a_restart_an_outage_is_forgiven_for_a_while() -> None:
    source = SourceView("hal", "", 0.0, 10_000.0, "no route to host")
    view = View(10_000, 10_000, "degraded", generation="g", sources=(source,))
    assert ready(view, _SETTINGS, 11_000).good
    late = ready(view, _SETTINGS, 14_000)
    assert not late.good
    assert late.reason == "hal was not seen since the sidecar started: no route to host"
