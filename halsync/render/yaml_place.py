"""A YAML scalar and what surrounds it, as far as it decides how a value may be written there."""

from __future__ import annotations

import re

from halsync.formats.events import UNPRINTABLE
from halsync.records import NamedTuple

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML 1.1."""

UNWRITABLE = re.compile(f"[\t\n\r\x85\u2028\u2029\ufeff]|{UNPRINTABLE.pattern}")
"""Characters that only a double-quoted scalar holds safely."""

HEADER = re.compile(r"[|>](?P<marks>[-+0-9]*)[^\n\r\x85\u2028\u2029]*(?P<eol>\r\n|[\s\S])")
"""First line of a block scalar."""

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


def body_start(raw: str) -> int:
    """Where the content of a block scalar begins, behind its header line."""
    header = HEADER.match(raw)
    return header.end() if header else len(raw)
