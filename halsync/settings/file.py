"""``halsync.yaml``: read once with positions, checked key by key against the options.

Every mistake is recorded with its line and column; what is right is handed on as layers.
"""

from __future__ import annotations

import os
import re

from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.redact import is_secret_name, register
from halsync.settings.document import open_document
from halsync.settings.kinds import KINDS
from halsync.settings.mistakes import Mistake
from halsync.settings.model import PlaceholderSettings
from halsync.settings.options import OPTIONS
from halsync.settings.placeholders import read_placeholder
from halsync.settings.resolve import Declared, Layer, Raw, SourceLayer, put
from halsync.settings.spec import SOURCE, of_source, yaml_keys
from halsync.settings.values import NAME, SOURCE_NAME, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Document
    from halsync.settings.spec import Option

    Node = dict[str, Any]
    """Key → what may stand below it: another node, or a leaf."""
else:  # the names that others import
    Node = dict

LARGEST = 1024 * 1024
"""Bytes; a configuration file beyond this is something else."""

Path = tuple[str | int, ...]


class _Leaf(NamedTuple):
    option: Option
    form: str


def read(file: str, directory: str, mistakes: list[Mistake]) -> Declared:
    """Read the file; ``directory`` is what ``file`` counts from if it is relative."""
    path = os.path.join(directory, file)
    before = len(mistakes)
    data = _content(path, file, mistakes)
    document = open_document(data, file, mistakes) if data is not None else None
    if document is None:
        return Declared(complete=len(mistakes) == before)
    return _Reader(document, file, os.path.dirname(path), mistakes).read()


def _content(path: str, file: str, mistakes: list[Mistake]) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        hint = "check the path given by --config or HALSYNC_CONFIG, and its permissions"
        mistakes.append(Mistake(file, f"cannot read the settings: {reason}", hint))
        return None
    if len(data) > LARGEST:
        mistakes.append(
            Mistake(file, "is larger than 1 MiB", "this is not a halsync.yaml; name the right file")
        )
        return None
    return data


class _Reader:
    """One walk over one file."""

    def __init__(self, document: Document, file: str, base: str, mistakes: list[Mistake]) -> None:
        self._document = document
        self._file = file
        self._base = base
        self._mistakes = mistakes
        self._layer: Layer = {}
        self._sources: list[SourceLayer] = []
        self._placeholders: list[PlaceholderSettings] = []
        self._variables: set[str] = set()

    def read(self) -> Declared:
        run = _tree([option for option in OPTIONS if not of_source(option)], "")
        run["sources"] = None
        self._walk(self._document.value, run, (), self._layer)
        variables = frozenset(self._variables)
        return Declared(self._layer, self._sources, self._placeholders, variables)

    def _walk(self, value: Any, node: Node, path: Path, layer: Layer) -> None:
        """A mapping whose keys are declared by ``node``; nothing at all counts as empty."""
        if value is None:
            return
        if not isinstance(value, dict):
            self._wrong(path, f"{_name(path)} must be a mapping, and is {kind_of(value)}")
            return
        for key, below in value.items():
            here = (*path, key)
            if key not in node:
                self._unknown(here, below, node)
            elif key == "sources" and not path:
                self._walk_sources(below, here)
            elif isinstance(node[key], _Leaf):
                self._leaf(below, node[key], here, layer)
            else:
                self._walk(below, node[key], here, layer)

    def _leaf(self, value: Any, leaf: _Leaf, path: Path, layer: Layer) -> None:
        option, form = leaf
        if option.type == "placeholders":
            self._walk_placeholders(value, path)
            return
        if option.type == "steps":
            self._walk_steps(value, option, path, layer)
            return
        if option.type == "values":
            hide_secrets(value)
        if option.type == "list" and not isinstance(value, list):
            self._wrong(path, f"{_name(path)} must be a list, and is {kind_of(value)}")
            return
        if form == "env" and isinstance(value, str):
            self._variables.add(value)
        if option.type == "notify" and isinstance(value, list):
            named = (entry.get("urlEnv") for entry in value if isinstance(entry, dict))
            self._variables.update(name for name in named if isinstance(name, str))
        line, _ = self._document.locate(path)
        origin = f"{self._file}:{line}"
        raw = Raw(value, form, origin, self._where(path), self._base, typed=True)
        put(layer, option, raw, self._mistakes)

    def _walk_sources(self, value: Any, path: Path) -> None:
        if not isinstance(value, list):
            if value is not None:
                self._wrong(path, f"sources must be a list, and is {kind_of(value)}")
            return
        node = _tree([option for option in OPTIONS if of_source(option)], SOURCE)
        seen: set[str] = set()
        for number, entry in enumerate(value):
            here = (*path, number)
            layer: Layer = {}
            self._walk(entry if entry is not None else {}, node, here, layer)
            kind = self._check_source(entry, here, seen) if isinstance(entry, dict) else ""
            if kind:
                self._sources.append(SourceLayer(entry["name"], kind, layer))

    def _check_source(self, entry: dict[Any, Any], path: Path, seen: set[str]) -> str:
        """The one kind of a source that has a name of its own; else an empty string."""
        name = entry.get("name")
        kinds = [kind for kind in KINDS if kind.name in entry]
        good = True
        if not isinstance(name, str) or not re.fullmatch(SOURCE_NAME, name):
            place: Path = (*path, "name") if "name" in entry else path
            self._wrong(
                place,
                f"{_name(path)} has no proper name",
                "add name: made of small letters, digits and '-', for example hal-config",
            )
            good = False
        elif name in seen:
            self._wrong(
                (*path, "name"), f"a source {name} is declared above", "give each its own name"
            )
            good = False
        else:
            seen.add(name)
        if len(kinds) != 1:
            names = [kind.name for kind in kinds or KINDS]
            what = " and ".join(names) if kinds else f"none of {', '.join(names)}"
            self._wrong(path, f"{_name(path)} has {what}", "say where it comes from, once")
            return ""
        [kind] = kinds
        if not entry[kind.name]:
            here = (*path, kind.name)
            self._wrong(here, f"{_name(here)} is empty", f"add {kind.key.rpartition('.')[2]}")
            good = False
        # What is no mapping was told when it was walked.
        return kind.name if good and isinstance(entry[kind.name], dict) else ""

    def _walk_placeholders(self, value: Any, path: Path) -> None:
        if value is None:
            return
        if not isinstance(value, dict):
            self._wrong(path, f"{_name(path)} must be a mapping, and is {kind_of(value)}")
            return
        unquoted = dict(self._document.odd_keys_marks())
        for name, given in value.items():
            here = (*path, name)
            mark = self._document.locate_key(here)
            if mark in unquoted and re.fullmatch(NAME, name):
                self._no_name(here, unquoted[mark])
                continue
            at = f"{self._file}:{mark.line}"
            found = read_placeholder(name, given, at, self._base)
            if isinstance(found, PlaceholderSettings):
                self._placeholders.append(found)
                if found.env:
                    self._variables.add(found.env)
            else:
                self._wrong((*here, found.key) if found.key else here, found.message, found.hint)

    def _no_name(self, path: Path, kind: str) -> None:
        """A key that reads like a name and is none: to YAML 1.1, ``YES`` is what ``true`` is."""
        found = re.match(r"\w+", self._document.text_at(path, key=True))
        written = found[0] if found else str(path[-1])
        what = {"bool": "true or false", "null": "nothing"}.get(kind, "a number")
        message = f"{_name(path[:-1])}: {written} is {what} to YAML, and not a name"
        self._mistakes.append(
            Mistake(self._where(path, key=True), message, f'quote it: "{written}"')
        )

    def _walk_steps(self, value: Any, option: Option, path: Path, layer: Layer) -> None:
        if value is None:
            return
        from halsync.settings.rendering import read_steps

        hide_secrets(value)

        def declared_at(number: int) -> str:
            return f"{self._file}:{self._document.locate((*path, number))[0]}"

        found = read_steps(option.key.rpartition(".")[2], value, declared_at)
        for wrong in found.mistakes:
            here = (*path, *wrong.path)
            place = f"{_name((*path, *wrong.path[:1]))}: " if wrong.path else f"{_name(path)} "
            self._wrong(here, f"{place}{wrong.message}", wrong.hint)
        line, _ = self._document.locate(path)
        origin = f"{self._file}:{line}"
        put(
            layer,
            option,
            Raw(found.steps, "value", origin, self._where(path), self._base, typed=True),
            self._mistakes,
        )

    def _unknown(self, path: Path, value: Any, node: Node) -> None:
        key = str(path[-1])
        forms = [name for name in (key + "File", key + "Env") if name in node]
        where = self._where(path, key=True)
        if forms or is_secret_name(key):
            # Never shown, not even in the excerpt of a later message.
            if isinstance(value, str):
                register(value)
            files = [name for name in node if name.endswith("File")]
            instead = " or ".join(forms) or nearest(key + "File", files) or "a …File key"
            self._mistakes.append(
                Mistake(
                    where,
                    f"{_name(path)}: a secret never stands in the settings in clear",
                    f"put it into a file or an environment variable and name that with {instead}",
                )
            )
            return
        meant = nearest(key, tuple(node))
        hint = f"did you mean {meant}?" if meant else _belongs(key)
        hint = hint or f"legal here: {', '.join(sorted(node))}"
        self._mistakes.append(Mistake(where, f"unknown key {_name(path)}", hint))

    def _where(self, path: Path, *, key: bool = False) -> str:
        line, column = self._document.locate_key(path) if key else self._document.locate(path)
        return f"{self._file}:{line}:{column}"

    def _wrong(self, path: Path, message: str, hint: str = "") -> None:
        self._mistakes.append(Mistake(self._where(path), message, hint))


def hide_secrets(value: Any, name: str = "") -> None:
    """Register for redaction whatever stands behind a name that says so."""
    if isinstance(value, dict):
        for key, item in value.items():
            hide_secrets(item, str(key))
    elif isinstance(value, list):
        for item in value:
            hide_secrets(item, name)
    elif isinstance(value, str) and is_secret_name(name):
        register(value)


def _tree(options: list[Option], prefix: str) -> Node:
    """The options as nested mappings, keys counted from ``prefix``."""
    root: Node = {}
    for option in options:
        for key, form in yaml_keys(option).items():
            *parents, last = key.removeprefix(prefix).split(".")
            node = root
            for parent in parents:
                node = node.setdefault(parent, {})
            node[last] = _Leaf(option, form)
    return root


def _belongs(key: str) -> str:
    """Where a legal key that stands in the wrong place belongs."""
    for option in OPTIONS:
        for name in yaml_keys(option):
            parts = name.split(".")
            if key in parts:
                return f"it belongs at {'.'.join(parts[: parts.index(key) + 1])}"
    return ""


def _name(path: Path) -> str:
    """``("sources", 0, "git")`` → ``sources[0].git``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "the file"
