"""Keys that are no text in YAML: null, booleans, numbers, collections."""

from __future__ import annotations

from halsync.validate.schema import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Document
    from halsync.validate.schema.findings import Findings

_BOOLEANS = frozenset({"true", "false"})
_NUMERIC = frozenset("+-.0123456789NI")
"""First characters of numbers as Java writes them, NaN and Infinity included."""


def check_keys(document: Document, found: Findings, *, lenient: bool) -> None:
    """Report null keys, wherever they stand: Jackson refuses them before it looks at names.

    Without a value one is dropped first, unless ``lenient`` (nulls are kept there). And report
    keys whose text changes because YAML takes them for a number or a boolean.
    """
    odd = dict(document.odd_keys_marks())
    reported = {(problem.line, problem.column) for problem in found.problems}
    seen: set[int] = set()

    def search(value: Any, path: list[str | int]) -> None:
        if not isinstance(value, dict | list) or id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, dict):
            for key in value:
                if key == "null" or key in _BOOLEANS or key[:1] in _NUMERIC:
                    check(value, [*path, key])
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, dict | list):
                path.append(key)
                search(item, path)
                path.pop()

    def check(value: dict[str, Any], path: list[str | int]) -> None:
        mark, key = document.locate_key(path), str(path[-1])
        kind = odd.get(mark, "")
        if kind == "null" and (lenient or value[key] is not None):
            message, hint = words.null_key(has_value=value[key] is not None)
            found.add("HAL0412", message, hint, mark=mark, path=path)
        elif kind in ("bool", "int", "float") and mark not in reported:
            written = document.text_at(path, key=True).partition(": ")[0].rstrip(": \t")
            changed = words.changed_key(key, written, kind)
            if changed:
                found.add(*changed, mark=mark, path=path)

    search(document.value, [])
