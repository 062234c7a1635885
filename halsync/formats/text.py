"""Bytes to text, and character offsets to lines and columns.

Lines end where YAML 1.1 and SnakeYAML end them: LF, CR LF, CR, NEL, LS and PS. Lines and
columns count from 1, columns in characters, as Halyard's own messages do.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right

from halsync.patterns import Pattern
from halsync.records import NamedTuple

BOM = "\ufeff"

_BREAK = Pattern("\r\n|[\n\r\x85\u2028\u2029]")
_UNUSUAL_BREAKS = "\r\x85\u2028\u2029"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class BadEncoding(Exception):
    """The bytes are not text. ``line`` and ``column`` are those of the first bad byte."""

    def __init__(self, message: str, hint: str, line: int, column: int, readable: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column
        self.readable = readable
        """The text with U+FFFD for what could not be read, for excerpts."""


class Mark(NamedTuple):
    """A place in a text, counted from 1."""

    line: int
    column: int


class Lines:
    """The lines of one text; the table is made at the first question."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    def mark(self, index: int) -> Mark:
        """Line and column of the character at ``index``; also for the end of the text."""
        starts = self._table()
        line = bisect_right(starts, index)
        return Mark(line, index - starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line ``number`` without its end; empty if there is no such line."""
        starts = self._table()
        if not 0 < number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n\x85\u2028\u2029")

    def start(self, number: int) -> int:
        """Offset of the first character of line ``number``, which must exist."""
        return self._table()[number - 1]

    def __len__(self) -> int:
        return len(self._table())

    def _table(self) -> list[int]:
        if self._starts is None:
            text = self.text
            starts = [0]
            if any(char in text for char in _UNUSUAL_BREAKS):
                starts += [found.end() for found in _BREAK.finditer(text)]
            else:
                at = text.find("\n")
                while at >= 0:
                    starts.append(at + 1)
                    at = text.find("\n", at + 1)
            self._starts = starts
        return self._starts


def decode(data: bytes) -> str:
    """Text from UTF-8, or from UTF-16 with a byte order mark; the mark itself is dropped.

    Raises:
        BadEncoding: the bytes are something else.
    """
    encoding, skip = "utf-8", 0
    for mark, name in _MARKS:
        if data.startswith(mark):
            encoding, skip = name, len(mark)
            break
    try:
        return data[skip:].decode(encoding) if skip else data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _explain(data[skip:], encoding, error) from None


def _explain(data: bytes, encoding: str, error: UnicodeDecodeError) -> BadEncoding:
    before = data[: error.start].decode(encoding)
    readable = data.decode(encoding, "replace")
    line, column = Lines(before).mark(len(before))
    if encoding != "utf-8":
        message = f"not valid {encoding[:6].upper()}: {error.reason}"
        return BadEncoding(message, "save the file as UTF-8", line, column, readable)
    if _looks_like_utf16(data):
        message = "this looks like UTF-16 without a byte order mark"
        return BadEncoding(message, "save the file as UTF-8", line, column, readable)
    if data.count(b"\0"):
        message = "binary data, not text"
        hint = "remove the file from the tree, or base64-encode what it holds"
    else:
        message = f"not UTF-8: byte 0x{data[error.start]:02x} cannot be read"
        hint = "save the file as UTF-8; it was probably written in Latin-1 or Windows-1252"
    return BadEncoding(message, hint, line, column, readable)


def _looks_like_utf16(data: bytes) -> bool:
    head = data[:512]
    zeros = max(head[::2].count(0), head[1::2].count(0))
    return len(head) >= 8 and zeros * 5 >= len(head) * 2
