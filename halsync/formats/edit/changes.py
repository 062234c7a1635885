"""Changes to a plain value, one after another, without touching the value they start from."""

from __future__ import annotations

from halsync.formats.path_text import shown
from halsync.paths import nearest
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.formats.document import Path

DEPTH = 60
"""Deeper values are refused before they are looked at; Halyard takes 50 levels."""


class Set(NamedTuple):
    """Give the place this value; a key that the mapping does not have is added."""

    path: Path
    value: Any
    create: bool = False
    """Mappings missing on the way are made."""


class Delete(NamedTuple):
    """Remove a key or a list item."""

    path: Path


class Append(NamedTuple):
    """Add an item at the end of a list."""

    path: Path
    value: Any
    create: bool = False
    """The list, and mappings on the way, are made if missing."""


class Insert(NamedTuple):
    """Add an item to a list, before the one that is now at ``position``."""

    path: Path
    position: int
    value: Any
    create: bool = False


Change = Set | Delete | Append | Insert


class Misfit(Exception):
    """A change that cannot be made to this value."""

    def __init__(self, path: Path, message: str, hint: str) -> None:
        super().__init__(message)
        self.path = path
        """The deepest place that exists."""
        self.message = message
        self.hint = hint


def copied(value: Any, depth: int = DEPTH) -> Any:
    """A deep copy made of plain dict, list, str, int, float, bool and None only.

    Raises:
        TypeError: something else is in it.
        ValueError: nested deeper than ``depth``, or in itself.
    """
    if isinstance(value, dict | list) and not depth:
        raise ValueError(f"the value is nested more than {DEPTH} levels deep")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key must be text, and this is {type(key).__name__}")
        return {str(key): copied(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item, depth - 1) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} is no value for YAML")


class Draft:
    """A value being changed. What no change touches stays the very same object."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.origins: dict[int, list[int | None]] = {}
        """Of every list that was changed, by identity: the former index of each item."""
        self._own: dict[int, Any] = {}

    def apply(self, change: Change) -> None:
        """Make one change.

        Raises:
            Misfit: it does not fit what is there.
        """
        try:
            value = None if isinstance(change, Delete) else copied(change.value)
        except (TypeError, ValueError) as error:
            raise Misfit(
                (), str(error), "use mappings, lists, text, numbers, true, false"
            ) from None
        self._adopt(value)
        if isinstance(change, Set):
            self._set(change.path, value, change.create)
        elif isinstance(change, Delete):
            self._delete(change.path)
        else:
            self._insert(change, value)

    def _set(self, path: Path, value: Any, create: bool) -> None:
        if not path:
            self.value = value
            return
        parent = self._walk(path[:-1], create)
        if isinstance(parent, dict):
            parent[_key(path, parent)] = value
        else:
            parent[_index(path, parent)] = value

    def _delete(self, path: Path) -> None:
        if not path:
            raise Misfit((), "the document as a whole cannot be deleted", "remove the file")
        parent = self._walk(path[:-1], False)
        if isinstance(parent, dict):
            key = _key(path, parent)
            if key not in parent:
                raise _missing(path, len(path) - 1, parent)
            del parent[key]
            return
        index = _index(path, parent)
        del parent[index]
        if id(parent) in self.origins:
            self.origins[id(parent)].pop(index)

    def _insert(self, change: Append | Insert, value: Any) -> None:
        path = change.path
        target = self._walk(path, change.create, want_list=True)
        if not isinstance(target, list):
            raise _not_a(path, "list", target)
        index = len(target) if isinstance(change, Append) else change.position
        if not 0 <= index <= len(target):
            raise Misfit(
                path,
                f"{shown(path)} has {len(target)} items, so nothing can go before [{index}]",
                f"use an index from 0 to {len(target)}",
            )
        target.insert(index, value)
        if id(target) in self.origins:
            self.origins[id(target)].insert(index, None)

    def _adopt(self, value: Any) -> None:
        """Take over a new value: it continues nothing that was there before."""
        if isinstance(value, dict | list):
            self._own[id(value)] = value
            for part in value.values() if isinstance(value, dict) else value:
                self._adopt(part)

    def _owned(self, value: Any) -> Any:
        """A container that only this draft holds."""
        if id(value) in self._own:
            return value
        copy = value.copy()
        self._own[id(copy)] = copy
        if isinstance(copy, list):
            self.origins[id(copy)] = list(range(len(copy)))
        return copy

    def _walk(self, path: Path, create: bool, *, want_list: bool = False) -> Any:
        """The container at ``path``, made this draft's own, as are all on the way.

        Null becomes an empty mapping, or a list where one is wanted.
        """
        holder: Any = [self.value]
        slot: Any = 0
        for depth in range(len(path) + 1):
            value = holder[slot]
            ends = depth == len(path)
            if value is None:
                value = [] if ends and want_list else {}
            if not isinstance(value, dict | list):
                wanted = "list" if ends and want_list else "mapping or list"
                raise _not_a(path[:depth], wanted, value)
            value = self._owned(value)
            holder[slot] = value
            if depth == 0:
                self.value = value
            if ends:
                return value
            holder = value
            if isinstance(value, list):
                slot = _index(path[: depth + 1], value)
                continue
            slot = _key(path[: depth + 1], value)
            if slot not in value:
                if not create:
                    raise _missing(path, depth, value)
                value[slot] = None
        return None


def _key(path: Path, parent: Mapping[str, Any]) -> str:
    part = path[-1]
    if isinstance(part, str):
        return part
    raise Misfit(
        path[:-1],
        f"{shown(path[:-1])} is a mapping, and [{part}] is the place of a list item",
        f"name a key of it: {_some(parent)}" if parent else "name a key",
    )


def _index(path: Path, parent: list[Any]) -> int:
    part, where = path[-1], path[:-1]
    if not isinstance(part, int) or isinstance(part, bool):
        raise Misfit(
            where,
            f"{shown(where)} is a list, and has no key {part!r}",
            "name an item by its index, from 0",
        )
    if not 0 <= part < len(parent):
        count = "no items" if not parent else f"{len(parent)} items, [0] to [{len(parent) - 1}]"
        raise Misfit(where, f"there is no [{part}]: {shown(where)} has {count}", "append an item")
    return part


def _missing(path: Path, depth: int, parent: Mapping[str, Any]) -> Misfit:
    part = str(path[depth])
    near = nearest(part, list(parent))
    hint = f"did you mean {near}?" if near else f"it has {_some(parent)}"
    if not parent:
        hint = "it is empty"
    return Misfit(path[:depth], f"there is no {part!r} in {shown(path[:depth])}", hint)


def _some(parent: Mapping[str, Any]) -> str:
    names = list(parent)
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _not_a(path: Path, wanted: str, value: object) -> Misfit:
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}
    kind = kinds.get(type(value), "a number")
    return Misfit(path, f"{shown(path)} is {kind}, not a {wanted}", "replace it as a whole first")
