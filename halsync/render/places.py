"""Places in plain values, told by name where indexes would not last."""

from __future__ import annotations

from halsync.formats.align import NAME, named
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Item(NamedTuple):
    """Part of a path: the item of a list that bears this name."""

    name: str


Place = tuple["str | int | Item", ...]
"""A path that stays the same where items are put in before it."""


class Removed:
    """The value of a place that is no longer there."""

    def __repr__(self) -> str:
        return "removed"


REMOVED = Removed()


def place_of(value: Any, path: tuple[str | int, ...]) -> Place:
    """A path into ``value`` with names for the indexes where items have them."""
    place: list[str | int | Item] = []
    for part in path:
        inner: Any = None
        if isinstance(value, list):
            known = isinstance(part, int) and 0 <= part < len(value)
            inner = value[part] if known and isinstance(part, int) else None
            place.append(Item(inner[NAME]) if known and named(value) is not None else part)
        else:
            inner = value.get(part) if isinstance(value, dict) else None
            place.append(part)
        value = inner
    return tuple(place)


def path_of(value: Any, place: Place) -> tuple[str | int, ...] | None:
    """The other way round: where the place is in ``value``; None if it is not there."""
    path: list[str | int] = []
    for part in place:
        key: str | int | None
        if isinstance(part, Item):
            key = (named(value) or {}).get(part.name)
        elif isinstance(value, dict):
            key = part if part in value else None
        else:
            fits = isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)
            key = part if fits else None
        if key is None:
            return None
        path.append(key)
        value = value[key]
    return tuple(path)


def written(place: Place) -> str:
    """``deploymentConfigurations[default].security``."""
    text = ""
    for part in place:
        if isinstance(part, Item):
            text += f"[{part.name}]"
        elif isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part and part.replace("-", "").replace("_", "").isalnum()
            text += (f".{part}" if text else part) if bare else f"[{part!r}]"
    return text or "the whole"
