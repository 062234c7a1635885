"""What a person means: a file of the tree, a place in it, a line."""

from __future__ import annotations

from halsync.errors import ConfigError
from halsync.formats.align import NAME
from halsync.formats.path_text import index_of
from halsync.halyard import CONFIG
from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.render.bench import holds_values, parse
from halsync.render.places import place_of, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.model import File
    from halsync.render.trail import Trail

    Path = tuple[str | int, ...]

_DEPLOYMENTS = "deploymentConfigurations"


class Meant(NamedTuple):
    """A file, and what in it."""

    file: str
    path: Path | None
    """None: a line, or the whole file."""
    line: int = 0


class Unknown(ConfigError):
    """There is no such thing."""


def find(files: Mapping[str, File], trail: Trail, question: str) -> Meant:
    """Understand ``FILE``, ``FILE:LINE``, ``FILE:PATH`` and ``PATH`` (of ``config``).

    A file may be named by the end of its path. A path is written with points, items of lists by
    name or number in brackets: ``providers.kubernetes.accounts[prod].context``.

    Raises:
        Unknown: there is no such file or place, or several files of that name.
    """
    if not question.strip(": .[]"):
        hint = "ask for FILE, FILE:LINE, FILE:PATH, or a path of config"
        raise Unknown("nothing is asked for", hint=hint)
    name, colon, rest = question.partition(":")
    named = _files(files, name)
    if not named and not colon and CONFIG in files and not _gone(trail, name):
        return _value(files, CONFIG, question, _looks_like_a_file(name, files))
    if not named:
        raise _no_file(files, trail, name)
    if len(named) > 1:
        listed = ", ".join(named[:10])
        raise Unknown(
            f"{name} may be one of {len(named)} files: {listed}", hint="name it with its directory"
        )
    if not rest.strip(". "):
        return Meant(named[0], None)
    if rest.isascii() and rest.isdigit():
        last = len(files[named[0]].content.splitlines())
        line = index_of(rest) or 0
        if not 0 < line <= last:
            raise Unknown(
                f"{named[0]} has no line {rest[:12]}", hint=f"it has {last}, counted from 1"
            )
        return Meant(named[0], None, line)
    return _value(files, named[0], rest, "")


def _files(files: Mapping[str, File], name: str) -> list[str]:
    if name in files:
        return [name]
    return sorted(path for path in files if path.endswith("/" + name)) if name else []


def _gone(trail: Trail, name: str) -> str:
    gone = [path for path in trail.gone if path == name or path.endswith("/" + name)]
    return gone[0] if gone else ""


def _looks_like_a_file(name: str, files: Mapping[str, File]) -> str:
    ends = (".yml", ".yaml", ".json", ".js", ".properties")
    short = [path.rpartition("/")[2] for path in files]
    return nearest(name, short) if "/" in name or name.endswith(ends) else ""


def _no_file(files: Mapping[str, File], trail: Trail, name: str) -> Unknown:
    gone = _gone(trail, name)
    if gone:
        step = trail.gone[gone]
        by = f"{step.what}, declared at {step.declared_at}" if step.declared_at else step.what
        return Unknown(f"{gone} is not published: it went with {by}", hint="correct that step")
    near = nearest(name, [path.rpartition("/")[2] for path in files])
    return Unknown(
        f"there is no file {name} in the rendered tree",
        hint=f"did you mean {near}?" if near else "halsync render lists the files",
    )


def _value(files: Mapping[str, File], file: str, text: str, similar: str) -> Meant:
    if not holds_values(file):
        raise Unknown(
            f"{file} holds no values to be named by a path",
            hint=f"name a line of it, for example {file}:1",
        )
    parsed = parse(file, files[file].content)
    if len(parsed.documents) != 1 or parsed.failed:
        why = parsed.issues[0].message if parsed.issues else "it is not one document"
        raise Unknown(f"{file} cannot be read: {why}", hint="correct the file")
    value = parsed.documents[0].value
    parts = _parts(text)
    start: Path = ()
    if file == CONFIG and isinstance(value, dict) and parts and str(parts[0]) not in value:
        start = _deployment(value)
    inner: Any = value
    for key in start:
        inner = inner[key]
    path, reached = _walk(inner, parts)
    if path is None:
        at = written(place_of(value, (*start, *reached)))
        raise _no_place(file, _at(inner, reached), at, parts[len(reached) :], similar)
    return Meant(file, (*start, *path))


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _no_place(file: str, value: Any, at: str, rest: list[str], similar: str) -> Unknown:
    known: list[str] = []
    if isinstance(value, dict):
        known = list(value)
    elif isinstance(value, list):
        known = [str(item[NAME]) for item in value if isinstance(item, dict) and NAME in item]
    wanted = rest[0].lstrip("[").rstrip("]") if rest else ""
    near = nearest(wanted, known)
    if similar:
        hint = f"did you mean the file {similar}?"
    else:
        some = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
        hint = f"did you mean {near}?" if near else f"there are: {some or 'no keys'}"
    return Unknown(f"there is no {wanted or 'such item'} in {at} of {file}", hint=hint)


def _deployment(value: dict[str, Any]) -> Path:
    """The deployment that is meant where none is named: the current one."""
    items = value.get(_DEPLOYMENTS)
    if not isinstance(items, list) or not items:
        return ()
    current = value.get("currentDeployment")
    for index, item in enumerate(items):
        if isinstance(item, dict) and item.get(NAME) == current:
            return (_DEPLOYMENTS, index)
    return (_DEPLOYMENTS, 0)


def _parts(text: str) -> list[str]:
    """``a.b[c.d].e`` → ``["a", "b", "[c.d", "e"]``; what stood in brackets keeps the first."""
    parts: list[str] = []
    word = ""
    at = 0
    while at < len(text):
        char = text[at]
        if char == "[":
            end = text.find("]", at)
            end = len(text) if end < 0 else end
            if word:
                parts.append(word)
            parts.append("[" + text[at + 1 : end].strip("'\""))
            word, at = "", end
        elif char == ".":
            if word:
                parts.append(word)
            word = ""
        else:
            word += char
        at += 1
    return [*parts, word] if word else parts


def _walk(value: Any, parts: list[str]) -> tuple[Path | None, Path]:
    """The path, or None; and how far it was found. ``a.b`` may be one key of that name."""
    if not parts:
        return (), ()
    best: Path = ()
    first = parts[0].removeprefix("[")
    tries: list[tuple[str | int, int]] = []
    if isinstance(value, dict):
        for count in range(1, len(parts) + 1):
            key = ".".join(part.removeprefix("[") for part in parts[:count])
            if key in value:
                tries.append((key, count))
    elif isinstance(value, list):
        tries = [
            (index, 1)
            for index, item in enumerate(value)
            if isinstance(item, dict) and item.get(NAME) == first
        ]
        at = index_of(first)
        if not tries and at is not None and at < len(value):
            tries = [(at, 1)]
    for key_or_index, count in tries:
        path, reached = _walk(value[key_or_index], parts[count:])
        if path is not None:
            return (key_or_index, *path), (key_or_index, *reached)
        if len(reached) + 1 > len(best):
            best = (key_or_index, *reached)
    return None, best
