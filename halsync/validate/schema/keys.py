"""Keys that are no text in YAML: null, booleans, numbers, collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.validate.schema import words

if TYPE_CHECKING:
    from halsync.formats.document import Document
    from halsync.formats.text import Mark
    from halsync.validate.schema.findings import Findings


def check_keys(document: Document, found: Findings, *, lenient: bool) -> None:
    """Report null keys, wherever they stand: Jackson refuses them before it looks at names.

    Without a value one is dropped first, unless ``lenient`` (nulls are kept there).
    """
    nulls = {mark for mark, kind in document.odd_keys_marks() if kind == "null"}
    if nulls:
        _search(document, document.value, [], nulls, found, lenient=lenient, seen=set())


def _search(
    document: Document,
    value: Any,
    path: list[str | int],
    nulls: set[Mark],
    found: Findings,
    *,
    lenient: bool,
    seen: set[int],
) -> None:
    if not isinstance(value, dict | list) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict) and "null" in value:
        mark = document.locate_key([*path, "null"])
        if mark in nulls and (lenient or value["null"] is not None):
            message, hint = words.null_key(has_value=value["null"] is not None)
            found.add("HAL0412", message, hint, mark=mark, path=[*path, "null"])
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            path.append(key)
            _search(document, item, path, nulls, found, lenient=lenient, seen=seen)
            path.pop()
