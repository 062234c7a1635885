"""What cannot be edited, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest

from halsync.formats import emit
from halsync.formats.edit import (
    Append,
    CannotEdit,
    Change,
    Delete,
    Insert,
    NotAsIntended,
    Set,
    edit,
)

DEEP: list[Any] = []
for _ in range(51):
    DEEP = [DEEP]

ERRORS: list[tuple[str, str, Change, tuple[int, int], str, str]] = [
    (
        "missing",
        "a:\n  context: 1\n",
        Set(("a", "contxt", "x"), 1),
        (2, 3),
        "no 'contxt' in a",
        "context",
    ),
    (
        "missing to delete",
        "accounts: 1\n",
        Delete(("account",)),
        (1, 1),
        "no 'account'",
        "accounts",
    ),
    ("scalar parent", "a: text\n", Set(("a", "b"), 1), (1, 4), "a is text", "replace"),
    ("list, not mapping", "a:\n- 1\n", Set(("a", "b"), 1), (2, 1), "a is a list", "index"),
    ("mapping, not list", "a: {b: 1}\n", Append(("a",), 1), (1, 4), "a is a mapping", "replace"),
    ("index as key", "a: {b: 1}\n", Set(("a", 0), 1), (1, 4), "a is a mapping", "b"),
    ("out of range", "a: [1, 2]\n", Set(("a", 2), 1), (1, 4), "no [2]: a has 2 items", "append"),
    ("negative", "a: [1, 2]\n", Delete(("a", -1)), (1, 4), "no [-1]", "append"),
    ("insert too far", "a: [1]\n", Insert(("a",), 3, 1), (1, 4), "a has 1 items", "0 to 1"),
    ("the whole document", "a: 1\n", Delete(()), (1, 1), "as a whole", "file"),
    ("not YAML", "a: [1\n", Set(("a",), 1), (2, 1), "", ""),
    ("no value of YAML", "a: 1\n", Set(("a",), object()), (1, 1), "object is no value", "text"),
    ("half a character", "a: 1\n", Set(("a",), "\ud800"), (0, 0), "surrogate", "correct"),
    ("too long a key", "a: 1\n", Set(("k" * 2000,), 1), (0, 0), "2000 characters", "shorten"),
    ("too deep", "a: 1\n", Set(("a",), DEEP), (0, 0), "levels deep", "flatten"),
]


@pytest.mark.parametrize(
    ("text", "change", "place", "message", "hint"),
    [case[1:] for case in ERRORS],
    ids=[case[0] for case in ERRORS],
)
def test_refusal(
    text: str, change: Change, place: tuple[int, int], message: str, hint: str
) -> None:
    with pytest.raises(CannotEdit) as caught:
        edit(text, [change])
    assert message in caught.value.message
    assert hint in caught.value.hint
    if place[0]:
        assert (caught.value.line, caught.value.column) == place


def test_several_documents_need_a_number() -> None:
    text = "a: 1\n---\na: 2\n"
    with pytest.raises(CannotEdit, match="2 documents"):
        edit(text, [Set(("a",), 3)])
    assert edit(text, [Set(("a",), 3)], document=1).text == "a: 1\n---\na: 3\n"
    with pytest.raises(CannotEdit, match="no document 2"):
        edit(text, [Set(("a",), 3)], document=2)


def test_a_text_that_comes_out_wrong_is_never_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emit, "scalar", lambda *_args, **_keywords: "wrong")
    with pytest.raises(NotAsIntended, match=r"at a\.b \(changes: Set a\.b\)") as caught:
        edit("a: {b: 1}\nc: 2\n", [Set(("a", "b"), 5)])
    assert caught.value.path == ("a", "b")
    assert caught.value.changes == (Set(("a", "b"), 5),)
