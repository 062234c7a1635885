"""Where a value of the rendered configuration comes from, and what touched it on the way."""

from __future__ import annotations

from halsync.formats.align import same
from halsync.records import NamedTuple
from halsync.render.bench import holds_values, parse
from halsync.render.finding import find
from halsync.render.line_changes import on_line
from halsync.render.origins import Spot, lines_of, origin_of
from halsync.render.places import REMOVED, path_of, place_of, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from halsync.formats.document import Document
    from halsync.model import File
    from halsync.render.places import Place
    from halsync.render.trail import Change, Trail

    Path = tuple[str | int, ...]


_FILLED = ("placeholders", "secrets")


class Touched(NamedTuple):
    """One step that had a say in the value, oldest first; the first is the source."""

    what: str
    """``source hal-config``, ``overlay environments/prod``, ``placeholder RELEASE_NAME`` …"""
    where: str
    """``config:12``, ``halsync.yaml:7``, ``--set``; may be empty."""
    value: Any
    """What it made of it; :data:`halsync.render.places.REMOVED` if it took it away."""
    shows: bool = True
    """Whether it has a value to show: moving a file has none."""


class Explained(NamedTuple):
    """The answer."""

    file: str
    """Path in the published tree."""
    place: str
    """The value's place in the file; empty for the file as a whole."""
    value: Any
    """The rendered value, secrets included; None for a file as a whole."""
    line: int
    """In the published file; 0 for the file as a whole."""
    spot: Spot
    """Where it was written."""
    steps: tuple[Touched, ...]
    secret: bool
    """A secret placeholder is in it."""


def explain(files: Mapping[str, File], trail: Trail, question: str) -> Explained:
    """Explain a file (``gate-local.yml``), a value (``gate-local.yml:server.port``,
    ``providers.kubernetes.accounts[default].context`` of ``config``) or a line
    (``settings-local.js:3``).

    Raises:
        ConfigError: it names nothing, or several files.
    """
    found = find(files, trail, question)
    file = files[found.file]
    if found.path is None:
        spot = origin_of(file, found.file, found.line, 1, trail)
        steps = tuple(_whole(file, found.file, found.line, trail))
        return Explained(found.file, "", None, found.line, spot, steps, file.secret)
    document = parse(found.file, file.content).documents[0]
    value = _at(document.value, found.path)
    mark = document.locate(found.path)
    spot = origin_of(file, found.file, mark.line, mark.column, trail)
    place = place_of(document.value, found.path)
    steps_of_value, secret = _history(file, found.file, found.path, place, trail)
    return Explained(
        found.file, written(place), value, mark.line, spot, tuple(steps_of_value), secret
    )


def _whole(file: File, path: str, line: int, trail: Trail) -> Iterator[Touched]:
    """What happened to a file, or to one line of it; oldest first."""
    changes: Sequence[Change] = trail.changes.get(path, [])
    if line:
        changes, first, began = on_line(file, path, line, changes)
    else:
        first = changes[0].before if changes else file
        began = changes[0].was if changes else path
    if first is not None:
        yield Touched(f"source {first.origin.source}", began, None, False)
    for change in changes:
        if change.kind in _FILLED:
            yield from _placeholders(change)
            continue
        seen: set[tuple[str, str]] = set()
        for stated in change.stated:
            where = f"{stated.file}:{stated.line}" if stated.line else stated.file
            if (stated.step.what, stated.file) not in seen:
                seen.add((stated.step.what, stated.file))
                yield Touched(stated.step.what, where, None, False)
        if not change.stated:
            yield Touched(change.step.what, _where(change), None, False)


def _where(change: Change) -> str:
    if change.kind == "content" and change.was:
        return change.was
    return change.step.declared_at


def _history(
    file: File, path: str, final: Path, place: Place, trail: Trail
) -> tuple[list[Touched], bool]:
    """What happened to one value, oldest first."""
    changes = trail.changes.get(path, [])
    steps: list[Touched] = []
    secret = False
    versions = [change.before for change in changes] + [file]
    names = [change.was for change in changes] + [path]
    place = _unfilled(changes, file, path, final) or place
    first = versions[0]
    if first is not None:
        found = _look(first, names[0], place)
        if found is not None:
            value, line = found
            steps.append(Touched(f"source {first.origin.source}", f"{names[0]}:{line}", value))
    for number, change in enumerate(changes):
        after = versions[number + 1]
        if after is None:
            continue
        if change.kind == "moved":
            steps.append(Touched(change.step.what, change.step.declared_at, None, False))
        elif change.kind == "content":
            found = _look(after, names[number + 1], place)
            if found is not None:
                steps.append(Touched(change.step.what, _where(change), found[0]))
        elif change.kind in _FILLED:
            filled, hidden = _filled(change, after, path, final)
            steps += filled
            secret = secret or hidden
        else:
            steps += _stated(change, place)
    return steps, secret


def _unfilled(changes: list[Change], file: File, path: str, final: Path) -> Place | None:
    """The place by the names that things had before placeholders were filled in."""
    # Secrets are never filled into keys.
    last = next((change for change in reversed(changes) if change.kind != "secrets"), None)
    if last is None or last.kind != "placeholders" or last.before is None:
        return None
    old, new = _document(last.before, path), _document(file, path)
    keys = _same_place(old.value, new.value, final) if old and new else None
    return place_of(old.value, keys) if old and keys else None


def _look(file: File, path: str, place: Place) -> tuple[Any, int] | None:
    """The value, and its line, in another version of the file."""
    document = _document(file, path)
    if document is None:
        return None
    where = path_of(document.value, place)
    if where is None:
        return None
    return _at(document.value, where), document.locate(where).line


def _stated(change: Change, place: Place) -> Iterator[Touched]:
    if not change.stated:
        yield Touched(change.step.what, change.step.declared_at, None, False)
        return
    for stated in change.stated:
        depth = len(stated.place)
        where = f"{stated.file}:{stated.line}" if stated.line else stated.file
        if stated.place == place:
            yield Touched(stated.step.what, where, stated.value)
        elif place[:depth] == stated.place:
            inner = path_of(stated.value, place[depth:])
            if stated.value is REMOVED or inner is not None:
                value = REMOVED if inner is None else _at(stated.value, inner)
                yield Touched(stated.step.what, where, value)
        elif stated.place[: len(place)] == place:
            below = written(stated.place[len(place) :])
            verb = "removed" if stated.value is REMOVED else "set"
            yield Touched(f"{stated.step.what}, which {verb} {below}", where, stated.value)


def _filled(change: Change, after: File, path: str, final: Path) -> tuple[list[Touched], bool]:
    """The placeholders that were filled into this value."""
    if change.before is None:
        return [], False
    old, new = _document(change.before, path), _document(after, path)
    if old is None or new is None:
        return [], False
    keys = _same_place(old.value, new.value, final)
    if keys is None:
        return [], False
    before, value = _at(old.value, keys), _at(new.value, final)
    if same(before, value):
        return [], False
    names = _names(change, before if isinstance(before, str) else repr(before))
    steps = [_placeholder(change, name, value) for name in names]
    return steps, any(change.placeholders[name].secret for name in names)


def _same_place(old: Any, new: Any, path: Path) -> Path | None:
    """The place in a document whose keys may have been filled in; their order is the same."""
    found: list[str | int] = []
    for part in path:
        key: str | int = part
        if isinstance(new, dict) and isinstance(old, dict):
            at = list(new).index(str(part))
            if at >= len(old):
                return None
            key = list(old)[at]
        elif not (isinstance(old, list) and isinstance(part, int) and part < len(old)):
            return None
        found.append(key)
        old, new = old[key], new[part]
    return tuple(found)


def _names(change: Change, text: str) -> list[str]:
    """What was filled into a text, as far as its names stand in it."""
    if change.kind == "placeholders":
        return [name for name in change.placeholders if name in text]
    from halsync.render.secret_tokens import SecretTokens

    return SecretTokens(dict.fromkeys(change.placeholders, "")).fill(text)[1]


def _placeholder(change: Change, name: str, value: Any, shows: bool = True) -> Touched:
    what = "secret" if change.kind == "secrets" else "placeholder"
    return Touched(f"{what} {name}", change.placeholders[name].declared_at, value, shows)


def _placeholders(change: Change) -> Iterator[Touched]:
    """The placeholders that were filled into a file, each once."""
    lines = lines_of(change.was, change.before.content) if change.before else None
    if lines is None:
        return
    names: list[str] = []
    for edit in change.edits or ():
        here = lines.text[edit.start : edit.end].strip("'\"")
        names += [name for name in _names(change, here) if name not in names]
    for name in names:
        yield _placeholder(change, name, None, False)


def _document(file: File, path: str) -> Document | None:
    if not holds_values(path):
        return None
    documents = parse(path, file.content).documents
    return documents[0] if documents else None


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value
