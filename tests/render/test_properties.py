"""Placeholders in Java property files."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render.oracle import filled, run
from tests.render.test_yaml import HARD


def load(text: str) -> dict[str, str]:
    """``java.util.Properties.load``, from its documentation, one character at a time."""
    result: dict[str, str] = {}
    logical: list[str] = []
    pending = ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text)):
        stripped = line.lstrip(" \t\f")
        if not pending and (not stripped or stripped[0] in "#!"):
            continue
        joined = pending + stripped
        if (len(joined) - len(joined.rstrip("\\"))) % 2:
            pending = joined[:-1]
            continue
        logical.append(joined)
        pending = ""
        assert number >= 0
    if pending:
        logical.append(pending)
    for line in logical:
        chars: list[tuple[str, bool]] = []
        position = 0
        while position < len(line):
            char = line[position]
            if char != "\\":
                chars.append((char, False))
                position += 1
                continue
            code = line[position + 1 : position + 2]
            if code == "u":
                chars.append((chr(int(line[position + 2 : position + 6], 16)), True))
                position += 6
                continue
            chars.append(({"n": "\n", "r": "\r", "t": "\t", "f": "\f"}.get(code, code), True))
            position += 2
        split = next(
            (at for at, (char, escaped) in enumerate(chars) if not escaped and char in ":= \t\f"),
            len(chars),
        )
        key = "".join(char for char, _ in chars[:split])
        rest = chars[split:]
        while rest and not rest[0][1] and rest[0][0] in " \t\f":
            rest.pop(0)
        if rest and rest[0] in ((":", False), ("=", False)):
            rest.pop(0)
            while rest and not rest[0][1] and rest[0][0] in " \t\f":
                rest.pop(0)
        value = "".join(char for char, _ in rest)
        result[_joined(key)] = _joined(value)
    return result


def _joined(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


TEXT = (
    "# TOKEN\r\n! TOKEN\r\n\r\na = TOKEN\r\nb: x TOKEN\r\n  c TOKEN\r\nTOKEN.key=d\r\n"
    "e=one \\\r\n   TOKEN\\\r\n   \\tTOKEN\r\nf=\\u00e4TOKEN\\u00e4\r\ng\r\nh=C:\\\\TOKEN"
)


@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
def test_properties(value: str) -> None:
    new = filled("a.properties", TEXT, {"TOKEN": value})
    assert new.isascii()
    assert new.startswith("# TOKEN\r\n! TOKEN\r\n\r\n")
    assert new.count("\n") == TEXT.count("\n")
    assert load(new) == {
        "a": value,
        "b": f"x {value}",
        "c": value,
        f"{value}.key": "d",
        "e": f"one {value}\t{value}",
        "f": f"ä{value}ä",
        "g": "",
        "h": f"C:\\{value}",
    }


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_text(value: str) -> None:
    text = "TOKEN = TOKEN\nx TOKEN\n"
    new = run("a.properties", text, {"TOKEN": value}).tree.files["a.properties"].content.decode()
    expected = {value: value}
    expected["x"] = value
    assert load(new) == expected


def test_latin1_bytes_are_kept() -> None:
    rendered = run("a.properties", b"a=caf\xe9 TOKEN\n", {"TOKEN": "ü🚀"})
    assert rendered.tree.files["a.properties"].content == b"a=caf\xe9 \\u00fc\\ud83d\\ude80\n"


def test_an_empty_key_is_refused() -> None:
    rendered = run("a.properties", "a=b\nTOKEN=c\n", {"TOKEN": ""})
    assert rendered.tree.files["a.properties"].content == b"a=b\nTOKEN=c\n"
    (problem,) = rendered.problems
    assert (problem.code, problem.line) == ("HAL0203", 2)


def test_a_name_behind_a_backslash_is_no_name() -> None:
    rendered = run("a.properties", "a=\\TOKEN\n", {"TOKEN": "v"})
    assert rendered.tree.files["a.properties"].content == b"a=\\TOKEN\n"
    assert [problem.code for problem in rendered.problems] == ["HAL0202", "HAL0201"]
