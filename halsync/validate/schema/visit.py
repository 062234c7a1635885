"""What the parts of a file are, for whoever judges their meaning: objects with their classes,
scalars with the types of their fields.

Only what fits its type is visited; what does not is :func:`check_schema`'s to report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple
from halsync.validate.schema.tables import Model, Spec, model

if TYPE_CHECKING:
    from collections.abc import Iterator

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
