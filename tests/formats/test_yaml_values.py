"""What a text means, by the rules of SnakeYAML 1.31."""

from __future__ import annotations

import math
from typing import Any

import pytest

from halsync.formats.yaml import parse


def value(text: str) -> Any:
    parsed = parse(text)
    assert not parsed.issues, parsed.issues
    assert len(parsed.documents) == 1
    return parsed.documents[0].value


@pytest.mark.parametrize("word", ["yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"])
def test_true(word: str) -> None:
    assert value(word) is True


@pytest.mark.parametrize("word", ["no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"])
def test_false(word: str) -> None:
    assert value(word) is False


@pytest.mark.parametrize("word", ["~", "null", "Null", "NULL"])
def test_null(word: str) -> None:
    assert value(f"a: {word}") == {"a": None}


def test_a_value_left_out_is_null() -> None:
    assert value("a:\nb: [~, ]\n") == {"a": None, "b": [None]}


@pytest.mark.parametrize(
    "word", ["y", "n", "Y", "N", "yEs", "tRUE", "oN", "nULL", "=", "08", "0:30", "1.2.3", "+", "-x",
             "1e", "0x", "0b2", "1,000", "1٣", "nan", "inf", "e3", "0o17", ":x", "a:b"]
)  # fmt: skip
def test_strings_that_look_like_something(word: str) -> None:
    assert value(word) == word


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("0", 0), ("-0", 0), ("+12", 12), ("-12", -12), ("010", 8), ("-010", -8), ("0_10", 8),
        ("1__", 1),
        ("0x1F", 31), ("-0x_1f", -31), ("0b101", 5), ("0b1_0", 2), ("1_000", 1000), ("1:30", 90),
        ("-1:30", -90), ("1:2:3:4", 223384), ("12:30:45", 45045), ("9" * 1024, int("9" * 1024)),
    ],
)  # fmt: skip
def test_integers(word: str, number: int) -> None:
    found = value(word)
    assert found == number
    assert type(found) is int


def test_a_number_too_long_for_the_resolver_is_text() -> None:
    assert value("9" * 1025) == "9" * 1025


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("1.30", 1.3), ("1e3", 1000.0), ("1.0e+3", 1000.0), ("-1E-2", -0.01), ("1.", 1.0),
        (".5", 0.5), ("-.5", -0.5), ("1_0.5", 10.5), ("1:30.5", 90.5), ("08.5", 8.5),
        (".inf", math.inf), ("-.INF", -math.inf), ("1.7976931348623157e309", math.inf),
    ],
)  # fmt: skip
def test_floats(word: str, number: float) -> None:
    found = value(word)
    assert found == number
    assert type(found) is float


def test_not_a_number() -> None:
    assert math.isnan(value(".nan"))


@pytest.mark.parametrize("quoted", ["'yes'", '"010"', "'~'", "|-\n  1.30"])
def test_what_is_quoted_is_text(quoted: str) -> None:
    assert isinstance(value(f"a: {quoted}")["a"], str)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("!!str 010", "010"), ("!!str", ""), ('!!int "5"', 5), ("!!int 0x10", 16),
        ("!!float 3", 3.0), ('!!bool "Yes"', True), ("!!bool x", None), ("!!null x", None),
        ("!!binary aGVs bG8=", "aGVsbG8="), ("! 5", 5), ("! '5'", 5),
        ("!<tag:yaml.org,2002:str> 5", "5"), ("!!set {m, n}", ["m", "n"]),
        ("!!omap [k: 1, l: 2]", {"k": 1, "l": 2}), ("!!pairs [k: 1, k: 2]", [["k", 1], ["k", 2]]),
        ("!!map {a: 1}", {"a": 1}), ("!!seq [a]", ["a"]),
    ],
)  # fmt: skip
def test_standard_tags(text: str, meaning: Any) -> None:
    assert value(f"a: {text}") == {"a": meaning}


def test_dates_stay_text_but_are_known() -> None:
    document = parse("a: 2020-01-01\nb: '2020-01-01'\nc: &d 2001-12-14t21:59:43.10-05:00\nd: *d\n")
    (only,) = document.documents
    assert only.value["a"] == "2020-01-01"
    assert [key for key in only.value if only.is_timestamp((key,))] == ["a", "c", "d"]


def test_merge_keys() -> None:
    text = """\
base: &base {a: 1, b: 2}
other: &other {b: 3, c: 4}
one: {<<: *base, b: own}
late:
  b: own
  <<: *base
both: {<<: [*base, *other]}
inline: {<<: {x: 1}, y: 2}
twice: {<<: *other, <<: *base}
quoted: {"<<": text}
"""
    found = value(text)
    assert found["one"] == {"a": 1, "b": "own"}
    assert list(found["one"]) == ["a", "b"]
    assert found["late"] == {"b": "own", "a": 1}
    assert found["both"] == {"a": 1, "b": 2, "c": 4}
    assert found["inline"] == {"x": 1, "y": 2}
    assert found["twice"] == {"b": 3, "c": 4, "a": 1}
    assert found["quoted"] == {"<<": "text"}


def test_keys_that_are_no_strings_become_text() -> None:
    text = "1: a\ntrue: b\n~: c\n1.5: d\n? [x, {y: 1}]\n: e\n? {k: v}\n: f\n2020-01-01: g\n"
    parsed = parse(text)
    (document,) = parsed.documents
    assert document.value == {
        "1": "a", "true": "b", "null": "c", "1.5": "d", "[x, {y=1}]": "e", "{k=v}": "f",
        "2020-01-01": "g",
    }  # fmt: skip
    kinds = [(mark.line, kind) for mark, kind in document.odd_keys_marks()]
    assert kinds == [(1, "int"), (2, "bool"), (3, "null"), (4, "float"), (5, "list"), (7, "map")]


def test_the_last_of_two_keys_wins_in_the_place_of_the_first() -> None:
    parsed = parse("a: 1\nb: 2\na: 3\nc: 4\nb: {x: 1, x: 2}\nc: 5\n")
    (document,) = parsed.documents
    assert list(document.value.items()) == [("a", 3), ("b", {"x": 2}), ("c", 5)]
    assert [(i.kind, i.severity, i.line, i.column) for i in parsed.issues] == [
        ("duplicate-key", "warning", 3, 1),
        ("duplicate-key", "warning", 5, 1),
        ("duplicate-key", "warning", 5, 11),
        ("duplicate-key", "warning", 6, 1),
    ]
    assert "line 2" in parsed.issues[1].message
    assert not parsed.failed
    assert document.locate(("a",)) == (3, 4)
    assert document.locate(("b", "x")) == (5, 14)


def test_an_anchor_may_be_used_anew() -> None:
    assert value("- &a 1\n- *a\n- &a 2\n- *a\n") == [1, 1, 2, 2]


def test_aliases_share_one_object() -> None:
    found = value("a: &x {k: [1]}\nb: *x\n")
    assert found["a"] is found["b"]


def test_several_documents_and_none() -> None:
    assert [document.value for document in parse("a: 1\n---\n- b\n...\n--- c\n").documents] == [
        {"a": 1}, ["b"], "c",
    ]  # fmt: skip
    for empty in ("", "\n", "# only a comment\n", "\ufeff"):
        assert parse(empty)[:2] == ((), ())
    assert parse("---\n").documents[0].value is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends(encoding: str) -> None:
    text = "a: é\r\nb: 😀\r\nc: z\r\n"
    parsed = parse(text.encode(encoding))
    (document,) = parsed.documents
    assert document.value == {"a": "é", "b": "😀", "c": "z"}
    assert document.locate_key(("c",)) == (3, 1)
    assert document.locate(("b",)) == (2, 4)


def test_a_byte_order_mark_inside_the_text_is_an_ordinary_character() -> None:
    assert value("a: x\ufeffy\n'\ufeff': \ue000\uf8ff\n") == {
        "a": "x\ufeffy",
        "\ufeff": "\ue000\uf8ff",
    }


def test_collection_of_garbage_is_left_as_it_was() -> None:
    import gc

    assert gc.isenabled()
    parse("a: [1, {b: c}]")
    parse("a: 'x")
    assert gc.isenabled()
    gc.disable()
    try:
        parse("a: 1")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_anchor_that_is_given_again_inside_its_own_node() -> None:
    # Composer.composeSequenceNode registers the outer one before it reads the inner one.
    [document] = parse("k: &x [&x 1, 2]\nl: *x\n").documents
    assert document.value == {"k": [1, 2], "l": 1}
