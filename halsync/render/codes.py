"""The findings of rendering: one table from which problems, documentation and tests come."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Severity


class Code(NamedTuple):
    """What a finding means and what to do about it, independent of the case at hand."""

    code: str
    severity: Severity
    title: str
    remedy: str


UNUSED = Code(
    "HAL0201",
    "warning",
    "A declared placeholder occurs in no file",
    "correct its name, or remove its declaration",
)
INSIDE_WORD = Code(
    "HAL0202",
    "warning",
    "The name of a placeholder is a part of a longer word and was not replaced",
    "separate it by a character other than a letter, a digit or '_', or declare the whole word",
)
UNFIT = Code(
    "HAL0203",
    "error",
    "The value of a placeholder cannot be written at this place",
    "change the value, or the way in which the place is written",
)
UNREADABLE = Code(
    "HAL0204",
    "error",
    "A file holds placeholders but cannot be parsed, so nothing in it was replaced",
    "correct the file; a placeholder is a plain word, without braces around it",
)
NO_VALUE = Code(
    "HAL0205",
    "error",
    "A placeholder is declared but has no usable value",
    "provide the variable or the file that its declaration names",
)

NO_MATCH = Code(
    "HAL0206",
    "error",
    "A step of rendering finds nothing to work on",
    "correct the path or the name; where it may be missing, say optional: true",
)
CONFLICT = Code(
    "HAL0207",
    "error",
    "Two steps of rendering want different things of the same place",
    "make them agree",
)
MISFIT = Code(
    "HAL0208",
    "error",
    "A step of rendering does not fit what it meets",
    "correct the step, or what stands in the file",
)
UNPARSED = Code(
    "HAL0209",
    "error",
    "A file is to be changed by its values but cannot be read",
    "correct the file, or what names it",
)

CODES: tuple[Code, ...] = (
    UNUSED,
    INSIDE_WORD,
    UNFIT,
    UNREADABLE,
    NO_VALUE,
    NO_MATCH,
    CONFLICT,
    MISFIT,
    UNPARSED,
)
