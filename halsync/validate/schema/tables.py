"""What Halyard's classes hold, read from one line of text per class when first asked for.

Notation of ``tables/*.txt``, one thing a line, words parted by blanks:

- ``!root C``: the class of the whole file.
- ``#E a b``: an enum and its constants in the order of their ordinals; ``#E~``: any case.
- ``C* f=T … -g``: a class, its fields and the keys it accepts and drops; ``*``: a node, which
  also drops :data:`NODE_KEYS`. ``~b``: a boolean stands for the object too (``~s``: a string);
  ``?k a=A``: the key ``k`` selects the class; ``^w``: see :mod:`halsync.validate.schema.crashes`.
- Types: ``s`` string, ``S`` secret, ``f`` path of a file, ``F`` of a secret file,
  ``b`` boolean, ``i`` int, ``l`` long, ``u`` URI, ``U`` URL, ``a`` anything, ``#E`` enum,
  ``@C`` object, ``[T`` list, ``{T`` map, ``{(E)T`` map with constants as keys; ``!`` before a
  list: without null items.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    Node = dict[str, Any]
    """A place in :mod:`halsync.validate.schema.history`: next token → Node; :data:`SPAN` and
    :data:`DROPPED` → Span, :data:`VALUES` → {value: Span}."""
else:  # the names that others import
    Node = dict

NODE_KEYS: Final = frozenset({"children", "nameToRoot", "nodeName", "parent"})

_DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables")

SPAN: Final = ""
DROPPED: Final = "~"
VALUES: Final = "="

_STRINGS = frozenset({str})
_BOOLS = frozenset({bool})
_NONE: frozenset[type] = frozenset()
TEXTS: Final = frozenset("sSfF")
"""Kinds of :attr:`Spec.kind` that hold text."""

_PLAIN = {**dict.fromkeys(TEXTS, _STRINGS), "b": _BOOLS}


class Spec:
    """The type of a field, an item or a value."""

    __slots__ = ("bare", "item", "keys", "kind", "name", "plain")

    def __init__(
        self,
        kind: str,
        name: str = "",
        item: Spec | None = None,
        keys: str = "",
        bare: bool = False,
    ) -> None:
        self.kind = kind
        """The type's first character in the notation."""
        self.name = name
        """The enum or class."""
        self.item = item
        """Of a list or map."""
        self.keys = keys
        """The enum that the keys of a map are from."""
        self.bare = bare
        """A list that refuses null items."""
        self.plain = _PLAIN.get(kind, _NONE)
        """Python types that need no look at the value."""


class Class:
    """One class of the model."""

    __slots__ = ("crash", "fields", "ignored", "name", "node", "scalar", "select", "selected")

    def __init__(self, line: str) -> None:
        words = line.split(" ")
        self.name = words[0].rstrip("*")
        self.node = words[0].endswith("*")
        self.fields: dict[str, Spec] = {}
        self.ignored: set[str] = set()
        self.scalar = self.crash = self.select = ""
        self.selected: dict[str, str] = {}
        for word in words[1:]:
            mark = word[0]
            if mark == "-":
                self.ignored.add(word[1:])
            elif mark == "~":
                self.scalar = word[1:]
            elif mark == "^":
                self.crash = word[1:]
            elif mark == "?":
                self.select = word[1:]
            else:
                key, _, code = word.partition("=")
                if self.select:
                    self.selected[key] = code
                else:
                    self.fields[key] = _spec(code)
        if self.node:
            self.ignored |= NODE_KEYS


class Model:
    """The classes and enums of one kind of file."""

    def __init__(self, name: str) -> None:
        """``name``: ``halconfig``, ``service-settings``, ``bom``, ``versions``."""
        self.root = ""
        self.enums: dict[str, tuple[str, ...]] = {}
        self.any_case: set[str] = set()
        self._lines: dict[str, str] = {}
        self._classes: dict[str, Class] = {}
        for line in read_table(name).splitlines():
            head, _, rest = line.partition(" ")
            if head == "!root":
                self.root = rest
            elif head[0] == "#":
                enum = head[1:].rstrip("~")
                self.enums[enum] = tuple(rest.split(" "))
                if head[-1] == "~":
                    self.any_case.add(enum)
            elif head != "%":
                self._lines[head.rstrip("*")] = line

    def cls(self, name: str) -> Class:
        """A class by its name."""
        found = self._classes.get(name)
        if found is None:
            found = self._classes[name] = Class(self._lines[name])
        return found

    def names(self) -> list[str]:
        """All classes."""
        return list(self._lines)


_models: dict[str, Model] = {}


def model(name: str) -> Model:
    """The model ``name``, read once."""
    if name not in _models:
        _models[name] = Model(name)
    return _models[name]


def read_table(name: str) -> str:
    """The text of ``tables/<name>.txt``."""
    with open(os.path.join(_DIRECTORY, name + ".txt"), encoding="utf-8") as stream:
        return stream.read()


_specs: dict[str, Spec] = {}


def _spec(code: str) -> Spec:
    """The type that ``code`` stands for; most fields share one of a few."""
    found = _specs.get(code)
    if found is None:
        found = _specs[code] = _new_spec(code)
    return found


def _new_spec(code: str) -> Spec:
    bare = code[0] == "!"
    if bare:
        code = code[1:]
    kind, rest = code[0], code[1:]
    if kind in "#@":
        return Spec(kind, rest)
    if kind in "[{":
        keys = ""
        if rest[0] == "(":
            keys, _, rest = rest[1:].partition(")")
        return Spec(kind, item=_spec(rest), keys=keys, bare=bare)
    return Spec(kind)
