"""What is written reads back as the same value of the same type, in every place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from halsync.formats import emit
from halsync.formats.align import same
from halsync.formats.yaml import parse
from tests.formats.edit.documents import WORDS

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(WORDS),
    st.text(alphabet="0123456789.:-+_eExXoO ", max_size=10),
    st.text(alphabet="a :#-?,[]{}&*!|>'\"%@`\\\n\t\r", max_size=8),
).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=12,
)
MANNERS = st.builds(
    emit.Manner,
    step=st.integers(1, 8),
    dash=st.integers(0, 4),
    quote=st.sampled_from(["'", '"']),
    json=st.booleans(),
)


def read(text: str) -> Any:
    parsed = parse(text)
    assert not parsed.issues, (parsed.issues, text)
    return parsed.documents[0].value


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.sampled_from(["", "'", '"']), st.sampled_from(["'", '"']))
@example("=", "", '"')
@example("._", "", '"')
def test_a_scalar_in_every_place(text: str, like: str, quote: str) -> None:
    block = emit.scalar(text, like=like, quote=quote)
    flow = emit.scalar(text, like=like, quote=quote, flow=True)
    assert "\n" not in block
    assert read(f"k: {block} # c\n") == {"k": text}
    assert read(f"- {block}\n") == [text]
    assert read(f"{block}\n") == text
    assert read(f"k: [{flow}, {flow}]\n") == {"k": [text, text]}
    assert read(f"k: {{{flow}: {flow}}}\n") == {"k": {text: text}}
    assert read(f"{block}: 1\n") == {text: 1}


@settings(max_examples=300, deadline=None)
@given(VALUES, MANNERS, st.integers(0, 6))
def test_any_value(value: Any, manner: emit.Manner, column: int) -> None:
    assert same(read(emit.flow(value, manner) + "\n"), value)
    if isinstance(value, dict | list) and value:
        assert same(read("\n".join(emit.block(value, column, manner)) + "\n"), value)
        literal_free = emit.block(value, column, manner, literals=False)
        assert same(read("\n".join(literal_free) + "\n"), value)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "", " b", "# c", "\td", "e ", "- f", "..."]), max_size=5),
    st.sampled_from(["", "\n", "\n\n"]),
    st.integers(1, 9),
    st.booleans(),
)
def test_a_block_scalar(lines: list[str], end: str, margin: int, folded: bool) -> None:
    text = "\n".join(lines) + end
    found = emit.literal(text, margin, 0, folded=folded)
    if found is None:
        assert folded or not text.strip("\n ") or text.endswith("\n\n") or "\t" in text
        return
    source = "\n".join([f"k: {found.header}", *found.lines, "next: 1", ""])
    assert read(source) == {"k": text, "next": 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (-1, "-1"),
        (1.0, "1.0"),
        (1e16, "1e+16"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".nan"),
        ("true", '"true"'),
        ("x", "x"),
        ("", '""'),
    ],
)
def test_the_usual_forms(value: object, text: str) -> None:
    assert emit.scalar(value) == text


def test_what_cannot_be_written() -> None:
    with pytest.raises(emit.Unfit, match="surrogate"):
        emit.scalar("\udc00")
    with pytest.raises(emit.Unfit, match="too long"):
        emit.scalar(10**5000)
    with pytest.raises(emit.Unfit, match="characters long"):
        emit.key("k" * 1100)
    with pytest.raises(TypeError):
        emit.scalar(b"bytes")
