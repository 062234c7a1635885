"""Putting the values of secret references into the files that hold them.

The same fillers as for placeholders write them, so that each stays one scalar that reads back as
exactly that text; comments and keys are left alone, and nothing is ever read as a pattern.
"""

from __future__ import annotations

from halsync.errors import RenderError
from halsync.formats.text import Lines
from halsync.model import Problem
from halsync.records import NamedTuple
from halsync.render.edits import Mismatch, Unreadable
from halsync.render.run import decode, filler, filler_kind
from halsync.render.secret_codes import UNWRITABLE
from halsync.render.secret_tokens import SecretTokens
from halsync.render.tokens import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.model import File
    from halsync.render.codes import Code
    from halsync.render.edits import Edit, Filled
    from halsync.render.references import Reference

_BUG = (
    "this is a bug in halsync, please report it; until it is repaired, write the place in another"
    " way, for instance within quotation marks"
)


class Filling(NamedTuple):
    """Files with their references filled in."""

    files: Mapping[str, File]
    """Those without references are the same objects as before."""
    edits: Mapping[str, Sequence[Edit]]
    """What was replaced in each changed file; offsets without byte order mark."""
    problems: list[Problem]


def fill(
    files: Mapping[str, File], references: Sequence[Reference], values: Mapping[str, str]
) -> Filling:
    """Fill in every reference that has a value.

    Args:
        files: path → file; others may be among them.
        references: what :func:`halsync.render.references.find` found in them.
        values: text of the reference → what takes its place.

    A file that receives the value of a reference of kind ``string`` becomes a secret one. What
    should have been filled in and was not is a problem each.

    Raises:
        RenderError: a file does not read back as intended: a bug.
    """
    tokens = SecretTokens(values)
    by_file: dict[str, list[Reference]] = {}
    for one in references:
        if one.text in values:
            by_file.setdefault(one.file, []).append(one)
    new = dict(files)
    edits: dict[str, Sequence[Edit]] = {}
    problems: list[Problem] = []
    for path, wanted in by_file.items():
        file = files[path]
        source = decode(file.content, filler_kind(path))
        filled = _fill(path, source.text, tokens)
        if filled.edits:
            secret = file.secret or any(one.kind == "string" for one in wanted)
            new[path] = file._replace(content=source.encode(filled.text), secret=secret)
            edits[path] = filled.edits
        problems += _left(file, wanted, filled, Lines(source.text))
    return Filling(new, edits, problems)


def _fill(path: str, text: str, tokens: SecretTokens) -> Filled:
    try:
        return filler(filler_kind(path))(text, tokens.find(text), tokens)
    except (Mismatch, Unreadable) as error:
        # What was looked through before can be read.
        at = Lines(text).mark(error.offset) if isinstance(error, Mismatch) else error
        raise RenderError(
            "the file would not read back as intended after its secrets were filled in",
            where=f"{path}:{at.line}:{at.column}",
            hint=_BUG,
        ) from None


def _left(file: File, wanted: Sequence[Reference], filled: Filled, lines: Lines) -> list[Problem]:
    """A problem for each reference that was not filled in."""
    problems: list[Problem] = []
    refused: dict[str, int] = {}
    for refusal in filled.refusals:
        name = refusal.found.name
        refused[name] = refused.get(name, 0) + 1
        message = f"{name} cannot be filled in: {refusal.message}"
        where = Where(file, wanted[0].file, *lines.mark(refusal.found.start))
        problems.append(problem_at(UNWRITABLE, message, refusal.hint, where))
    done = counted(filled.used)
    for text, times in counted([one.text for one in wanted]).items():
        if done.get(text, 0) + refused.get(text, 0) >= times:
            continue
        first = next(one for one in wanted if one.text == text)
        message = f"{text} was not filled in: escapes or line breaks take it apart"
        where = Where(file, first.file, first.line, first.column, first.path)
        problems.append(problem_at(UNWRITABLE, message, "", where))
    return problems


class Where(NamedTuple):
    """A place in a file."""

    file: File
    path: str
    """Of the file in the tree."""
    line: int
    column: int
    inside: str = ""
    """The place inside the document, if it has such."""


def problem_at(code: Code, message: str, hint: str, where: Where) -> Problem:
    """A problem at a place of a file, with the line that stands there."""
    from halsync.formats.text import BadEncoding
    from halsync.formats.text import decode as text_of

    try:
        excerpt = Lines(text_of(where.file.content)).line(where.line)
    except BadEncoding:
        excerpt = ""
    return Problem(
        code.code,
        "render",
        code.severity,
        message,
        hint or code.remedy,
        where.path,
        where.line,
        where.column,
        path=where.inside,
        excerpt=excerpt,
        origin=where.file.origin,
    )
