"""JSON against the standard library's parser as oracle."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync.formats.json import parse

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_what_the_library_writes_is_read_back(value: Any, ascii_: bool, indent: Any) -> None:
    text = json.dumps(value, ensure_ascii=ascii_, indent=indent)
    if "\ud800" <= max(text, default="") <= "\udfff":
        text = json.dumps(value)
    parsed = parse(text)
    assert not parsed.issues
    assert json.dumps(parsed.documents[0].value) == json.dumps(value)


@given(st.text(alphabet="{}[]\",:0123.eE+-truefalsnl\\ \n\tux/'", max_size=40))
def test_the_library_agrees_on_what_is_json(text: str) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        expected = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        assert parse(text).failed
    else:
        assert json.dumps(parse(text).documents[0].value) == json.dumps(expected)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    for issue in parse(data).issues:
        assert issue.hint
        assert issue.line >= 1


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "ends where a value"),
        ('{"a": 1,}', 1, 8, "','"),
        ("[1,,2]", 1, 4, "where a value"),
        ("{a: 1}", 1, 2, "a key in double quotes"),
        ("{'a': 1}", 1, 2, "single quote"),
        ('{"a" 1}', 1, 6, "':'"),
        ("[1 2]", 1, 4, "',' or ']'"),
        ('{"a": 1', 1, 8, "',' or '}'"),
        ("[1]\n x", 2, 2, "follows the end"),
        ("{\n // c\n}", 2, 2, "no comments"),
        ('["a\nb"]', 1, 2, "not closed in this line"),
        ('["\\x"]', 1, 3, "escape"),
        ("[01]", 1, 2, "a value"),
        ("[NaN]", 1, 2, "a value"),
        ("[" * 300, 1, 202, "200 levels"),
        ("[" + "9" * 5000 + "]", 1, 2, "digits"),
    ],
)
def test_mistakes(text: str, line: int, column: int, words: str) -> None:
    (issue,) = parse(text).issues
    assert (issue.line, issue.column, issue.severity) == (line, column, "error"), issue
    assert words in issue.message


def test_duplicate_keys() -> None:
    parsed = parse('{"a": 1,\n "b": 2,\n "a": {"c": 3}}')
    assert parsed.documents[0].value == {"a": {"c": 3}, "b": 2}
    (issue,) = parsed.issues
    assert (issue.kind, issue.severity, issue.line, issue.column) == (
        "duplicate-key", "warning", 3, 2,
    )  # fmt: skip
    assert parsed.documents[0].locate(("a", "c")) == (3, 13)
