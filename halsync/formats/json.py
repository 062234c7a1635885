"""JSON (RFC 8259) with the place of every part and duplicate keys; the twin of ``yaml.parse``."""

from __future__ import annotations

import re
from array import array

from halsync.formats.document import LIMITS, Document, Issue, Kind, Limits, Parsed, text_of
from halsync.formats.text import Lines
from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEPTH = 200
"""Levels below the root; far more than any real file has, and few enough for every reader."""

_BLANK = Pattern(r"[ \t\r\n]*")
_STRING = Pattern(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
_ESCAPE = Pattern(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_NUMBER = Pattern(r"(-?(?:0|[1-9][0-9]*))((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.])", re.ASCII)
_WORD = Pattern(r"[A-Za-z_$][\w$]*")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PAIR = Pattern("[\ud800-\udbff][\udc00-\udfff]")
_LONGEST_INT = 4000


class _Bad(Exception):
    def __init__(self, message: str, hint: str, at: int, kind: Kind = "syntax") -> None:
        super().__init__(message)
        self.issue = (kind, message, hint, at)


def parse(data: bytes | str, *, limits: Limits = LIMITS) -> Parsed:
    """Read one JSON text; never raises, whatever it holds.

    Numbers with a fraction or an exponent are floats. The last of duplicate keys wins. An empty
    text is an error here, unlike in YAML.
    """
    text = text_of(data, limits)
    if isinstance(text, Parsed):
        return text
    lines = Lines(text)
    reader = _Reader(text, lines, limits)
    try:
        document = reader.document()
    except _Bad as bad_text:
        kind, message, hint, at = bad_text.issue
        reader.issues.append(Issue(kind, "error", message, hint, *lines.mark(at)))
        return Parsed((), tuple(reader.issues), lines)
    return Parsed((document,), tuple(reader.issues), lines)


class _Open:
    """A collection that is not closed yet, and the places of what it holds so far."""

    __slots__ = ("entries", "items", "key", "key_at", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = ""
        self.key_at = 0
        self.entries: dict[str, tuple[int, int]] = {}
        self.items: list[int] = []


class _Reader:
    def __init__(self, text: str, lines: Lines, limits: Limits) -> None:
        self.issues: list[Issue] = []
        self._text = text
        self._lines = lines
        self._limits = limits
        self._places = array("I")
        self._offsets: dict[int, int] = {}
        self._keep: list[object] = []

    def document(self) -> Document:
        """The whole text as one value."""
        root = self._skip(0)
        value = self._value(root)
        return Document(
            value,
            root=root,
            lines=self._lines,
            places=self._places,
            offsets=self._offsets,
            keep=self._keep,
        )

    def _value(self, at: int) -> Any:
        """Everything, without recursion: ``stack`` holds the open collections."""
        stack: list[_Open] = []
        count = 0
        while True:
            count += 1
            if count > self._limits.nodes:
                raise _Bad(f"more than {self._limits.nodes:,} values", "split the file", at, "size")
            value, after, complete = self._begin(at, len(stack))
            if stack:
                self._place(stack[-1], value, at)
            if not complete:
                stack.append(_Open(value))
                at = self._next_key(stack[-1], after)
                continue
            at = self._skip(after)
            while stack and self._text[at : at + 1] != ",":
                at = self._skip(self._end(stack[-1], at))
                value = stack.pop().value
            if not stack:
                if at < len(self._text):
                    raise _Bad("text follows the end of the JSON value", "remove it", at)
                return value
            after = self._skip(at + 1)
            if self._text[after : after + 1] == _closing(stack[-1].value):
                shown = self._text[after]
                raise _Bad(f"a ',' stands before '{shown}'", "remove the ','", at)
            at = self._next_key(stack[-1], after)

    def _begin(self, at: int, depth: int) -> tuple[Any, int, bool]:
        """A value, where it goes on, and whether it is complete."""
        char = self._text[at : at + 1]
        if char not in ("{", "["):
            return *self._scalar(at), True
        if depth > _DEPTH:
            hint = "flatten the structure"
            raise _Bad(f"nested more than {_DEPTH} levels deep", hint, at, "depth")
        value: Any = {} if char == "{" else []
        after = self._skip(at + 1)
        if self._text[after : after + 1] != _closing(value):
            return value, after, False
        self._remember(_Open(value))
        return value, after + 1, True

    def _place(self, parent: _Open, value: Any, at: int) -> None:
        if isinstance(parent.value, list):
            parent.value.append(value)
            parent.items.append(at)
            return
        key = parent.key
        if key in parent.value and len(self.issues) < self._limits.issues:
            first = self._lines.mark(parent.entries[key][0]).line
            shown = repr(key if len(key) <= 60 else key[:60] + "…")
            message = f"the key {shown} is already in line {first}"
            mark = self._lines.mark(parent.key_at)
            hint = "remove one of the two"
            self.issues.append(Issue("duplicate-key", "warning", message, hint, *mark))
        parent.value[key] = value
        parent.entries[key] = (parent.key_at, at)

    def _end(self, collection: _Open, at: int) -> int:
        """Behind the bracket that closes ``collection``."""
        end = _closing(collection.value)
        if self._text[at : at + 1] != end:
            raise self._unexpected(at, f"',' or '{end}'")
        self._remember(collection)
        return at + 1

    def _remember(self, collection: _Open) -> None:
        self._offsets[id(collection.value)] = len(self._places)
        self._keep.append(collection.value)
        for pair in collection.entries.values():
            self._places.extend(pair)
        self._places.extend(collection.items)

    def _next_key(self, collection: _Open, at: int) -> int:
        """Read the key of the next entry, if it has one; where its value begins."""
        if isinstance(collection.value, dict):
            collection.key, collection.key_at, at = self._key(at)
        return at

    def _key(self, at: int) -> tuple[str, int, int]:
        """A key and where it and its value stand."""
        if self._text[at : at + 1] != '"':
            raise self._unexpected(at, "a key in double quotes")
        key, after = self._scalar(at)
        after = self._skip(after)
        if self._text[after : after + 1] != ":":
            raise self._unexpected(after, "':'")
        return str(key), at, self._skip(after + 1)

    def _scalar(self, at: int) -> tuple[Any, int]:
        text = self._text
        if text.startswith('"', at):
            found = _STRING.match(text, at)
            if not found:
                raise self._bad_string(at)
            return _unescape(found[1]), found.end()
        number = _NUMBER.match(text, at)
        if number:
            if len(number[0]) > _LONGEST_INT:
                raise _Bad("a number of more than 4,000 digits", "quote it", at)
            return (float(number[0]) if number[2] else int(number[0])), number.end()
        word = _WORD.match(text, at)
        if word and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        raise self._unexpected(at, "a value")

    def _bad_string(self, at: int) -> _Bad:
        """Why the string that begins at ``at`` is none."""
        good = re.compile(r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
        found = good.match(self._text, at + 1)
        end = found.end() if found else at + 1
        char = self._text[end : end + 1]
        if char == "\\":
            hint = r"write \\ for a backslash"
            return _Bad("the backslash does not begin a JSON escape", hint, end)
        if char in ("", "\n", "\r"):
            return _Bad("the quote opened here is not closed in this line", 'add the closing "', at)
        return _Bad(f"the control character U+{ord(char):04X} stands in a string", "escape it", end)

    def _unexpected(self, at: int, wanted: str) -> _Bad:
        rest = self._text[at : at + 2]
        if not rest:
            return _Bad(f"the text ends where {wanted} should be", "complete it", at)
        if rest in ("//", "/*") or rest[0] == "#":
            return _Bad("JSON has no comments", "remove it", at)
        if rest[0] == "'":
            return _Bad("a single quote where JSON wants a double quote", 'use "', at)
        shown = rest[0] if rest[0].isprintable() else f"U+{ord(rest[0]):04X}"
        hint = "quote it if it is text" if wanted == "a value" else "correct the punctuation"
        return _Bad(f"'{shown}' stands where {wanted} should be", hint, at)

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at


def _closing(value: Any) -> str:
    return "}" if isinstance(value, dict) else "]"


def _unescape(raw: str) -> str:
    if "\\" not in raw:
        return raw
    value = _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _LETTERS.get(found[2], found[2]), raw
    )
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)
