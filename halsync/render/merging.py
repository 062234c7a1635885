"""Merging as overlays and ``merge`` patches do it: on plain values, with a list of what was set.

Mappings are merged by key, lists of named mappings by ``name``; scalars and other lists are
replaced. Three markers, which no file of Spinnaker's knows as keys:

* ``{$remove: true}`` as the value of a key removes the key; within a named item, the item.
* ``$replace: true`` in a mapping puts it (without the marker) in the place of what is there;
  ``{$replace: true}`` as the first item of a list does so for the list.
* ``$add: true`` in a named item of a *patch* allows that the list has no item of that name yet
  (overlays may always add).

The name ``"*"`` stands for every item of the list.
"""

from __future__ import annotations

import operator

from halsync.formats.align import NAME, named, same
from halsync.formats.path_text import shown
from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.render.places import REMOVED, Item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.render.places import Place

REMOVE, REPLACE, ADD = "$remove", "$replace", "$add"
EVERY = "*"
_MARKERS = (REMOVE, REPLACE, ADD)


class Touch(NamedTuple):
    """One place that was set, even if to what was there already."""

    place: Place
    value: Any
    """Plain value, or :data:`REMOVED`."""
    source: tuple[str | int, ...]
    """Where the value stands in the overlay's or patch's own value."""


class Misfit(Exception):
    """What is merged does not fit what it meets."""

    def __init__(
        self, at: tuple[str | int, ...], source: tuple[str | int, ...], message: str, hint: str
    ) -> None:
        super().__init__(message)
        self.at = at
        """The place in the value that is changed."""
        self.source = source
        self.message = message
        self.hint = hint


class Merged(NamedTuple):
    """A value after merging. What was not changed is the same object as before."""

    value: Any
    touches: list[Touch]


def merge(base: Any, over: Any, *, adding: bool, lenient: bool = False) -> Merged:
    """Lay ``over`` upon ``base``; neither is changed.

    Args:
        adding: items with new names are appended, as overlays do.
        lenient: what is to be removed may be missing, and ``"*"`` may meet no item.

    Raises:
        Misfit: see the module.
    """
    work = _Merge(adding, lenient)
    if _is_removal(over):
        raise Misfit((), (), "a whole document cannot be removed", "remove the file")
    value = work.put(base, over, (), (), ())
    return Merged(value, work.touches)


def is_marked(value: Any) -> bool:
    """Whether any marker stands anywhere in the value."""
    if isinstance(value, dict):
        return any(key in value for key in _MARKERS) or any(map(is_marked, value.values()))
    return isinstance(value, list) and any(map(is_marked, value))


def plain(value: Any, source: tuple[str | int, ...] = ()) -> Any:
    """A value that meets nothing: its markers have nothing to do, and go.

    Raises:
        Misfit: something is to be removed, or every item is meant, where there is none.
    """
    if isinstance(value, dict):
        if _is_removal(value):
            raise Misfit((), source, "there is nothing to be removed", "leave it out")
        return {
            key: plain(item, (*source, key)) for key, item in value.items() if key not in _MARKERS
        }
    if isinstance(value, list):
        if any(isinstance(item, dict) and item.get(NAME) == EVERY for item in value):
            raise Misfit(
                (), source, 'name: "*" stands for every item, and there is none', "name the item"
            )
        start = 1 if _replaces_list(value) else 0
        return [plain(item, (*source, at)) for at, item in enumerate(value[start:], start)]
    return value


class _Merge:
    def __init__(self, adding: bool, lenient: bool) -> None:
        self.touches: list[Touch] = []
        self._adding = adding
        self._lenient = lenient

    def put(
        self, base: Any, over: Any, at: tuple[str | int, ...], place: Place, source: tuple[Any, ...]
    ) -> Any:
        """``over`` laid upon ``base``, which stands ``at`` there."""
        if isinstance(over, dict):
            if over.get(REPLACE) is True:
                return self._set(plain(over, source), base, place, source)
            if base is None:
                base = {}
            if not isinstance(base, dict):
                raise _wrong_type(base, over, at, source)
            return self._mapping(base, over, at, place, source)
        if isinstance(over, list):
            if base is not None and not isinstance(base, list):
                raise _wrong_type(base, over, at, source)
            return self._list(base or [], over, at, place, source)
        if isinstance(base, dict | list) and base:
            raise _wrong_type(base, over, at, source)
        return self._set(over, base, place, source)

    def _set(self, value: Any, base: Any, place: Place, source: tuple[Any, ...]) -> Any:
        self.touches.append(Touch(place, value, source))
        return base if same(base, value) else value

    def _mapping(
        self,
        base: dict[str, Any],
        over: dict[str, Any],
        at: tuple[str | int, ...],
        place: Place,
        source: tuple[Any, ...],
    ) -> dict[str, Any]:
        result = dict(base)
        for key, item in over.items():
            if key in _MARKERS:
                continue
            here, there, spot = (*at, key), (*source, key), (*place, key)
            if _is_removal(item):
                if key in result:
                    del result[key]
                elif not self._lenient:
                    near = nearest(key, list(base))
                    hint = f"did you mean {near}?" if near else "leave it out"
                    raise Misfit(
                        at, there, f"{shown(here)} is to be removed and is not there", hint
                    )
                self.touches.append(Touch(spot, REMOVED, there))
            elif key not in base and self._lenient and _only_every(item):
                continue
            elif key in base:
                result[key] = self.put(base[key], item, here, spot, there)
            elif isinstance(item, dict) and item and not is_marked(item):
                # One touch for each value, so that another step may add its own beside them.
                result[key] = self.put({}, item, here, spot, there)
            else:
                result[key] = self._set(self._new(item, here, there), REMOVED, spot, there)
        if not over and not base:
            self.touches.append(Touch(place, {}, source))
        if result.keys() == base.keys() and all(result[key] is base[key] for key in base):
            return base
        return result

    def _new(self, item: Any, at: tuple[str | int, ...], source: tuple[Any, ...]) -> Any:
        """A value for a key that is not there yet."""
        if not self._adding and isinstance(item, list) and _wants_items(item):
            for number, entry in enumerate(item):
                if entry.get(ADD) is not True:
                    raise _no_item(entry[NAME], [], at, (*source, number))
        try:
            return plain(item, source)
        except Misfit as misfit:
            raise Misfit(at, misfit.source, misfit.message, misfit.hint) from None

    def _list(
        self,
        base: list[Any],
        over: list[Any],
        at: tuple[str | int, ...],
        place: Place,
        source: tuple[Any, ...],
    ) -> Any:
        if _replaces_list(over):
            return self._set(plain(over, source), base, place, source)
        if not _wants_items(over):
            _refuse_markers(over, at, source)
            return self._set(plain(over, source), base, place, source)
        places = named(base)
        if base and places is None and any(item[NAME] != EVERY for item in over):
            raise Misfit(
                at,
                source,
                f"the items of {shown(at)} do not all have a name of their own, so that these"
                " cannot be merged into them by name",
                f"name them, or write the whole list, beginning with {{{REPLACE}: true}}",
            )
        return self._items(base, over, places or {}, at, place, source)

    def _items(  # noqa: PLR0917
        self,
        base: list[Any],
        over: list[dict[str, Any]],
        places: Mapping[str, int],
        at: tuple[str | int, ...],
        place: Place,
        source: tuple[Any, ...],
    ) -> list[Any]:
        """Items laid upon those of the same names, which stand at ``places`` in ``base``."""
        result = list(base)
        gone: set[int] = set()
        seen: set[str] = set()
        for number, item in enumerate(over):
            there, label = (*source, number), item[NAME]
            if label in seen:
                raise Misfit(at, there, f"the name {label!r} stands twice here", "merge the two")
            seen.add(label)
            if label == EVERY:
                self._every(result, item, at, place, there)
                continue
            index = places.get(label)
            spot = (*place, Item(label))
            if index is None:
                if self._may_add(item, list(places), at, there):
                    result.append(self.put({}, item, (*at, len(result)), spot, there))
            elif _is_removal(item):
                gone.add(index)
                self.touches.append(Touch(spot, REMOVED, there))
            else:
                result[index] = self.put(result[index], item, (*at, index), spot, there)
        if gone:
            return [item for index, item in enumerate(result) if index not in gone]
        unchanged = len(result) == len(base) and all(map(operator.is_, result, base))
        return base if unchanged else result

    def _may_add(
        self, item: dict[str, Any], labels: list[str], at: tuple[str | int, ...], source: Any
    ) -> bool:
        removal = _is_removal(item)
        if not removal and (self._adding or item.get(ADD) is True):
            return True
        if not self._lenient:
            raise _no_item(item[NAME], labels, at, source)
        return False

    def _every(
        self,
        result: list[Any],
        item: dict[str, Any],
        at: tuple[str | int, ...],
        place: Place,
        source: tuple[Any, ...],
    ) -> None:
        rest = {key: value for key, value in item.items() if key != NAME}
        if not result and not self._lenient:
            raise _no_item(EVERY, [], at, source)
        if _is_removal(item):
            raise Misfit(at, source, "all items are to be removed", f"write [{{{REPLACE}: true}}]")
        names = named(result) is not None
        for index, before in enumerate(result):
            spot = (*place, Item(before[NAME]) if names else index)
            result[index] = self.put(before, rest, (*at, index), spot, source)


def _is_removal(value: Any) -> bool:
    return isinstance(value, dict) and value.get(REMOVE) is True


def _replaces_list(items: list[Any]) -> bool:
    return bool(items) and isinstance(items[0], dict) and items[0] == {REPLACE: True}


def _wants_items(items: list[Any]) -> bool:
    return bool(items) and all(
        isinstance(item, dict) and isinstance(item.get(NAME), str) for item in items
    )


def _refuse_markers(items: list[Any], at: tuple[str | int, ...], source: tuple[Any, ...]) -> None:
    for number, item in enumerate(items):
        if is_marked(item):
            raise Misfit(
                at,
                (*source, number),
                "items can only be removed from, or replaced in, a list in which every item has a"
                " name",
                f"write the whole list, beginning with {{{REPLACE}: true}}",
            )


def _only_every(value: Any) -> bool:
    return (
        isinstance(value, list)
        and _wants_items(value)
        and all(item[NAME] == EVERY for item in value)
    )


def _no_item(
    label: str, labels: list[str], at: tuple[str | int, ...], source: tuple[Any, ...]
) -> Misfit:
    if label == EVERY:
        message = f"{shown(at)} has no items that {NAME}: {EVERY!r} could stand for"
        return Misfit(at, source, message, "correct the path, or mark the patch optional: true")
    near = nearest(label, labels)
    hint = (
        f"did you mean {near}?"
        if near
        else f"there are {', '.join(labels[:5]) or 'none'}; to add it, say {ADD}: true in it"
    )
    return Misfit(at, source, f"{shown(at)} has no item with the name {label!r}", hint)


def _wrong_type(base: Any, over: Any, at: tuple[str | int, ...], source: tuple[Any, ...]) -> Misfit:
    hint = "correct the path"
    if isinstance(over, dict):
        hint += f", or say {REPLACE}: true in the mapping"
    elif over is None:
        hint = f"to remove what is there, write {{{REMOVE}: true}}"
    return Misfit(at, source, f"{shown(at)} is {_kind(base)}, and {_kind(over)} is given", hint)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else "a single value"
