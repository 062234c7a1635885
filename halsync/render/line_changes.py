"""Which changes of a file are on one of its lines: the line is followed back, change by change."""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.render.origins import lines_of, stated_at
from halsync.render.places import REMOVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import File
    from halsync.render.edits import Edit
    from halsync.render.trail import Change, Stated


class OnLine(NamedTuple):
    """What made a line what it is."""

    changes: list[Change]
    """Oldest first, each with what of it is on the line only."""
    first: File | None
    """What it stood in before them; None if one of them brought it."""
    began: str
    """``config:12``, where it stood there."""


def on_line(file: File, path: str, line: int, changes: Sequence[Change]) -> OnLine:
    """The changes that are on a line of the file after all of them."""
    lines = lines_of(path, file.content)
    if lines is None:
        return OnLine(list(changes), changes[0].before if changes else file, path)
    line = min(line, len(lines))  # a line of bytes may be none of UTF-16
    start = lines.start(line)
    end = start + len(lines.line(line))
    kept: list[Change] = []
    for change in reversed(changes):
        if change.before is None or change.edits is None:
            return OnLine([change, *kept], None, "")
        edits, first, last = _before(change.edits, start, end)
        if change.kind == "moved":
            kept.insert(0, change)
        elif edits:
            stated = _stated(change, path, file, _spots(change.edits, start, end))
            if stated or not change.stated:
                kept.insert(0, change._replace(edits=edits, stated=stated))
            if first == last:
                return OnLine(kept, None, "")
        file, path, start, end = change.before, change.was, first, last
    lines = lines_of(path, file.content)
    return OnLine(kept, file, f"{path}:{lines.mark(start).line}" if lines else path)


def _before(edits: Sequence[Edit], start: int, end: int) -> tuple[list[Edit], int, int]:
    """The edits between two offsets of the text after them, and the offsets in that before."""
    here: list[Edit] = []
    moved = 0
    first = last = -1
    for edit in edits:
        begins = edit.start + moved
        ends = begins + len(edit.text)
        if begins >= end:
            break
        if ends > start:
            here.append(edit)
            if first < 0:
                first = edit.start if begins <= start else start - moved
            if ends > end:
                last = edit.end
        moved += len(edit.text) - (edit.end - edit.start)
    return here, start - moved if first < 0 else first, end - moved if last < 0 else last


def _spots(edits: Sequence[Edit], start: int, end: int) -> list[int]:
    """The last character that each edit wrote on the line, as offsets of the text after them:
    what stands before it may be a dash or a comma, which belong to no value."""
    found, moved = [], 0
    for edit in edits:
        begins = edit.start + moved
        ends = begins + len(edit.text)
        if begins < end and ends > start:
            found.append(min(ends, end) - 1)
        moved += len(edit.text) - (edit.end - edit.start)
    return found


def _stated(change: Change, path: str, file: File, spots: Sequence[int]) -> tuple[Stated, ...]:
    """What the change says of the places at some offsets of the file after it; if nothing stands
    there, what it took away."""
    found: list[Stated] = []
    for spot in spots:
        each = stated_at(change, path, file, spot)
        if each is not None and each not in found:
            found.append(each)
    return tuple(found) or tuple(each for each in change.stated if each.value is REMOVED)
