"""The changes between two plain values."""

from __future__ import annotations

from halsync.formats.align import align, same
from halsync.formats.edit.changes import Change, Delete, Insert, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Path


def diff_to_changes(old: Any, new: Any, *, lists_by: str = "name") -> list[Change]:
    """The changes that, applied one after another, turn ``old`` into ``new``.

    Args:
        lists_by: lists of mappings that all have this key are matched by it; empty: by place.
    """
    changes: list[Change] = []
    _collect(old, new, (), lists_by, changes)
    return changes


def _collect(old: Any, new: Any, path: Path, lists_by: str, changes: list[Change]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        changes += [Delete((*path, key)) for key in old if key not in new]
        for key, value in new.items():
            if key in old:
                _collect(old[key], value, (*path, key), lists_by, changes)
            else:
                changes.append(Set((*path, key), value))
    elif isinstance(old, list) and isinstance(new, list):
        origins = align(old, new, lists_by)
        kept = [index for index in origins if index is not None]
        gone = set(range(len(old))).difference(kept)
        changes += [Delete((*path, index)) for index in sorted(gone, reverse=True)]
        for rank, (index, place) in enumerate(
            (index, place) for place, index in enumerate(origins) if index is not None
        ):
            _collect(old[index], new[place], (*path, rank), lists_by, changes)
        changes += [
            Insert(path, place, new[place]) for place, index in enumerate(origins) if index is None
        ]
    elif not same(old, new):
        changes.append(Set(path, new))
