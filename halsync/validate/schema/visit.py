"""What the parts of a file are, for whoever judges their meaning: objects with their classes,
scalars with the types of their fields.

Only what fits its type is visited; what does not is :func:`check_schema`'s to report.
"""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.validate.schema.tables import Model, Spec, model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any

Path = tuple[str | int, ...]


class Object(NamedTuple):
    """One mapping and the class that it is of."""

    path: Path
    cls: str
    """The name of Halyard's class: ``KubernetesAccount``."""
    value: dict[str, Any]


class Scalar(NamedTuple):
    """One scalar: the value of a field, or an item of its list or map."""

    path: Path
    cls: str
    """The class that has the field."""
    field: str
    kind: str
    """Its type: ``S`` a secret, ``f`` the path of a file, ``F`` of a secret file; the others are
    in :mod:`halsync.validate.schema.tables`."""
    value: str | int | float


def visit(kind: str, value: Any) -> Iterator[Object | Scalar]:
    """Every object and scalar of a file, in the order of the file, an object before its parts.

    ``kind`` is that of a table: ``halconfig``, ``service-settings``, ``bom``, ``versions``;
    ``value`` is the document's.
    """
    facts = model(kind)
    yield from _value(facts, Spec("@", facts.root), value, (), ("", ""))


def _value(
    facts: Model, spec: Spec, value: Any, path: Path, owner: tuple[str, str]
) -> Iterator[Object | Scalar]:
    """``owner``: the class and the field that the value belongs to."""
    kind, item = spec.kind, spec.item
    if kind == "@":
        if isinstance(value, dict):
            yield from _object(facts, spec.name, value, path)
    elif kind == "[" and item is not None and isinstance(value, list):
        for index, part in enumerate(value):
            yield from _value(facts, item, part, (*path, index), owner)
    elif kind == "{" and item is not None and isinstance(value, dict):
        for key, part in value.items():
            yield from _value(facts, item, part, (*path, key), owner)
    elif kind not in "[{a" and isinstance(value, str | int | float):
        yield Scalar(path, *owner, kind, value)


def _object(
    facts: Model, name: str, value: dict[str, Any], path: Path
) -> Iterator[Object | Scalar]:
    cls = facts.cls(name)
    if cls.select:
        chosen = value.get(cls.select)
        if not isinstance(chosen, str) or chosen not in cls.selected:
            return
        cls = facts.cls(cls.selected[chosen])
    yield Object(path, cls.name, value)
    for field, item in value.items():
        spec = cls.fields.get(field)
        if spec is not None:
            yield from _value(facts, spec, item, (*path, field), (cls.name, field))


def scalars(
    kind: str, value: Any, kinds: str, fields: Collection[tuple[str, str]] = ()
) -> list[Scalar]:
    """The scalars of certain types in the order of the file, as :func:`visit` gives them.

    ``kinds`` are the letters of the types, ``fields`` further (class, field).
    """
    search = _Search(model(kind), kinds, frozenset(fields))
    search.object(search.facts.root, value, ())
    return search.found


class _Search:
    """Looks for scalars; which fields of a class are worth a look is worked out once."""

    def __init__(self, facts: Model, kinds: str, fields: frozenset[tuple[str, str]]) -> None:
        self.facts = facts
        self.found: list[Scalar] = []
        self._kinds = kinds
        self._fields = fields
        self._wanted: dict[str, dict[str, Spec]] = {}

    def object(self, name: str, value: Any, path: Path) -> None:
        """Go through one mapping of the class ``name``."""
        if not isinstance(value, dict):
            return
        cls = self.facts.cls(name)
        if cls.select:
            chosen = value.get(cls.select)
            if not isinstance(chosen, str) or chosen not in cls.selected:
                return
            name = cls.selected[chosen]
        wanted = self._of(name)
        for field, item in value.items():
            spec = wanted.get(field)
            if spec is not None:
                self._value(spec, item, (*path, field), name, field)

    def _value(self, spec: Spec, value: Any, path: Path, cls: str, field: str) -> None:
        kind, item = spec.kind, spec.item
        if kind == "@":
            self.object(spec.name, value, path)
        elif kind == "[" and item is not None and isinstance(value, list):
            for index, part in enumerate(value):
                self._value(item, part, (*path, index), cls, field)
        elif kind == "{" and item is not None and isinstance(value, dict):
            for key, part in value.items():
                self._value(item, part, (*path, key), cls, field)
        elif kind not in "[{a" and isinstance(value, str | int | float):
            self.found.append(Scalar(path, cls, field, kind, value))

    def _of(self, name: str) -> dict[str, Spec]:
        """The fields of a class that are what is looked for, or hold objects, which may."""
        wanted = self._wanted.get(name)
        if wanted is None:
            kinds, fields = self._kinds, self._fields
            wanted = self._wanted[name] = {}
            for field, spec in self.facts.cls(name).fields.items():
                inner = spec
                while inner.item is not None:
                    inner = inner.item
                if inner.kind == "@" or inner.kind in kinds or (name, field) in fields:
                    wanted[field] = spec
        return wanted
