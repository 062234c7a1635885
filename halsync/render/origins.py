"""Following a place of a rendered file back to where a person wrote it."""

from __future__ import annotations

from functools import lru_cache

from halsync.formats.text import Lines
from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.render.bench import holds_values, parse
from halsync.render.places import REMOVED, place_of
from halsync.render.run import decode, filler_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.formats.document import Document, Parsed
    from halsync.model import File, Origin, Problem, Tree
    from halsync.render.edits import Edit
    from halsync.render.trail import Change, Stated, Trail


_ESCAPED = Pattern("[\udc80-\udcff]")
"""Bytes that are no text, carried through as Python's ``surrogateescape`` does."""


class Spot(NamedTuple):
    """A place in something that a person wrote."""

    file: str
    """A path of the tree as it was composed, or the settings file."""
    line: int
    """From 1; 0 if not known."""
    column: int
    excerpt: str = ""
    origin: Origin | None = None
    """None for the settings."""


@lru_cache(maxsize=8)
def _parsed(path: str, content: bytes) -> Parsed:
    return parse(path, content)


def lines_of(path: str, content: bytes) -> Lines | None:
    """The lines of a file as placeholders are filled into it; None if it is not text."""
    return _lines(filler_kind(path), content)


@lru_cache(maxsize=8)
def _lines(kind: str, content: bytes) -> Lines | None:
    try:
        return Lines(_ESCAPED.sub("\N{REPLACEMENT CHARACTER}", decode(content, kind).text))
    except UnicodeDecodeError:
        return None


def forget() -> None:
    """Give back what was remembered of the files that problems were followed through."""
    _parsed.cache_clear()
    _lines.cache_clear()


def follow(problem: Problem, trail: Trail, tree: Tree) -> Problem:
    """The problem at the place where what it is about was written.

    Args:
        tree: the files in which the problem was found, ``trail`` how they came to be.
    """
    history = trail.changes.get(problem.file)
    file = tree.files.get(problem.file)
    if not history or file is None:
        return problem
    spot = origin_of(file, problem.file, problem.line, problem.column, trail)
    message = problem.message
    if spot.file != problem.file:
        rendered = f"{problem.file}:{problem.line}" if problem.line else problem.file
        message += f" (rendered: {rendered})"
    return problem._replace(
        message=message,
        file=spot.file,
        line=spot.line,
        column=spot.column,
        excerpt=spot.excerpt,
        origin=spot.origin,
    )


def origin_of(file: File, path: str, line: int, column: int, trail: Trail) -> Spot:
    """Where line and column of a rendered file come from; line 0: the file as a whole."""
    lines = lines_of(path, file.content)
    at = -1
    if line and lines is not None:
        at = min(lines.start(min(line, len(lines))) + column - 1, len(lines.text))
    for change in reversed(trail.changes.get(path, ())):
        if change.kind == "content":
            if not change.was:
                return _declared(change.step.declared_at, path)
            path = change.was
            file = trail.taken.get(path, file)
            break
        if change.before is None or change.edits is None:
            break
        if at >= 0 and lines is not None:
            at, edit = back(change.edits, at)
            if edit is not None:
                spot = _made(change, path, file, at, edit)
                if spot is not None:
                    return _with_excerpt(spot, trail)
                at = edit.start
        file, path = change.before, change.was
        lines = lines_of(path, file.content)
    if at < 0 or lines is None:
        return Spot(path, 0, 0, "", file.origin)
    mark = lines.mark(at)
    return Spot(path, mark.line, mark.column, lines.line(mark.line), file.origin)


def back(edits: Sequence[Edit], at: int) -> tuple[int, Edit | None]:
    """An offset of the text after the edits as one of the text before.

    Within what an edit wrote, the offset stays as it is and the edit is named, too.
    """
    moved = 0
    for edit in edits:
        start = edit.start + moved
        if at < start:
            break
        if at < start + len(edit.text):
            return at, edit
        moved += len(edit.text) - (edit.end - edit.start)
    return at - moved, None


def _made(change: Change, path: str, file: File, at: int, edit: Edit) -> Spot | None:
    """Where a step says what it wrote; None if the place before is the better answer."""
    if change.kind in ("placeholders", "secrets") or change.step.what.endswith("(replace)"):
        return None
    if not change.stated:
        return _declared(change.step.declared_at, path)
    found = stated_at(change, path, file, at)
    if found is None:
        return None if edit.start < edit.end else _declared(change.step.declared_at, path)
    if found.line:
        return Spot(found.file, found.line, 1)
    return _declared(found.step.declared_at, path)


def stated_at(change: Change, path: str, file: File, at: int) -> Stated | None:
    """Which of a change's values stands at an offset of the file after it."""
    if not holds_values(path):
        return None
    parsed = _parsed(path, file.content)
    if not parsed.documents:
        return None
    place = place_of(parsed.documents[0].value, path_at(parsed.documents[0], parsed.lines, at))
    kept = [stated for stated in change.stated if stated.value is not REMOVED]
    above = [stated for stated in kept if place[: len(stated.place)] == stated.place]
    if above:
        return max(above, key=lambda stated: len(stated.place))
    # A mapping that came into being because something was set in it.
    return next((each for each in kept if each.place[: len(place)] == place and place), None)


def path_at(document: Document, lines: Lines, at: int) -> tuple[str | int, ...]:
    """The innermost part of a document that begins at an offset or before it."""
    path: list[str | int] = []
    value = document.value
    while isinstance(value, dict | list):
        inner: str | int | None = None
        latest = -1
        for key in value if isinstance(value, dict) else range(len(value)):
            mark = document.locate_key((*path, key))
            start = lines.start(mark.line) + mark.column - 1
            if latest < start <= at:
                inner, latest = key, start
        if inner is None:
            break
        path.append(inner)
        value = value[inner]  # type: ignore[index]
    return tuple(path)


def _declared(declared_at: str, path: str) -> Spot:
    name, _, line = declared_at.rpartition(":")
    if name and line.isdigit():
        return Spot(name, int(line), 1)
    return Spot(declared_at or path, 0, 0)


def _with_excerpt(spot: Spot, trail: Trail) -> Spot:
    file = trail.taken.get(spot.file)
    lines = lines_of(spot.file, file.content) if file else None
    if file is None or lines is None:
        return spot
    line = lines.line(spot.line)
    column = len(line) - len(line.lstrip()) + 1
    return spot._replace(excerpt=line, column=column, origin=file.origin)
