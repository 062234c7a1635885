"""For any input: no crash, the oracle's values, true places."""

from __future__ import annotations

import copy
import re
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.formats.document import Document
from halsync.formats.resolve import key_text
from halsync.formats.scalars import NotYaml, scalars
from halsync.formats.text import Lines
from halsync.formats.yaml import parse

_WORDS = [
    "yes", "No", "oN", "true", "null", "~", "=", "<<", "010", "08", "0x1f", "0b11", "1_000", "1:30",
    "1e3", "1.", ".5", "1.30", "-.inf", "2020-01-01", "a: b", "a:b", "#x", "x #y", "- x", "? x",
    "&x", "*x", "!x", "@x", "%x", "{}", "[", "'", '"', "\\", "", " ", "  pad ", "line\nbreak\n",
    "tab\tin", "é", "😀", "\x85", "\u2028", "y", "12345678901234567890", "+1", "0", "-0", "1,2",
]  # fmt: skip
_TEXTS = st.sampled_from(_WORDS) | st.text(max_size=8)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_TEXTS | st.integers() | st.booleans(), inner, max_size=4)
    ),
    max_leaves=15,
)
_FRAGMENTS = [
    "a", "b", "key", ": ", ":", "- ", "? ", "\n", "\n  ", "\n    ", " ", "\t", "[", "]", "{", "}",
    ", ", "'", '"', "|\n", ">-\n", "&x ", "*x", "!!str ", "!!int ", "!t ", "<<: ", "# c", "---\n",
    "...\n", "1", "yes", "~", "\\", "\r\n", "\ufeff", "%", "@", "\x00", "\x85", "é", "2020-01-01",
]  # fmt: skip
_SOUP = st.lists(st.sampled_from(_FRAGMENTS), max_size=25).map("".join)


class _Oracle(yaml.SafeLoader):
    """PyYAML's Python parser and constructor, with SnakeYAML's idea of plain scalars."""


_Oracle.yaml_implicit_resolvers = copy.deepcopy(yaml.SafeLoader.yaml_implicit_resolvers)
for _first, _resolvers in _Oracle.yaml_implicit_resolvers.items():
    _Oracle.yaml_implicit_resolvers[_first] = [
        (tag, pattern) for tag, pattern in _resolvers if not tag.endswith((":timestamp", ":value"))
    ]
_Oracle.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)[eE][-+]?[0-9]+\Z"),
    list("-+.0123456789"),
)
_Oracle.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\.[0-9_]+\Z"), list("-+.")
)


def _mapping(loader: _Oracle, node: yaml.MappingNode) -> dict[str, Any]:
    loader.flatten_mapping(node)
    found = {}
    for key, value in node.value:
        found[key_text(loader.construct_object(key, deep=True))] = loader.construct_object(
            value, deep=True
        )
    return found


_Oracle.add_constructor("tag:yaml.org,2002:map", _mapping)


def _oracle(text: str) -> Any:
    return yaml.load(text, Loader=_Oracle)


def _same(one: Any, other: Any) -> bool:
    """Equal, types included; NaN equals itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) or (one != one and other != other)


@settings(max_examples=300, deadline=None)
@given(_VALUES, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"', "|"]),
       st.sampled_from([20, 80]), st.booleans())  # fmt: skip
def test_values_are_the_oracles(
    value: Any, flow: bool | None, style: str | None, width: int, unicode_: bool
) -> None:
    text = yaml.safe_dump(
        value, default_flow_style=flow, default_style=style, width=width, allow_unicode=unicode_
    )
    for pure in (False, True):
        parsed = parse(text, pure=pure)
        if parsed.failed:
            # PyYAML writes what it reads as text: as a plain '<<' it is refused here and there.
            with pytest.raises(yaml.YAMLError):
                _oracle(text)
                if any(issue.kind in ("merge", "tag") for issue in parsed.issues):
                    raise yaml.YAMLError("refused by SnakeYAML alone")
            return
        assert _same(parsed.documents[0].value, _oracle(text)), text


@settings(max_examples=1000, deadline=None)
@given(_SOUP | st.text(max_size=60))
def test_any_text(text: str) -> None:
    parsed = parse(text)
    assert all(issue.hint and issue.line for issue in parsed.issues)
    if parsed.failed:
        return
    # What is read can also be edited in place.
    spans = scalars(text)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    if len(parsed.documents) == 1 and "\ufeff" not in text:
        try:
            expected = _oracle(text)
        except (yaml.YAMLError, ValueError, AttributeError, KeyError, IndexError, TypeError):
            return
        assert _same(parsed.documents[0].value, expected), text


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=40).map(lambda text: text.encode("utf-16")))
def test_any_bytes(data: bytes) -> None:
    for issue in parse(data).issues:
        assert issue.hint
        assert issue.line


@settings(max_examples=500, deadline=None)
@given(_SOUP)
def test_both_parsers_agree_where_both_can_read(text: str) -> None:
    one, other = parse(text), parse(text, pure=True)
    if not one.failed and not other.failed:
        values = [document.value for document in one.documents]
        assert _same(values, [document.value for document in other.documents])


@settings(max_examples=300, deadline=None)
@given(_VALUES, st.sampled_from([None, True, False]))
def test_places_are_those_of_the_source(value: Any, flow: bool | None) -> None:
    text = "# first\n" + yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    parsed = parse(text)
    if parsed.failed or parsed.issues:
        return
    lines = Lines(text)
    by_place = {lines.mark(span.start): span for span in scalars(text)}
    (document,) = parsed.documents
    odd = {mark for mark, _ in document.odd_keys_marks()}
    for path, leaf in _walk(document.value, ()):
        if path and isinstance(path[-1], str):
            mark = document.locate_key(path)
            # An empty plain key has no text; a complex key begins with a bracket.
            if mark in by_place and mark not in odd:
                assert by_place[mark].value == path[-1], (text, path)
                assert by_place[mark].is_key
            else:
                assert mark in odd or path[-1] == ""
        if isinstance(leaf, str) and leaf:
            assert by_place[document.locate(path)].value == leaf, (text, path)
            assert not by_place[document.locate(path)].is_key


def _walk(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(path, value)]
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            found += _walk(item, (*path, key))
    return found


@settings(max_examples=300, deadline=None)
@given(_SOUP)
def test_quoted_spans_mean_their_value(text: str) -> None:
    try:
        spans = scalars(text)
    except NotYaml as error:
        assert error.line
        assert error.hint
        return
    for span in spans:
        source = text[span.start : span.end]
        if span.style in ("single", "double"):
            again = parse(f"- {source}")
            if not again.failed and "\n" not in source:
                (document,) = again.documents
                assert isinstance(document, Document)
                assert document.value == [span.value]
        elif span.style == "plain":
            assert source.split() == span.value.split()
        else:
            assert source[0] in "|>"
