"""Patches as pure functions on plain values: RFC 7386 and RFC 6902.

None of them changes what it is given. To carry a result into a text, hand it to
:func:`halsync.formats.edit.rewrite`.
"""

from __future__ import annotations

from halsync.formats.align import same
from halsync.paths import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

_OPERATIONS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}


class PatchError(Exception):
    """A patch that does not fit."""

    def __init__(self, message: str, hint: str, *, operation: int = -1, pointer: str = "") -> None:
        super().__init__(message)
        self.message = message
        """Names the operation, counted from 0, and the pointer where there are any."""
        self.hint = hint
        self.operation = operation
        """Index of the failing operation of an RFC 6902 patch, -1 elsewhere."""
        self.pointer = pointer
        """JSON pointer of the place."""


def merge_patch(value: Any, patch: Any) -> Any:
    """RFC 7386: mappings are merged, null removes a key, everything else replaces."""
    if not isinstance(patch, dict):
        return _copied(patch)
    result = dict(value) if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), item)
    return result


def json_patch(value: Any, operations: Sequence[Mapping[str, Any]], *, first: int = 0) -> Any:
    """RFC 6902: apply the operations one after another, all or none.

    ``first`` is the number by which errors name the first of them.

    Raises:
        PatchError: an operation is malformed, names a place that does not exist, or is a
            ``test`` that fails.
    """
    box = [_copied(value)]
    for number, operation in enumerate(operations, first):
        _Step(number, operation).apply(box)
    return box[0]


def escaped(part: str) -> str:
    """One part of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def pointer_parts(pointer: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901).

    Raises:
        ValueError: it does not begin with ``/``, or ``~`` stands before something else than
            ``0`` or ``1``.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError("a pointer is empty or begins with '/'")
    parts = pointer[1:].split("/")
    for part in parts:
        if part.replace("~0", "").replace("~1", "").count("~"):
            raise ValueError("'~' is written ~0, and '/' inside a key ~1")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


class _Step:
    """One operation being applied."""

    def __init__(self, number: int, operation: Mapping[str, Any]) -> None:
        self.number = number
        self.pointer = ""
        self.name = ""
        if not isinstance(operation, dict):
            self._fail("is no mapping", "write {op: …, path: …}")
        name = operation.get("op")
        if not isinstance(name, str) or name not in _OPERATIONS:
            known = ", ".join(_OPERATIONS)
            near = nearest(name, list(_OPERATIONS)) if isinstance(name, str) else ""
            hint = f"did you mean {near}?" if near else f"use one of {known}"
            self._fail(f"has no known op: {name!r}", hint)
        self.name = name
        for field in _OPERATIONS[name]:
            if field not in operation:
                self._fail(f"lacks {field!r}", f"{name} needs {' and '.join(_OPERATIONS[name])}")
            if field != "value" and not isinstance(operation[field], str):
                self._fail(f"has a {field!r} that is no text", "write a JSON pointer, /a/b/0")
        self.operation = operation
        self.pointer = operation["path"]

    def apply(self, box: list[Any]) -> None:
        """Do it to ``box[0]``."""
        path = self._parts(self.pointer)
        if self.name == "add":
            self._add(box, path, _copied(self.operation["value"]))
        elif self.name == "remove":
            self._remove(box, path)
        elif self.name == "replace":
            holder, key = self._find(box, path)
            holder[key] = _copied(self.operation["value"])
        elif self.name == "test":
            holder, key = self._find(box, path)
            if not _equal(holder[key], self.operation["value"]):
                self._fail("finds another value there", "correct the value, or the patch")
        else:
            self._from(box, path)

    def _from(self, box: list[Any], path: list[str]) -> None:
        target, self.pointer = self.pointer, self.operation["from"]
        source = self._parts(self.pointer)
        holder, key = self._find(box, source)
        value = _copied(holder[key])
        if self.name == "move":
            if path[: len(source)] == source:
                if len(path) == len(source):
                    return
                self._fail("would move a value into itself", "move it elsewhere, or copy it")
            self._remove(box, source)
        self.pointer = target
        self._add(box, path, value)

    def _add(self, box: list[Any], path: list[str], value: Any) -> None:
        if not path:
            box[0] = value
            return
        holder, key = self._find(box, path[:-1])
        parent, last = holder[key], path[-1]
        if isinstance(parent, dict):
            parent[last] = value
        elif isinstance(parent, list):
            index = len(parent) if last == "-" else self._index(last)
            if index > len(parent):
                self._fail(
                    f"counts beyond the list, which has {len(parent)} items", "use - to append"
                )
            parent.insert(index, value)
        else:
            self._fail(
                "leads into a value that is neither mapping nor list", "add its parent first"
            )

    def _remove(self, box: list[Any], path: list[str]) -> None:
        if not path:
            self._fail("would remove the whole document", "remove the file instead")
        holder, key = self._find(box, path)
        del holder[key]

    def _find(self, box: list[Any], path: list[str]) -> tuple[Any, Any]:
        """The container and the key or index at which an existing value stands."""
        holder: Any = box
        key: Any = 0
        for depth, part in enumerate(path):
            value = holder[key]
            where = "/" + "/".join(map(escaped, path[:depth])) if depth else "the document"
            if isinstance(value, dict):
                if part not in value:
                    near = nearest(part, list(value))
                    some = ", ".join(list(value)[:5]) or "no keys"
                    hint = f"did you mean {escaped(near)}?" if near else f"{where} has {some}"
                    self._fail(f"names nothing: there is no {part!r} in {where}", hint)
                holder, key = value, part
            elif isinstance(value, list):
                index = self._index(part)
                if index >= len(value):
                    message = f"names nothing: {where} has {len(value)} items, counted from 0"
                    self._fail(message, "correct the index")
                holder, key = value, index
            else:
                self._fail(
                    f"names nothing: {where} is neither mapping nor list", "correct the path"
                )
        return holder, key

    def _index(self, part: str) -> int:
        if not (part.isascii() and part.isdigit()) or (part != "0" and part.startswith("0")):
            self._fail(
                f"has {part!r} where a list index belongs", "count from 0, without zeros before"
            )
        if len(part) > 9:
            self._fail("has an index that no list reaches", "correct the index")
        return int(part)

    def _parts(self, pointer: str) -> list[str]:
        try:
            return pointer_parts(pointer)
        except ValueError as error:
            self._fail(f"is no JSON pointer: {error}", "write /key/0/other")

    def _fail(self, message: str, hint: str) -> NoReturn:
        name = f" ({self.name} {self.pointer or 'of the document'})" if self.name else ""
        raise PatchError(
            f"operation {self.number}{name} {message}",
            hint,
            operation=self.number,
            pointer=self.pointer,
        )


def _equal(one: Any, other: Any) -> bool:
    """Equality of RFC 6902: numbers by value, whether written 1 or 1.0."""
    numbers = (int, float)
    if type(one) in numbers and type(other) in numbers:
        return bool(one == other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return same(one, other)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
