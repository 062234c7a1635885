"""The types of settings, against the patterns that the JSON schema promises."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.settings.options import OPTIONS
from halsync.settings.spec import Option
from halsync.settings.values import (
    DURATION,
    MODE,
    SIZE,
    BadValue,
    convert,
    default_of,
    format_duration,
    format_size,
    show,
)

UNTIMED = settings(deadline=None, database=None)
"""No clock, and no files beside the tests, which may be read-only."""

_KINDS = {
    "duration": (Option("x", "duration", "", "1s"), DURATION),
    "size": (Option("x", "size", "", "1B"), SIZE),
    "mode": (Option("x", "mode", "", "022"), MODE),
}


def legal(option: Option, text: str) -> bool:
    """Whether the type takes the text."""
    try:
        convert(option, text, typed=True, base="/")
    except BadValue:
        return False
    return True


@pytest.mark.parametrize("kind", _KINDS)
@UNTIMED
@given(
    text=st.one_of(
        st.text(alphabet="0123456789.smhdBKiMG 7-", max_size=9),
        st.from_regex(DURATION, fullmatch=True),
        st.from_regex(SIZE, fullmatch=True),
        st.from_regex(MODE, fullmatch=True),
        st.text(max_size=5),
    )
)
def test_by_hand_and_by_pattern_agree(kind: str, text: str) -> None:
    option, pattern = _KINDS[kind]
    # Digits of other scripts and numbers of more than 15 places are refused, patterns or not.
    if text.isascii() and not re.search(r"[\d.]{16}", text):
        assert legal(option, text) == bool(re.fullmatch(pattern, text))


@UNTIMED
@given(st.integers(0, 10**9))
def test_durations_and_sizes_survive_being_shown(number: int) -> None:
    duration, size = _KINDS["duration"][0], _KINDS["size"][0]
    assert convert(duration, format_duration(number), typed=True, base="") == number
    assert convert(size, format_size(number), typed=True, base="") == number


@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("90s", 90), ("1h30m", 5400), ("1.5d", 129_600)]
)
def test_durations(text: str, seconds: float) -> None:
    assert convert(_KINDS["duration"][0], text, typed=False, base="") == seconds


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_defaults_are_legal_and_shown_as_written(option: Option) -> None:
    if option.default is None:
        return
    value = convert(option, option.default, typed=True, base="/")
    assert value == default_of(option)
    assert convert(option, show(option, value), typed=True, base="/") == value


def test_a_duration_below_its_minimum_is_refused() -> None:
    option = Option("x", "duration", "", "1m", minimum=1)
    assert convert(option, "1s", typed=True, base="/") == 1
    with pytest.raises(BadValue, match="must be 1s or more"):
        convert(option, "0s", typed=True, base="/")
