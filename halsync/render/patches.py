"""Patches: changes of values, and of words, that the settings declare."""

from __future__ import annotations

from halsync.formats.align import named
from halsync.formats.globs import matching, similar
from halsync.formats.merge import PatchError, json_patch, merge_patch, pointer_parts
from halsync.formats.path_text import index_of
from halsync.render import codes
from halsync.render.bench import Statement, holds_values
from halsync.render.merging import Misfit, merge
from halsync.render.places import REMOVED, place_of
from halsync.render.trail import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from halsync.render.bench import Bench, Draft
    from halsync.render.places import Place
    from halsync.settings.steps import Patch


def patch(bench: Bench, patches: Sequence[Patch]) -> None:
    """Apply the patches, one after another."""
    for number, given in enumerate(patches, 1):
        step = Step(f"patch {number} ({given.kind})", given.declared_at)
        found = matching(given.file, bench.files)
        if not found and not given.optional:
            near = similar(given.file, bench.files)
            bench.report(
                codes.NO_MATCH,
                f"there is no {given.file} to patch",
                f"did you mean {near}?" if near else "",
                declared_at=given.declared_at,
            )
        for path in found:
            _apply(bench, path, given, step)
    bench.flush_all()


def _apply(bench: Bench, path: str, given: Patch, step: Step) -> None:
    if given.kind == "replace":
        from halsync.render.words import replace

        replace(bench, path, given, step)
        return
    if not holds_values(path):
        bench.report(
            codes.MISFIT,
            f"{path} holds no values that a patch could change: it is neither YAML nor JSON",
            "change its text with replace:, or with a file step",
            declared_at=given.declared_at,
        )
        return
    draft = bench.draft(path)
    if draft is None:
        return
    try:
        value, set_ = _patched(draft.value, given)
    except Misfit as misfit:
        line, column = draft.locate(misfit.at)
        message = f"the patch does not fit {path}:{line}:{column}: {misfit.message}"
        bench.report(codes.MISFIT, message, misfit.hint, declared_at=_at(given))
        return
    except PatchError as error:
        line, column = _place(draft, error.pointer)
        message = f"the patch does not fit {path}:{line}:{column}: {error.message}"
        bench.report(codes.MISFIT, message, error.hint, declared_at=_at(given))
        return
    where, _, number = given.declared_at.rpartition(":")
    at = (where, int(number)) if where and number.isdigit() else (given.declared_at, 0)
    statements = [Statement(place, wanted, *at) for place, wanted in set_]
    bench.state(path, draft, value, step, statements, quarrels=not given.override)


def _at(given: Patch) -> str:
    return given.declared_at or f"the patch of {given.file}"


def _place(draft: Draft, pointer: str) -> tuple[int, int]:
    try:
        parts = pointer_parts(pointer)
    except ValueError:
        return draft.locate(())
    return draft.locate(_path(draft.value, parts))


def _path(value: Any, parts: Sequence[str]) -> tuple[str | int, ...]:
    """A JSON pointer's parts as a path, as far as it leads somewhere."""
    path: list[str | int] = []
    for part in parts:
        if isinstance(value, list):
            index = index_of(part)
            index = len(value) if index is None else index
            path.append(index)
            value = value[index] if index < len(value) else None
        else:
            path.append(part)
            value = value.get(part) if isinstance(value, dict) else None
    return tuple(path)


def _patched(value: Any, given: Patch) -> tuple[Any, list[tuple[Place, Any]]]:
    """The new value, and what was set."""
    if given.kind == "merge":
        merged = merge(value, given.value, adding=False, lenient=given.optional)
        return merged.value, [(touch.place, touch.value) for touch in merged.touches]
    if given.kind == "mergePatch":
        return merge_patch(value, given.value), list(_stated(given.value, ()))
    found: list[tuple[Place, Any]] = []
    for number, operation in enumerate(given.value):
        new = json_patch(value, [operation], first=number)
        found += _operated(value, new, operation)
        value = new
    return value, found


def _stated(patched: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(patched, dict) and patched:
        for key, item in patched.items():
            yield from _stated(item, (*place, key))
    else:
        yield place, REMOVED if patched is None and place else patched


def _operated(old: Any, new: Any, operation: Any) -> Iterator[tuple[Place, Any]]:
    """What one operation of RFC 6902 set."""
    name = operation["op"]
    if name == "test":
        return
    if name == "remove":
        yield _spot(old, new, pointer_parts(operation["path"]), there=False)
        return
    if name == "move" and operation["from"] != operation["path"]:
        # In between, since putting the value elsewhere may move the place where it was.
        taken = json_patch(old, [{"op": "remove", "path": operation["from"]}])
        yield _spot(old, taken, pointer_parts(operation["from"]), there=False)
    yield _spot(old, new, pointer_parts(operation["path"]), there=True)


def _spot(old: Any, new: Any, parts: Sequence[str], *, there: bool) -> tuple[Place, Any]:
    """The place that an operation names, with the value that is there afterwards. A list of
    things without names is one value: indexes would not mean the same to the next step."""
    if not parts:
        return (), new
    value = new if there else old
    parent = _path(value, parts[:-1])
    holder = _at_path(value, parent)
    if isinstance(holder, list):
        last = parts[-1]
        index = len(holder) - 1 if last == "-" else int(last)
        place = place_of(value, (*parent, index))
        if named(holder) is None or not 0 <= index < len(holder):
            return place[:-1], _at_path(new, _path(new, parts[:-1]))
        return place, holder[index] if there else REMOVED
    place = (*place_of(value, parent), parts[-1])
    return place, holder.get(parts[-1]) if there and isinstance(holder, dict) else REMOVED


def _at_path(value: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        value = value[part]
    return value
