"""Scalars as written."""

from __future__ import annotations

import pytest

from halsync.formats.scalars import NotYaml, ScalarSpan, scalars

_TEXT = """\
\ufeff# c
a: &x |
  foo
  bar

# comment
b: !!str 5
list:
- one
- k: 'v'
  l: >-
     folded

     text
m: &y
  !!map
  q: "a\\tb"
f: {a: 1, b: [x, "y"]}
e:
? [c, d]
: cplx
u: plain
  multi line   # c
s: &z
  - &w
    w
"""


def found(text: str) -> dict[str, ScalarSpan]:
    return {text[span.start : span.end]: span for span in scalars(text)}


def test_sources_and_values() -> None:
    spans = found(_TEXT)
    assert {source: span.value for source, span in spans.items() if source != span.value} == {
        "|\n  foo\n  bar": "foo\nbar\n",
        "'v'": "v",
        ">-\n     folded\n\n     text": "folded\ntext",
        '"a\\tb"': "a\tb",
        '"y"': "y",
        "plain\n  multi line": "plain multi line",
    }


def test_styles_and_surroundings() -> None:
    spans = found(_TEXT)
    block = spans["|\n  foo\n  bar"]
    assert (block.style, block.indent, block.line, block.column, block.path) == (
        "literal", 0, 2, 7, ("a",),
    )  # fmt: skip
    folded = spans[">-\n     folded\n\n     text"]
    assert (folded.style, folded.indent, folded.path) == ("folded", 2, ("list", 1, "l"))
    quoted = spans['"a\\tb"']
    assert (quoted.style, quoted.indent, quoted.line, quoted.column) == ("double", 2, 17, 6)
    assert (spans["5"].implicit, spans["5"].tag) == (False, "tag:yaml.org,2002:str")
    assert (spans["one"].is_key, spans["one"].path, spans["one"].indent) == (False, ("list", 0), 0)
    assert (spans["k"].is_key, spans["k"].flow) == (True, False)
    assert (spans["x"].flow, spans["x"].path) == (True, ("f", "b", 0))
    assert (spans["d"].is_key, spans["d"].path) == (False, ("?", 1))
    assert (spans["w"].line, spans["w"].column, spans["w"].indent) == (26, 5, 2)


def test_the_root_alone() -> None:
    (span,) = scalars("--- |\n text\n")
    assert (span.indent, span.path, span.style, span.document) == (-1, (), "literal", 0)


def test_documents_are_counted() -> None:
    assert [span.document for span in scalars("a\n--- b\n")] == [0, 1]


def test_not_yaml() -> None:
    with pytest.raises(NotYaml) as caught:
        scalars("\ufeffa: 1\nb: c: d\n")
    assert (caught.value.line, caught.value.column) == (2, 5)
    assert "'b'" in caught.value.message
    assert caught.value.hint
    for text in ("a: \ud800", "a: \x00", "a: [", "\ufeff@"):
        with pytest.raises(NotYaml):
            scalars(text)


def test_trailing_blanks_belong_to_the_last_line_of_a_block_only() -> None:
    text = "a: |\n  x  \n\n   \nb: |+\n  y\n\n"
    assert [text[span.start : span.end] for span in scalars(text)] == [
        "a", "|\n  x  ", "b", "|+\n  y",
    ]  # fmt: skip
