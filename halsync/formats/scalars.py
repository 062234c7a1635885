"""Every scalar of a YAML text with its exact place, for editing the text in place."""

from __future__ import annotations

import re

from halsync.formats.events import Broken, Stream
from halsync.formats.explain import explain
from halsync.formats.libyaml import YAMLError
from halsync.formats.text import BOM, Lines
from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    Style = Literal["plain", "single", "double", "literal", "folded"]
else:  # the names that others import
    Style = str


DEPTH = 51
"""Collections inside one another; SnakeYAML 1.31 allows 50 below the root."""

SPANS = 1_000_000
"""More scalars than any real file of the permitted size has; each costs 250 bytes."""

_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_PROPERTIES = Pattern(
    r"""(?: (?: & [^\s,\[\]{}]+ | !<[^>\s]*> | ![^\s,\[\]{}]* )
            (?: [ \t\r\n\x85\u2028\u2029]+ (?: \#[^\r\n\x85\u2028\u2029]* )? )* )+""",
    re.VERBOSE,
)
_BREAK = Pattern("[\n\r\x85\u2028\u2029]")
_BLANK = " \t\n\r\x85\u2028\u2029"


class NotYaml(Exception):
    """The text is not YAML. ``line`` and ``column`` count from 1."""

    def __init__(self, line: int, column: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint


class ScalarSpan(NamedTuple):
    """One scalar as written. ``text[start:end]`` is its source, quotes or block header included,
    anchor and tag not; the line break that ends a block scalar is not part of it."""

    start: int
    end: int
    style: Style
    value: str
    """Decoded: escapes, folding and chomping applied."""
    implicit: bool
    """No tag stands before it: a plain one takes its type from what it looks like."""
    tag: str
    """The tag as resolved by the parser (``tag:yaml.org,2002:str``), or empty."""
    line: int
    column: int
    is_key: bool
    flow: bool
    """Inside ``[…]`` or ``{…}``."""
    indent: int
    """Column (from 0) of the keys or dashes of the enclosing block collection; -1 at the root.
    The lines of a block scalar must be indented deeper than that."""
    path: tuple[str | int, ...]
    """Keys as written (decoded) and list indexes; a key that is a collection is ``?``. For a key:
    the path of its value."""
    document: int
    """From 0."""


class _Level:
    """One open collection."""

    __slots__ = ("expects_key", "flow", "indent", "is_map", "key", "path", "position")

    def __init__(
        self, is_map: bool, flow: bool, indent: int, path: tuple[str | int, ...], position: int
    ) -> None:
        self.is_map = is_map
        self.flow = flow
        self.indent = indent
        self.path = path
        self.position = position
        """Next list index."""
        self.expects_key = is_map
        self.key = ""


def scalars(text: str) -> list[ScalarSpan]:
    """All scalars that are written out, in the order of the text, of all its documents.

    A value left empty (``key:``) has no text and is not listed. A byte order mark is allowed
    and counted in the offsets.

    Raises:
        NotYaml: the text does not parse, nests too deep, or has more than a million scalars.
    """
    shift = 1 if text.startswith(BOM) else 0
    stream = Stream(text[shift:])
    walker = _Walker(text, shift, stream)
    try:
        walker.run(stream.open())
    except (YAMLError, UnicodeEncodeError) as error:
        raise walker.refusal(stream.broken(error)) from None
    return walker.spans


class _Walker:
    """Follows the events and keeps what each scalar needs to know of its surroundings."""

    def __init__(self, text: str, shift: int, stream: Stream) -> None:
        self.spans: list[ScalarSpan] = []
        self._text = text
        self._shift = shift
        self._stream = stream
        self._stack: list[_Level] = []
        self._document = -1

    def run(self, get: Callable[[], Any]) -> None:
        """Consume all events."""
        while (event := get()) is not None:
            kind = type(event).__name__
            if kind == "ScalarEvent":
                self._scalar(event)
            elif kind == "AliasEvent":
                self._node("?")
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._open(event, kind == "MappingStartEvent")
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self._stack.pop()
            elif kind == "DocumentStartEvent":
                self._document += 1

    def refusal(self, broken: Broken) -> NotYaml:
        """The parser's complaint, in our words."""
        lines = Lines(self._text[self._shift :])
        message, hint, index = explain(broken, lines)
        return NotYaml(*lines.mark(index), message, hint)

    def _node(self, key: str) -> tuple[bool, tuple[str | int, ...]]:
        """Account for one node in its parent: whether it is a key, and its path."""
        if not self._stack:
            return False, ()
        level = self._stack[-1]
        if not level.is_map:
            level.position += 1
            return False, (*level.path, level.position - 1)
        is_key = level.expects_key
        if is_key:
            level.key = key
        level.expects_key = not is_key
        return is_key, (*level.path, level.key)

    def _open(self, event: Any, is_map: bool) -> None:
        if len(self._stack) >= DEPTH:
            mark = event.start_mark
            message = f"nested more than {DEPTH - 1} levels deep, which Halyard refuses"
            raise NotYaml(mark.line + 1, mark.column + 1, message, "flatten the structure")
        _, path = self._node("?")
        outer = self._stack[-1] if self._stack else None
        flow = bool(event.flow_style) or (outer is not None and outer.flow)
        if flow:
            indent = outer.indent if outer else -1
        elif event.anchor is None and event.tag is None:
            indent = event.start_mark.column
        else:
            mark = event.start_mark
            start = mark.index + self._shift
            properties = self._text[start : self._past_properties(start)]
            indent = _advance(1, mark.column + 1, properties)[1] - 1
        self._stack.append(_Level(is_map, flow, indent, path, 0))

    def _scalar(self, event: Any) -> None:
        value = self._stream.restore(event.value)
        is_key, path = self._node(value)
        start = event.start_mark.index + self._shift
        end = event.end_mark.index + self._shift
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if event.anchor is not None or event.tag is not None:
            start = min(self._past_properties(start), end)
            properties = self._text[event.start_mark.index + self._shift : start]
            line, column = _advance(line, column, properties)
        style = _STYLES[event.style]
        if style in ("literal", "folded"):
            end = self._trim(start, end)
        if start == end:
            return
        if len(self.spans) >= SPANS:
            raise NotYaml(line, column, f"more than {SPANS:,} values", "split the file")
        level = self._stack[-1] if self._stack else None
        self.spans.append(
            ScalarSpan(
                start=start,
                end=end,
                style=style,
                value=value,
                implicit=event.tag is None or event.tag == "!",
                tag=event.tag if event.tag and event.tag != "!" else "",
                line=line,
                column=column,
                is_key=is_key,
                flow=level is not None and level.flow,
                indent=level.indent if level else -1,
                path=path,
                document=self._document,
            )
        )

    def _past_properties(self, start: int) -> int:
        """Where the node itself begins, behind its anchor and tag."""
        found = _PROPERTIES.match(self._text, start)
        return found.end() if found else start

    def _trim(self, start: int, end: int) -> int:
        """End of a block scalar without the line breaks and indentation that follow it."""
        content = start + len(self._text[start:end].rstrip(_BLANK))
        found = _BREAK.search(self._text, content, end)
        return found.start() if found else end


def _advance(line: int, column: int, text: str) -> tuple[int, int]:
    """The place reached when ``text`` follows the place given."""
    mark = Lines(text).mark(len(text))
    return (
        (line, column + mark.column - 1) if mark.line == 1 else (line + mark.line - 1, mark.column)
    )
