"""What cannot be edited, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest

from halsync.formats import emit
from halsync.formats.edit import CannotEdit, NotAsIntended, rewrite


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


ERRORS: list[tuple[str, str, Any, tuple[int, int], str, str]] = [
    ("not YAML", "a: [1\n", {"a": 1}, (2, 1), "", ""),
    ("two documents", "a: 1\n---\na: 2\n", {"a": 3}, (0, 0), "2 documents", "split"),
    ("half a character", "a: 1\n", {"a": "\ud800"}, (0, 0), "surrogate", "correct"),
    ("too long a key", "a: 1\n", {"a": 1, "k" * 2000: 1}, (0, 0), "2000 characters", "shorten"),
    ("deeper than Halyard", "a: 1\n", {"a": nested(51)}, (0, 0), "levels deep", "flatten"),
    ("deeper than Python", "a: 1\n", {"a": nested(5000)}, (0, 0), "levels deep", "flatten"),
]


@pytest.mark.parametrize(
    ("text", "value", "place", "message", "hint"),
    [case[1:] for case in ERRORS],
    ids=[case[0] for case in ERRORS],
)
def test_refusal(text: str, value: Any, place: tuple[int, int], message: str, hint: str) -> None:
    with pytest.raises(CannotEdit) as caught:
        rewrite(text, value)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert (caught.value.line, caught.value.column) == place


def test_a_text_that_comes_out_wrong_is_never_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emit, "scalar", lambda *_args, **_keywords: "wrong")
    with pytest.raises(NotAsIntended, match=r"differs at a\.b$") as caught:
        rewrite("a: {b: 1}\nc: 2\n", {"a": {"b": 5}, "c": 2})
    assert caught.value.path == ("a", "b")
