"""When a reaction may happen: every rule by itself, and all of them over any history."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.restart.base import Marked
from halsync.restart.governor import HOUR, verdict
from halsync.settings.watching import GovernorSettings
from halsync.settings.windows import parse

NOON = 1_700_000_000.0 - 1_700_000_000 % 86_400 + 43_200
"""Noon, UTC; a Tuesday."""
FREE = GovernorSettings(debounce=0, spacing=0, budget=100)


def ask(
    rules: GovernorSettings,
    *past: float,
    now: float = NOON,
    changed: float = NOON - 1000,
    held: str = "",
    busy: str = "",
    busy_since: float = 0.0,
) -> tuple[bool, float, str]:
    marked = Marked(reactions=past)
    found = verdict(
        now, marked, rules, changed_at=changed, held=held, busy=busy, busy_since=busy_since
    )
    return found.go, found.until - now, found.reason


def test_nothing_in_the_way() -> None:
    assert ask(FREE) == (True, 0, "")


def test_a_change_rests() -> None:
    go, wait, reason = ask(FREE._replace(debounce=5), changed=NOON - 2)
    assert (go, wait) == (False, 3)
    assert "rest" in reason


def test_spacing_counts_from_the_last_reaction() -> None:
    go, wait, _ = ask(FREE._replace(spacing=60), NOON - 20, NOON - 500)
    assert (go, wait) == (False, 40)


def test_the_budget_is_free_again_when_the_oldest_is_an_hour_ago() -> None:
    past = (NOON - 10, NOON - 1200, NOON - 3000, NOON - 3599)
    go, wait, reason = ask(FREE._replace(budget=3), *past)
    assert (go, wait) == (False, 600)
    assert reason == "3 reactions within an hour are the limit"
    assert ask(FREE._replace(budget=3), NOON - 10, NOON - 1200, NOON - 3601)[0]


def test_held_beats_everything_and_is_looked_at_again() -> None:
    go, wait, reason = ask(FREE, held="freeze, by alice")
    assert not go
    assert 0 < wait <= 60
    assert reason == "held: freeze, by alice"


def test_a_task_is_waited_for_and_not_for_ever() -> None:
    rules = FREE._replace(task_wait=100)
    go, wait, reason = ask(rules, busy="Apply deployment", busy_since=NOON - 99)
    assert not go
    assert 0 < wait <= 5
    assert "Apply deployment" in reason
    assert ask(rules, busy="Apply deployment", busy_since=NOON - 100)[0]


def test_a_window_opens_later() -> None:
    rules = FREE._replace(windows=("Tue 14:00-16:00 UTC", "Wed 00:00-24:00"))
    go, wait, reason = ask(rules)
    assert (go, wait) == (False, 7200)
    assert "window" in reason
    assert ask(rules, now=NOON + 7200)[0]


def test_what_is_in_the_way_until_the_window_closes_waits_for_the_next_one() -> None:
    rules = FREE._replace(windows=("daily 12:00-12:01",), spacing=120)
    assert ask(rules, NOON - 10) == (False, 86_400, "outside of the maintenance windows")


@pytest.mark.parametrize("jump", [2 * HOUR, 1e6, 1e9])
def test_a_clock_that_was_set_back_does_not_stop_everything(jump: float) -> None:
    rules = GovernorSettings(debounce=5, spacing=60, budget=1)
    assert ask(rules, NOON + jump, changed=NOON + jump)[0]


windows = st.sampled_from(
    ["Mon-Fri 08:00-18:00", "daily 22:00-04:00", "Sat,Sun 00:00-24:00", "Tue 12:30-12:45 UTC"]
)
rules = st.builds(
    GovernorSettings,
    debounce=st.floats(0, 60),
    spacing=st.floats(0, 1800),
    budget=st.integers(1, 5),
    windows=st.lists(windows, max_size=2).map(tuple),
    task_wait=st.floats(0, 3600),
)
moments = st.floats(NOON - 2 * HOUR, NOON).map(round).map(float)


@given(rules, st.lists(moments, max_size=12), moments)
@settings(max_examples=200, deadline=None)
def test_whoever_obeys_keeps_all_rules(
    governed: GovernorSettings, changes: list[float], now: float
) -> None:
    """A loop that asks when it is told to never breaks a rule, and always gets its turn."""
    reactions: list[float] = []
    for change in sorted(changes):
        now = max(now, change)
        for _ in range(50):
            marked = Marked(reactions=tuple(reversed(reactions)))
            found = verdict(now, marked, governed, changed_at=change, held="", busy="")
            assert found.go == (not found.reason)
            if found.go:
                assert found.until == now
                break
            assert found.until > now
            now = found.until
        else:
            raise AssertionError("it never gets its turn")
        assert now >= change + governed.debounce - 0.001
        if reactions:
            assert now - reactions[-1] >= governed.spacing - 0.001
        reactions.append(now)
        assert sum(now - at < HOUR - 0.001 for at in reactions) <= governed.budget
        if governed.windows:
            assert any(
                opens <= now < closes
                for text in governed.windows
                for opens, closes in parse(text).periods(now)
            )


@given(st.lists(moments, max_size=8), moments)
@settings(max_examples=100, deadline=None)
def test_the_order_of_what_is_remembered_does_not_matter(past: list[float], now: float) -> None:
    rules = GovernorSettings(spacing=60, budget=2)
    one, other = (
        verdict(now, Marked(reactions=tuple(each)), rules, changed_at=now, held="", busy="")
        for each in (past, sorted(past, reverse=True))
    )
    assert one == other
