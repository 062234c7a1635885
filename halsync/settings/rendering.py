"""The steps below ``render`` in ``halsync.yaml``, read and written.

:func:`read_steps` turns what stands there into records; :func:`render_section` turns a plan
into what would stand there. Reading what was written gives an equal plan.
"""

from __future__ import annotations

from halsync.paths import nearest, normalise
from halsync.records import NamedTuple
from halsync.settings.steps import FileStep, Overlay, Patch, RenderPlan, Variant
from halsync.settings.values import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from halsync.settings.model import PlaceholderSettings

    Path = tuple[str | int, ...]
    Step = Variant | Overlay | FileStep | Patch

ACTIONS = ("move", "copy", "remove", "write", "append")
KINDS = ("merge", "mergePatch", "jsonPatch", "replace")
_KEYS = {
    "variants": ("name", "files", "optional"),
    "overlays": ("path", "optional"),
    "files": (*ACTIONS, "to", "content", "optional", "override"),
    "patches": ("file", *KINDS, "optional", "override"),
}
_VARIANT_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


class Wrong(Exception):
    """An entry that cannot be read; ``path`` counts from the entry."""

    def __init__(self, path: Path, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


class Found(NamedTuple):
    """The records of one key, and what is wrong with its entries."""

    steps: tuple[Any, ...]
    mistakes: tuple[Wrong, ...]
    """Paths count from the list."""


def read_steps(key: str, items: Any, declared_at: Callable[[int], str]) -> Found:
    """The steps of ``render.<key>``.

    Args:
        key: ``variants``, ``overlays``, ``files`` or ``patches``.
        items: what stands there, plain.
        declared_at: number of the entry → ``halsync.yaml:12``.
    """
    if not isinstance(items, list):
        return Found((), (Wrong((), f"must be a list, and is {kind_of(items)}"),))
    steps: list[Any] = []
    mistakes: list[Wrong] = []
    for number, item in enumerate(items):
        try:
            steps.append(_READERS[key](_entry(key, item), declared_at(number)))
        except Wrong as wrong:
            mistakes.append(Wrong((number, *wrong.path), wrong.message, wrong.hint))
    return Found(tuple(steps), tuple(mistakes))


def _entry(key: str, item: Any) -> dict[str, Any]:
    if key in ("variants", "overlays") and isinstance(item, str):
        return {_KEYS[key][0]: item}
    if not isinstance(item, dict):
        short = " or text" if key in ("variants", "overlays") else ""
        raise Wrong((), f"must be a mapping{short}, and is {kind_of(item)}")
    for name in item:
        if name not in _KEYS[key]:
            near = nearest(name, _KEYS[key])
            legal = ", ".join(_KEYS[key])
            hint = f"did you mean {near}?" if near else f"legal here: {legal}"
            raise Wrong((name,), f"unknown key {name}", hint)
    for name in ("optional", "override"):
        if not isinstance(item.get(name, False), bool):
            raise Wrong((name,), f"{name} must be true or false")
    return item


def _variant(item: dict[str, Any], at: str) -> Variant:
    name = _text(item, "name")
    if not _VARIANT_NAME.issuperset(name) or name.startswith("."):
        raise Wrong(
            ("name",), f"{name!r} is no suffix of file names", "write it without the dot: s3"
        )
    return Variant(name, _patterns(item), item.get("optional", False), at)


def _overlay(item: dict[str, Any], at: str) -> Overlay:
    path = _path(item, "path")
    return Overlay(path, item.get("optional", False), at)


def _file_step(item: dict[str, Any], at: str) -> FileStep:
    actions = [name for name in ACTIONS if name in item]
    if len(actions) != 1:
        what = " and ".join(actions) if actions else "none of them"
        raise Wrong((), f"needs one of {', '.join(ACTIONS)}, and has {what}")
    action: Any = actions[0]
    path = _path(item, action)
    needs = {"move": "to", "copy": "to", "write": "content", "append": "content"}.get(action)
    for name in ("to", "content"):
        if name in item and name != needs:
            raise Wrong((name,), f"{action} takes no {name}", "leave it out")
    if "override" in item and action in ("remove", "append"):
        raise Wrong(("override",), f"{action} takes no override", "leave it out")
    to = _path(item, "to") if needs == "to" else ""
    content = _text(item, "content", empty=True) if needs == "content" else ""
    optional, override = item.get("optional", False), item.get("override", False)
    return FileStep(action, path, to, content, optional, override, at)


def _patch(item: dict[str, Any], at: str) -> Patch:
    kinds = [name for name in KINDS if name in item]
    if len(kinds) != 1:
        what = " and ".join(kinds) if kinds else "none of them"
        raise Wrong((), f"needs one of {', '.join(KINDS)}, and has {what}")
    kind: Any = kinds[0]
    value = item[kind]
    if kind == "jsonPatch":
        if not isinstance(value, list):
            message = f"jsonPatch must be a list, and is {kind_of(value)}"
            raise Wrong((kind,), message, "write [{op: …, path: …}]")
    elif not isinstance(value, dict):
        raise Wrong((kind,), f"{kind} must be a mapping, and is {kind_of(value)}")
    if kind == "replace":
        _replacement(value)
    elif not value:
        raise Wrong((kind,), f"{kind} is empty: nothing would be changed")
    path = _path(item, "file")
    return Patch(path, kind, value, item.get("optional", False), item.get("override", False), at)


def _replacement(value: dict[str, Any]) -> None:
    for name in value:
        if name not in ("text", "with", "count"):
            raise Wrong(("replace", name), f"unknown key {name}", "legal here: text, with, count")
    for name in ("text", "with"):
        if not isinstance(value.get(name), str) or (name == "text" and not value[name]):
            raise Wrong(("replace",), f"replace needs {name}, as text", "put it into quotes")
    count = value.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise Wrong(("replace", "count"), "count must be a whole number above 0")


_READERS: dict[str, Callable[[dict[str, Any], str], Step]] = {
    "variants": _variant,
    "overlays": _overlay,
    "files": _file_step,
    "patches": _patch,
}


def _text(item: dict[str, Any], name: str, *, empty: bool = False) -> str:
    value = item.get(name)
    if name not in item or (not value and not empty):
        raise Wrong((name,) if name in item else (), f"needs {name}")
    if not isinstance(value, str):
        raise Wrong((name,), f"{name} must be text, and is {kind_of(value)}", "put it into quotes")
    return value


def _path(item: dict[str, Any], name: str) -> str:
    text = _text(item, name)
    try:
        path = normalise(text)
    except ValueError:
        raise Wrong(
            (name,), f"{name} leads out of the tree with '..'", "name a file below it"
        ) from None
    if not path:
        raise Wrong((name,), f"{name} names the whole tree", "name a file or directory in it")
    return path


def _patterns(item: dict[str, Any]) -> tuple[str, ...]:
    return read_patterns(item["files"]) if "files" in item else ()


def read_patterns(value: Any) -> tuple[str, ...]:
    """One pattern, or a list of them.

    Raises:
        Wrong: it is something else.
    """
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Wrong(("files",), "files is empty", "leave it out to mean every file")
    found: list[str] = []
    for number, item in enumerate(items):
        here: Path = ("files", number) if isinstance(value, list) else ("files",)
        if not isinstance(item, str):
            raise Wrong(here, f"files must be text or a list of texts, and holds {kind_of(item)}")
        try:
            found.append(normalise(item))
        except ValueError:
            raise Wrong(here, "files lead out of the tree with '..'") from None
    return tuple(found)


# Writing


def render_section(plan: RenderPlan) -> dict[str, Any]:
    """What stands below ``render`` in a ``halsync.yaml`` that says the same as ``plan``."""
    section: dict[str, Any] = {
        "variants": [_written_variant(item) for item in plan.variants],
        "overlays": [
            {"path": item.path, "optional": True} if item.optional else item.path
            for item in plan.overlays
        ],
        "files": [written_step(item) for item in plan.files],
        "patches": [written_patch(item) for item in plan.patches],
        "placeholders": {item.name: written_placeholder(item) for item in plan.placeholders},
    }
    return {key: value for key, value in section.items() if value}


def _written_variant(item: Variant) -> Any:
    if not item.files and not item.optional:
        return item.name
    return _without_defaults(
        {"name": item.name, "files": list(item.files), "optional": item.optional}
    )


def written_step(item: FileStep) -> dict[str, Any]:
    """One entry of ``render.files``."""
    found: dict[str, Any] = {item.action: item.path}
    if item.action in ("move", "copy"):
        found["to"] = item.to
    elif item.action in ("write", "append"):
        found["content"] = item.content
    return found | _flags(item.optional, item.override)


def written_patch(item: Patch) -> dict[str, Any]:
    """One entry of ``render.patches``."""
    return {"file": item.file, item.kind: item.value, **_flags(item.optional, item.override)}


def written_placeholder(item: PlaceholderSettings) -> Any:
    """One value of ``render.placeholders``."""
    from halsync.redact import is_secret_name

    found = _without_defaults(
        {"env": item.env, "file": item.file, "field": item.field, "files": list(item.files)}
    )
    literal = not (item.env or item.file or item.field)
    guessed = is_secret_name(item.name) or is_secret_name(item.env)
    if literal:
        found = {"value": item.literal, **found}
    if item.secret != guessed:
        found["secret"] = item.secret
    if item.optional:
        found["optional"] = True
    return item.literal if literal and len(found) == 1 else found


def _flags(optional: bool, override: bool) -> dict[str, Any]:
    return _without_defaults({"optional": optional, "override": override})


def _without_defaults(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (False, "", [])}


def plan_of(steps: Mapping[str, Sequence[Any]]) -> RenderPlan | None:
    """The plan, or None if there are no steps."""
    if not any(steps.values()):
        return None
    return RenderPlan(
        tuple(steps.get("variants", ())),
        tuple(steps.get("overlays", ())),
        tuple(steps.get("files", ())),
        tuple(steps.get("patches", ())),
    )
