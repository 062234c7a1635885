"""Parsing single scalars by themselves, at a place like the one they stand in."""

from __future__ import annotations

import re

from halsync.formats.events import Stream
from halsync.formats.libyaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
)
from halsync.render.yaml_block import indentation
from halsync.render.yaml_place import BLOCKS, BREAK, Place, body_start, spans_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def reads_back(place: Place, source: str, wanted: str) -> bool:
    """Whether ``source``, parsed at a place like this one, is one scalar of that value."""
    return parse_alone([(place, source, wanted)]) is None


def parse_alone(items: Sequence[tuple[Place, str, str]]) -> int | None:
    """Parse sources, each in surroundings like its own; the index of the first that is not one
    scalar of the wanted value and of the right kind, None if all are."""
    if not items:
        return None
    lines: list[str] = []
    expected: list[tuple[int, str | None, str]] = [(0, None, "[")]
    for index, (place, source, wanted) in enumerate(items):
        lines.append(_alone(place, source))
        start, end = ("{", "}") if place.key else ("[", "]")
        if place.flow or place.key:
            expected.append((index, None, start))
        expected.append((index, wanted, ""))
        if place.key:
            expected.append((index, "", ""))
        if place.flow or place.key:
            expected.append((index, None, end))
    expected.append((len(items) - 1, None, "]"))
    stream = Stream("".join(lines))
    position = 0
    try:
        for event in iter(stream.open(), None):
            shown = _KINDS.get(type(event))
            if shown is None:
                continue
            if position == len(expected):
                return len(items) - 1
            index, wanted_value, collection = expected[position]
            if shown != collection:
                return index
            if wanted_value is not None and stream.restore(event.value) != wanted_value:
                return index
            position += 1
    except (YAMLError, UnicodeEncodeError):
        return expected[min(position, len(expected) - 1)][0]
    return None if position == len(expected) else expected[position][0]


_KINDS: dict[type, str] = {
    ScalarEvent: "",
    MappingStartEvent: "{",
    MappingEndEvent: "}",
    SequenceStartEvent: "[",
    SequenceEndEvent: "]",
    AliasEvent: "*",
}


def _alone(place: Place, source: str) -> str:
    """A list item whose value (or key) is the scalar alone."""
    if place.style in BLOCKS:
        # A block ends with its line break, or else with the text: then it is the last one here.
        return f"- {_block_alone(place, source)}"
    source = _indented(source)
    if place.key:
        return f"- {{{source} : ''}}\n" if place.flow else f"- {source} : ''\n"
    return f"- [{source}]\n" if place.flow else f"- {source}\n"


def _indented(source: str) -> str:
    """Every line but the first one column further in."""
    return BREAK.sub(lambda found: found[0] + " ", source) if spans_lines(source) else source


def _block_alone(place: Place, source: str) -> str:
    """A block scalar with its lines moved to where a list at the margin wants them."""
    start = body_start(source)
    header, content = source[:start], source[start:]
    digits = "".join(filter(str.isdigit, header[1:3]))
    if not digits:
        return header + " " + _indented(content).removesuffix(" ")
    margin = " " * (indentation(place) - int(digits))
    return header + re.sub(f"(?m)^{margin}", "", content)
