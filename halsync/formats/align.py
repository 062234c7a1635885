"""Comparing plain values: exact equality, and which list items correspond."""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Path

NAME = "name"
"""The key by which items of lists are told apart."""

_LARGE = 4_000_000
"""Items of one list times those of the other, above which no common parts are searched for."""


def same(one: Any, other: Any) -> bool:  # noqa: PLR0911 - one return for each kind
    """Equal in type as well as in value: ``1``, ``1.0`` and ``True`` differ, ``.nan`` is itself.

    The order of keys does not matter.
    """
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is dict:
        if len(one) != len(other):
            return False
        return all(key in other and same(value, other[key]) for key, value in one.items())
    if kind is list:
        return len(one) == len(other) and all(map(same, one, other))
    if kind is float:
        return repr(one) == repr(other)
    return bool(one == other)


def first_difference(one: Any, other: Any, path: Path = ()) -> Path | None:
    """The path of the first place where two values are not :func:`same`; None if there is none."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if key not in one or key not in other:
                return (*path, key)
            found = first_difference(one[key], other[key], (*path, key))
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            found = first_difference(left, right, (*path, index))
            if found is not None:
                return found
        return None if len(one) == len(other) else (*path, min(len(one), len(other)))
    return None if same(one, other) else path


def named(items: Any) -> dict[str, int] | None:
    """Name → index, if every item of a list that has any is a mapping with a name of its own."""
    if not isinstance(items, list) or not items:
        return None
    found: dict[str, int] = {}
    for index, item in enumerate(items):
        label = item.get(NAME) if isinstance(item, dict) else None
        if not isinstance(label, str) or label in found:
            return None
        found[label] = index
    return found


def align(old: list[Any], new: list[Any]) -> list[int | None]:
    """For each item of ``new`` the index of the item of ``old`` that it continues, ascending.

    Named mappings correspond by name; other items by equality, and between those by place.
    """
    olds, news = named(old), named(new)
    if olds and news:
        return _ascending([olds.get(label) for label in news])
    head = 0
    while head < min(len(old), len(new)) and same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    middle = _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    return [
        *range(head),
        *(None if index is None else index + head for index in middle),
        *range(len(old) - tail, len(old)),
    ]


def _middle(old: list[Any], new: list[Any]) -> list[int | None]:
    found: list[int | None] = [None] * len(new)
    if len(old) * len(new) > _LARGE:
        for index in range(min(len(old), len(new))):
            found[index] = index
        return found
    from difflib import SequenceMatcher

    texts = [[repr((type(item).__name__, item)) for item in items] for items in (old, new)]
    matcher = SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind in ("equal", "replace"):
            for offset in range(min(end - start, new_end - new_start)):
                found[new_start + offset] = start + offset
    return found


def _ascending(indexes: list[int | None]) -> list[int | None]:
    """Keep the longest ascending run; what stands across it is removed and added anew."""
    tops: list[int] = []
    places: list[int] = []
    before: list[int] = [-1] * len(indexes)
    for place, index in enumerate(indexes):
        if index is None:
            continue
        length = bisect_left(tops, index)
        tops[length:] = [index, *tops[length + 1 :]] if length < len(tops) else [index]
        places[length:] = [place, *places[length + 1 :]] if length < len(places) else [place]
        before[place] = places[length - 1] if length else -1
    kept: list[int | None] = [None] * len(indexes)
    place = places[-1] if places else -1
    while place >= 0:
        kept[place] = indexes[place]
        place = before[place]
    return kept
