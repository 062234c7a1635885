"""Comparing parsed documents value by value."""

from __future__ import annotations

from halsync import redact
from halsync.compare import mask
from halsync.compare.records import ValueChange
from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_SIMPLE = Pattern(r"[A-Za-z0-9_$-]+\Z")


def changes(old: Any, new: Any, path: str = "", secret: bool = False) -> Iterator[ValueChange]:
    """Every value that differs, in the order of the old document, new keys last.

    Mappings are compared by key; lists whose items all have distinct names by name, other lists
    by index. A subtree that is new or gone is one change.
    """
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mappings(old, new, path, secret)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path, secret)
    elif type(old) is not type(new) or (old != new and repr(old) != repr(new)):
        before, after = mask.pair(old, new, secret)
        yield ValueChange("changed", path or "(the whole)", before, after)


def _mappings(
    old: dict[str, Any], new: dict[str, Any], path: str, secret: bool
) -> Iterator[ValueChange]:
    for key, value in old.items():
        hidden = secret or mask.is_secret(key, old)
        if key in new:
            hidden = hidden or mask.is_secret(key, new)
            yield from changes(value, new[key], join(path, key), hidden)
        else:
            yield ValueChange("removed", join(path, key), old=mask.value(value, hidden))
    for key, value in new.items():
        if key not in old:
            hidden = secret or mask.is_secret(key, new)
            yield ValueChange("added", join(path, key), new=mask.value(value, hidden))


def _lists(old: list[Any], new: list[Any], path: str, secret: bool) -> Iterator[ValueChange]:
    named_old, named_new = _by_name(old), _by_name(new)
    if named_old is None or named_new is None:
        for index in range(max(len(old), len(new))):
            place = f"{path}[{index}]"
            if index >= len(new):
                yield ValueChange("removed", place, old=mask.value(old[index], secret))
            elif index >= len(old):
                yield ValueChange("added", place, new=mask.value(new[index], secret))
            else:
                yield from changes(old[index], new[index], place, secret)
        return
    for name, value in named_old.items():
        place = f"{path}[{shown_key(name)}]"
        if name in named_new:
            yield from changes(value, named_new[name], place, secret)
        else:
            yield ValueChange("removed", place, old=mask.value(value, secret))
    for name, value in named_new.items():
        if name not in named_old:
            place = f"{path}[{shown_key(name)}]"
            yield ValueChange("added", place, new=mask.value(value, secret))
    common_old = [name for name in named_old if name in named_new]
    common_new = [name for name in named_new if name in named_old]
    if common_old != common_new:
        before, after = mask.value(common_old, secret), mask.value(common_new, secret)
        yield ValueChange("order", path or "(the whole)", before, after)


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """The items by their names; None if they are not all mappings with distinct names."""
    if not items:
        return {}
    named: dict[str, Any] = {}
    for item in items:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or name in named:
            return None
        named[name] = item
    return named


def join(path: str, key: str) -> str:
    """The path of a key: ``a.b``, and ``a["b.c"]`` where dots or blanks would mislead."""
    shown = shown_key(key)
    if shown != key or not _SIMPLE.match(key):
        return f'{path}["{shown}"]'
    return f"{path}.{shown}" if path else shown


def shown_key(key: str) -> str:
    """A key or name fit to be shown."""
    return mask.printable(redact.redact(key)).replace('"', '\\"')
