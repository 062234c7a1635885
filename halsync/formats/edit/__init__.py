"""Editing YAML on its text: only what is changed changes.

Comments, order, quotes, indentation, line breaks and a byte order mark stay. A change addresses
one place of the plain value (:mod:`halsync.formats.yaml`), and the rest of the value stays as it
was, whatever the text shares:

* *Anchors.* A change at an anchored place, or below it, is for this place only: the anchor moves,
  with the old value, to the first alias that remains. A change below an alias writes the value
  out at this place. Removing an anchored value moves the definition in the same way.
* *Merge keys.* A key that ``<<`` brings is changed by writing it into the mapping itself, and
  removed by writing out what ``<<`` brings without it.
* *Duplicate keys.* The last one counts and is changed; all of them are removed.
* *Comments.* A comment goes with a removed entry if it stands on its lines, inside it, behind it
  in deeper indentation, or directly above it in the same column without a blank line between
  (but not above the first entry of a document: that one is the file's own). Others stay.
* *Style.* A scalar keeps its quotes where they can hold the new value; a plain one becomes
  double-quoted where it must. A block scalar stays one. New values are written as the collection
  around them is, block or flow, with the file's indentation; a new text of several lines becomes
  a literal block. An empty collection in block context is filled in block style.
"""

from __future__ import annotations

import gc

import yaml

from halsync.formats import emit
from halsync.formats.align import first_difference, same
from halsync.formats.edit.changes import (
    Append,
    Change,
    Delete,
    Draft,
    Insert,
    Misfit,
    Set,
)
from halsync.formats.edit.manner import manner_of
from halsync.formats.edit.nodes import read
from halsync.formats.edit.page import Page, TextEdit, splice
from halsync.formats.edit.reconcile import Reconciler, end_without_break
from halsync.formats.events import Stream
from halsync.formats.path_text import shown
from halsync.formats.text import BOM, Lines
from halsync.formats.yaml import Document, Parsed, Path, parse
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = [
    "Append",
    "CannotEdit",
    "Change",
    "Delete",
    "Edited",
    "Insert",
    "NotAsIntended",
    "Set",
    "TextEdit",
    "edit",
    "rewrite",
    "splice",
]


class CannotEdit(Exception):
    """The change does not fit the text. Lines and columns count from 1; 0: no place."""

    def __init__(self, path: Path, line: int, column: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.path = path
        """The deepest place that exists."""
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint


class NotAsIntended(Exception):
    """The edited text does not read back as intended: a bug in halsync, never the user's."""

    def __init__(self, path: Path, changes: Sequence[Change]) -> None:
        names = "; ".join(f"{type(change).__name__} {shown(change.path)}" for change in changes)
        super().__init__(f"the edited text differs at {shown(path)} (changes: {names})")
        self.path = path
        self.changes = tuple(changes)


class Edited(NamedTuple):
    """A text after its changes."""

    text: str
    value: Any
    """The plain value of the changed document."""
    edits: tuple[TextEdit, ...]
    """What was replaced, in order; offsets count in the old text, byte order mark included."""


def edit(
    text: str,
    changes: Sequence[Change],
    *,
    document: int | None = None,
    lists_by: str = "name",
    parsed: Parsed | None = None,
) -> Edited:
    """Make changes one after another, each seeing what those before it did.

    Args:
        document: which one, from 0; None for the only one.
        lists_by: how a list set as a whole is matched with the one it replaces, see
            :func:`halsync.formats.align.align`.
        parsed: what :func:`halsync.formats.yaml.parse` gives for this text, if at hand.

    Raises:
        CannotEdit: the text is no YAML, or a change does not fit it.
        NotAsIntended: a bug.
    """
    parsed = parsed or parse(text)
    number, at = _document(parsed, document)
    draft = Draft(at.value if at else None)
    for change in changes:
        try:
            draft.apply(change)
        except Misfit as misfit:
            place = at.locate(misfit.path) if at else (0, 0)
            raise CannotEdit(misfit.path, *place, misfit.message, misfit.hint) from None
    old = at.value if at else None
    if same(old, draft.value):
        return Edited(text, old, ())
    mark = BOM if text.startswith(BOM) else ""
    job = _Job(text.removeprefix(mark), number, old, draft.value, draft.origins, lists_by)
    # The nodes make cycles with their parents, but none of them is garbage before the end.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _carry_out(job, parsed, mark, changes)
    finally:
        if collecting:
            gc.enable()


def rewrite(
    text: str,
    value: Any,
    *,
    document: int | None = None,
    lists_by: str = "name",
    parsed: Parsed | None = None,
) -> Edited:
    """Make a document say ``value`` with the fewest edits; arguments and errors as for
    :func:`edit`."""
    return edit(text, [Set((), value)], document=document, lists_by=lists_by, parsed=parsed)


def _document(parsed: Parsed, number: int | None) -> tuple[int, Document | None]:
    for issue in parsed.issues:
        if issue.severity == "error":
            raise CannotEdit((), issue.line, issue.column, issue.message, issue.hint)
    count = len(parsed.documents)
    if number is None and count > 1:
        hint = "say which document is meant, or split the file"
        raise CannotEdit((), 0, 0, f"the text holds {count} documents", hint)
    number = number or 0
    if number and not 0 <= number < count:
        hint = f"documents count from 0 to {count - 1}" if count else "the text is empty"
        raise CannotEdit((), 0, 0, f"there is no document {number}", hint)
    return number, parsed.documents[number] if count else None


class _Job(NamedTuple):
    """One document and the value it is to have."""

    text: str
    """Without byte order mark."""
    number: int
    old: Any
    value: Any
    origins: Mapping[int, Sequence[int | None]]
    lists_by: str


def _carry_out(job: _Job, parsed: Parsed, mark: str, changes: Sequence[Change]) -> Edited:
    """Edit, and check the result."""
    wanted = [document.value for document in parsed.documents] or [None]
    wanted[job.number] = job.value
    for careful in (False, True):
        try:
            edits, result, eol = _edits(job, careful)
        except emit.Unfit as unfit:
            raise CannotEdit((), 0, 0, unfit.message, unfit.hint) from None
        except (ValueError, IndexError, AssertionError, yaml.YAMLError) as error:
            raise NotAsIntended((), changes) from error
        candidates = [result]
        if job.text and not job.text.endswith(eol):
            candidates.insert(0, result.removesuffix(eol))
        for candidate in candidates:
            checked = parse(candidate)
            got = [document.value for document in checked.documents]
            if not checked.failed and same(got, wanted):
                moved = _moved(job.text, edits, candidate, len(mark))
                return Edited(mark + candidate, got[job.number], moved)
    for issue in checked.issues:
        if issue.kind in ("depth", "size", "alias-limit"):
            raise CannotEdit((), 0, 0, f"the result would be {issue.message}", issue.hint)
    found = first_difference(wanted, got) or ()
    path = found[1:]
    near = [change for change in changes if change.path == path[: len(change.path)]]
    raise NotAsIntended(path, near or changes)


def _moved(text: str, edits: list[TextEdit], result: str, shift: int) -> tuple[TextEdit, ...]:
    """The edits of a text that may have lacked its last line break, and ``result`` may, too."""
    end = len(text)
    inside = [edit for edit in edits if edit.end <= end]
    beyond = min([end, *(edit.start for edit in edits if edit.end > end)])
    before = len(splice(text[:beyond], inside))
    while before > len(result):  # the line break that was taken away stands further up
        beyond = inside.pop().start if inside else len(result)
        before = len(splice(text[:beyond], inside))
    if beyond < end or before < len(result):
        inside.append(TextEdit(beyond, end, result[before:]))
    return tuple(TextEdit(a + shift, b + shift, new) for a, b, new in inside)


def _edits(job: _Job, careful: bool) -> tuple[list[TextEdit], str, str]:
    """The edits, the text with them, and the usual line break."""
    text, value = job.text, job.value
    trees = read(text, Stream(text))
    manner = manner_of(text, trees[job.number].root if trees else None)
    eol = manner.eol
    whole = text if not text or Lines(text).mark(len(text)).column == 1 else text + eol
    page = Page(whole, eol, careful=careful)
    if not trees:
        if isinstance(value, dict | list) and value:
            lines = emit.block(value, 0, manner)
        else:
            lines = [emit.flow(value, manner)]
        page.insert_lines(len(whole), lines, 0)
    else:
        tree = trees[job.number]
        Reconciler(page, tree, manner, job.origins, job.lists_by).run(job.old, value)
        if whole != text:
            end_without_break(page, trees[-1])
    edits = page.edits()
    return edits, splice(whole, edits), eol
