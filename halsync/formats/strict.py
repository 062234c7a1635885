"""Where SnakeYAML refuses what libyaml lets pass: some tabs, and the escape ``\\/``.

SnakeYAML 1.31 skips only blanks between tokens (``ScannerImpl.scanToNextToken``); a tab is fine
inside scalars and comments and behind an unquoted scalar, and nowhere else.
"""

from __future__ import annotations

import re

from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.events import Stream

_ESCAPE = Pattern(r"\\(.)", re.DOTALL)
_COMMENT_OR_TAB = Pattern("(?:^|(?<=[ \t\r\n]))#[^\r\n]*|(\t)")


class Objection(NamedTuple):
    """What SnakeYAML holds against the text."""

    message: str
    hint: str
    at: int


def objection(text: str, stream: Stream) -> Objection | None:
    """The first thing in ``text`` that SnakeYAML refuses although libyaml has accepted it."""
    get = stream.open()
    event: Any
    end, after_plain = 0, False
    while (event := get()) is not None:
        if type(event).__name__ != "ScalarEvent":
            continue
        start = event.start_mark.index
        found = _tab(text, end, start, after_plain)
        if found is not None:
            return found
        end = event.end_mark.index
        after_plain = not event.style and end > start
        if event.style == '"':
            for escape in _ESCAPE.finditer(text, start, end):
                if escape[1] == "/":
                    hint = "write / without the backslash"
                    return Objection("Halyard does not know the escape \\/", hint, escape.start())
    return _tab(text, end, len(text), after_plain)


def _tab(text: str, start: int, end: int, after_plain: bool) -> Objection | None:
    """A tab between two scalars that stands where SnakeYAML wants a blank."""
    at = text.find("\t", start, end)
    if at < 0:
        return None
    if after_plain:
        while start < end and text[start] in " \t":
            start += 1
    for found in _COMMENT_OR_TAB.finditer(text, start, end):
        if found[1]:
            message = "a tab stands where Halyard wants a blank"
            return Objection(message, "replace the tab by blanks", found.start())
    return None
