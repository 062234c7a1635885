"""Maintenance windows, over changes of the clock too."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.settings.values import BadValue
from halsync.settings.windows import Window, opening, parse

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int, fold: int = 0) -> float:
    return datetime(*parts, tzinfo=BERLIN, fold=fold).timestamp()  # type: ignore[misc,arg-type]


def opens(text: str, moment: float) -> float:
    return opening((parse(text),), moment)


def test_parts() -> None:
    assert parse("Mon-Wed,Sun 08:00-18:30 Europe/Berlin") == Window(
        frozenset({0, 1, 2, 6}), 480, 1110, "Europe/Berlin"
    )
    assert parse("Sat-Mon 22:00-04:00").days == {5, 6, 0}
    assert parse("daily 00:00-24:00").zone == "UTC"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("whenever", "is not a window"),
        ("Mon 8:00-18:00", "is not a window"),
        ("Mon 08:00-18:60", "not a time of day"),
        ("Mon 25:00-26:00", "not a time of day"),
        ("Mon 24:00-02:00", "is empty"),
        ("Mon 08:00-08:00", "is empty"),
        ("Monday 08:00-18:00", "'monday'"),
        ("Mon-Someday 08:00-18:00", "mon-someday"),
        ("Mon 08:00-18:00 Europe/Bielefeld", "not known here"),
        ("Mon 08:00-18:00 ../../etc/passwd", "not known here"),
    ],
)
def test_mistakes(text: str, says: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse(text)
    assert says in caught.value.message
    assert caught.value.hint


def test_the_next_opening() -> None:
    text = "Mon-Fri 08:00-18:00 Europe/Berlin"
    assert opens(text, at(2026, 3, 4, 7, 59)) == at(2026, 3, 4, 8, 0)
    assert opens(text, at(2026, 3, 4, 8, 0)) == at(2026, 3, 4, 8, 0)
    assert opens(text, at(2026, 3, 4, 17, 59)) == at(2026, 3, 4, 17, 59)
    assert opens(text, at(2026, 3, 4, 18, 0)) == at(2026, 3, 5, 8, 0)
    assert opens(text, at(2026, 3, 6, 18, 0)) == at(2026, 3, 9, 8, 0)


def test_over_midnight() -> None:
    text = "Fri 22:00-04:00 Europe/Berlin"
    assert opens(text, at(2026, 3, 7, 3, 59)) == at(2026, 3, 7, 3, 59)
    assert opens(text, at(2026, 3, 7, 4, 0)) == at(2026, 3, 13, 22, 0)


def test_the_clock_goes_forward() -> None:
    """On 29 March 2026 there is no 02:30 in Berlin; 03:30 stands for it."""
    assert opens("Sun 02:30-05:00 Europe/Berlin", at(2026, 3, 29, 0, 0)) == at(2026, 3, 29, 3, 30)


def test_the_clock_goes_back() -> None:
    """On 25 October 2026 02:30 comes twice; the first counts, the window is an hour longer."""
    text = "Sun 02:30-04:00 Europe/Berlin"
    first = at(2026, 10, 25, 2, 30)
    assert opens(text, at(2026, 10, 25, 0, 0)) == first
    assert opens(text, at(2026, 10, 25, 2, 45, fold=1)) == at(2026, 10, 25, 2, 45, fold=1)
    [end] = [closes for begins, closes in parse(text).periods(first) if begins == first]
    assert end - first == 2.5 * 3600


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    st.integers(0, 95),
    st.integers(1, 96),
    st.integers(1_640_000_000, 1_900_000_000),
)
@settings(max_examples=200, deadline=None)
def test_it_opens_within_eight_days_and_is_open_then(
    zone: str, days: frozenset[int], start: int, end: int, moment: int
) -> None:
    if start == end:
        return
    window = Window(days, start * 15, end * 15, zone)
    found = opening((window,), moment)
    assert moment <= found <= moment + 8 * 86_400
    assert any(opens <= found < closes for opens, closes in window.periods(found))
    # Nothing is open between.
    assert not any(
        max(opens, moment) < min(closes, found) for opens, closes in window.periods(moment)
    )
    assert opening((window,), found) == found
