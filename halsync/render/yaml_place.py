"""A YAML scalar and what surrounds it, as far as it decides how a value may be written there."""

from __future__ import annotations

from halsync.formats.events import UNPRINTABLE
from halsync.patterns import Pattern
from halsync.records import NamedTuple

BREAKS = "\n\r\x85\u2028\u2029"
"""What ends a line in YAML 1.1."""

BREAK = Pattern(f"\r\n|[{BREAKS}]")

UNWRITABLE = Pattern(f"[\t\n\r\x85\u2028\u2029\ufeff]|{UNPRINTABLE.pattern}")
"""Characters that only a double-quoted scalar holds safely."""

BLOCKS = ("|", ">")


class Place(NamedTuple):
    """One scalar as the parser found it, and what surrounds it."""

    raw: str
    """Its source: quotes or block header included, anchor and tag not."""
    value: str
    style: str
    """``""`` plain, ``'``, ``"``, ``|``, ``>``."""
    flow: bool
    key: bool
    tagged: bool
    """A tag stands before it: what it looks like does not decide its type."""
    margin: bool
    """It begins in the first column, or is the whole document: three dashes or dots at the start
    of a line end the document."""


class Unfit(Exception):
    """The value cannot be written there: why, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# The patterns above cost more to compile than most texts take to be searched with them. What
# str.isprintable knows as printable, they do not match.


def spans_lines(raw: str) -> bool:
    """Whether a scalar goes over several lines."""
    return not raw.isprintable() and BREAK.search(raw) is not None


def unwritable(text: str) -> bool:
    """Whether only a double-quoted scalar holds the text safely."""
    return not text.isprintable() and UNWRITABLE.search(text) is not None


def body_start(raw: str) -> int:
    """Where the content of a block scalar begins, behind its header line."""
    for at, char in enumerate(raw):
        if char in BREAKS:
            return at + 2 if raw.startswith("\r\n", at) else at + 1
    return len(raw)
