"""Editing YAML on its text: :func:`rewrite` makes it say another value, and only what differs
changes.

Comments, order, quotes, indentation and line breaks stay, and every place keeps its own value,
whatever the text shares:

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

from halsync.formats import emit
from halsync.formats.align import first_difference, same
from halsync.formats.edit.manner import manner_of
from halsync.formats.edit.nodes import read
from halsync.formats.edit.page import Page, TextEdit, splice
from halsync.formats.edit.reconcile import Reconciler, end_without_break
from halsync.formats.events import Stream
from halsync.formats.libyaml import YAMLError
from halsync.formats.path_text import shown
from halsync.formats.text import Lines
from halsync.formats.yaml import Parsed, Path, parse
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CannotEdit", "Edited", "NotAsIntended", "TextEdit", "rewrite", "splice"]

_DEPTH = 60
"""Deeper values are refused before they are looked at; Halyard takes 50 levels."""


class CannotEdit(Exception):
    """The text cannot say this value. Lines and columns count from 1; 0: no place."""

    def __init__(self, message: str, hint: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column


class NotAsIntended(Exception):
    """The edited text does not read back as intended: a bug in halsync, never the user's."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the edited text differs at {shown(path)}")
        self.path = path


class Edited(NamedTuple):
    """A text after its changes."""

    text: str
    edits: tuple[TextEdit, ...]
    """What was replaced, in order; offsets count in the old text."""


def rewrite(text: str, value: Any, *, parsed: Parsed | None = None) -> Edited:
    """Make a text, of one document at most and without a byte order mark, say ``value``.

    Args:
        parsed: what :func:`halsync.formats.yaml.parse` gives for this text, if at hand.

    Raises:
        CannotEdit: the text is no YAML, or the value cannot be written into it.
        NotAsIntended: a bug.
    """
    parsed = parsed or parse(text)
    old = _only_value(parsed)
    if _is_deeper(value, _DEPTH):
        message = f"the result would be nested more than {_DEPTH} levels deep"
        raise CannotEdit(message, "flatten it")
    if same(old, value):
        return Edited(text, ())
    # The nodes make cycles with their parents, but none of them is garbage before the end.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _carry_out(text, old, value)
    finally:
        if collecting:
            gc.enable()


def _only_value(parsed: Parsed) -> Any:
    for issue in parsed.issues:
        if issue.severity == "error":
            raise CannotEdit(issue.message, issue.hint, issue.line, issue.column)
    if len(parsed.documents) > 1:
        message = f"the text holds {len(parsed.documents)} documents"
        raise CannotEdit(message, "split the file")
    return parsed.documents[0].value if parsed.documents else None


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return not levels or any(_is_deeper(item, levels - 1) for item in inner)


def _carry_out(text: str, old: Any, value: Any) -> Edited:
    """Edit, and check the result."""
    for careful in (False, True):
        try:
            edits, result, eol = _edits(text, old, value, careful=careful)
        except emit.Unfit as unfit:
            raise CannotEdit(unfit.message, unfit.hint) from None
        except (ValueError, IndexError, AssertionError, YAMLError) as error:
            raise NotAsIntended(()) from error
        candidates = [result]
        if text and not text.endswith(eol):
            candidates.insert(0, result.removesuffix(eol))
        for candidate in candidates:
            checked = parse(candidate)
            got = [document.value for document in checked.documents]
            if not checked.failed and same(got, [value]):
                return Edited(candidate, _moved(text, edits, candidate))
    for issue in checked.issues:
        if issue.kind in ("depth", "size", "alias-limit"):
            raise CannotEdit(f"the result would be {issue.message}", issue.hint)
    raise NotAsIntended((first_difference([value], got) or ())[1:])


def _moved(text: str, edits: list[TextEdit], result: str) -> tuple[TextEdit, ...]:
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
    return tuple(inside)


def _edits(text: str, old: Any, value: Any, *, careful: bool) -> tuple[list[TextEdit], str, str]:
    """The edits, the text with them, and the usual line break."""
    tree = read(text, Stream(text))
    manner = manner_of(text, tree.root if tree else None)
    eol = manner.eol
    whole = text if not text or Lines(text).mark(len(text)).column == 1 else text + eol
    page = Page(whole, eol, careful=careful)
    if tree is None:
        if isinstance(value, dict | list) and value:
            lines = emit.block(value, 0, manner)
        else:
            lines = [emit.flow(value, manner)]
        page.insert_lines(len(whole), lines, 0)
    else:
        Reconciler(page, tree, manner).run(old, value)
        if whole != text:
            end_without_break(page, tree)
    edits = page.edits()
    return edits, splice(whole, edits), eol
