"""What every format hands back, and splicing texts."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.render.tokens import Found


class Edit(NamedTuple):
    """Characters ``start`` to ``end`` of the old text become ``text``."""

    start: int
    end: int
    text: str


class Refusal(NamedTuple):
    """A place where a value cannot be written."""

    found: Found
    message: str
    hint: str


class Filled(NamedTuple):
    """A file after its placeholders were filled in."""

    text: str
    used: list[str]
    """The names replaced, once for each replacement."""
    refusals: list[Refusal]
    inside: list[Found]
    """Names within longer words, comments aside."""
    commented: list[str]
    """Names that stand in comments, which are left alone."""
    edits: Sequence[Edit] = ()
    """What was replaced, in order."""


class Unreadable(Exception):
    """The file is not what its name says. Lines and columns count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Mismatch(Exception):
    """The filled file does not read back as intended: a bug in halsync, never the user's."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset
        """In the old text."""


def splice(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with the edits made; they are in order and do not overlap."""
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += (text[done : edit.start], edit.text)
        done = edit.end
    return "".join((*parts, text[done:]))
