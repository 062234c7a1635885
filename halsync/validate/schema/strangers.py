"""What may be meant by a key that does not belong where it stands."""

from __future__ import annotations

from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.validate.schema.history import Span, history
from halsync.validate.schema.words import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from halsync.validate.schema.tables import Class, Model, Spec

_LISTED = 8
_LONGEST = 60
_CLOSE = 0.85
_REMEMBERED = 1000
_found: dict[tuple[str, str], str] = {}


class Meant(NamedTuple):
    """What an unknown key may be about."""

    known: str
    """What the releases say: ``known until 1.18.0``; empty if none ever knew it."""
    hint: str
    place: str = ""
    """The same for keys that one wrong indentation has moved; empty for others."""


def explain_all(
    model: Model, value: Any, path: Sequence[str | int], keys: list[str], cls: Class
) -> Iterator[tuple[str, str, str]]:
    """Key, message and hint for the unknown ``keys`` of the object of class ``cls`` at ``path``.

    Keys that a wrong indentation has brought here together are one problem, at the first.
    """
    moved: dict[str, list[str]] = {}
    for key in keys:
        meant = explain(model, value, path, key, cls)
        if meant.place:
            moved.setdefault(meant.place, []).append(key)
        elif meant.known:
            yield key, f"Halyard refuses the key '{cut(key)}': {meant.known}", meant.hint
        else:
            yield key, _message([key]), meant.hint
    for place, together in moved.items():
        yield together[0], _message(together), f"{_quoted(together)} {_belong(together)} {place}"


def explain(model: Model, value: Any, path: Sequence[str | int], key: str, cls: Class) -> Meant:
    """What may be meant by ``key`` in the object of class ``cls`` at ``path``."""
    known = ""
    if model.root == "Halconfig":
        span = span_of(model, value, path, key)
        known = history().words(span) if span is not None else ""
    meant = _nearest(key, cls)
    if meant and (_alike(key, meant) or known):
        return Meant(known, f"did you mean '{meant}'?")
    place = ""
    if not known:
        place = _place(model, _at(value, path), key, cls, trail(model, value, path)[1])
    if place:
        return Meant(known, f"'{cut(key)}' belongs {place}", place)
    if meant:
        return Meant(known, f"did you mean '{meant}'?")
    keys = [*cls.fields]
    listed = ", ".join(keys[:_LISTED]) + (", …" if len(keys) > _LISTED else "")
    return Meant(known, f"remove it; known here: {listed}" if keys else "remove it")


def _nearest(key: str, cls: Class) -> str:
    """The key of the class that was probably meant; the same mistake is often made often."""
    if len(key) > _LONGEST:
        return ""
    asked = (cls.name, key)
    if asked not in _found:
        if len(_found) >= _REMEMBERED:
            _found.clear()
        _found[asked] = nearest(key, [*cls.fields])
    return _found[asked]


def _place(model: Model, here: Any, key: str, cls: Class, owners: list[Class]) -> str:
    """Where ``key`` would be right if the indentation were."""
    inside = [name for name, spec in cls.fields.items() if _holds(model, spec, key)]
    before = list(here)[: list(here).index(key)] if isinstance(here, dict) and key in here else []
    # The section that the key follows has probably lost it.
    lost = next((name for name in reversed(before) if name in cls.fields), "")
    if lost in inside:
        return f"into '{lost}': check the indentation"
    for depth, owner in enumerate(reversed(owners[:-1]), 1):
        if key in owner.fields:
            levels = "one level" if depth == 1 else f"{depth} levels"
            return f"{levels} further out: check the indentation"
    return f"into '{inside[0]}': check the indentation" if len(inside) == 1 else ""


def _message(keys: list[str]) -> str:
    noun = "key" if len(keys) == 1 else "keys"
    return f"Halyard does not know the {noun} {_quoted(keys)} here and refuses the whole file"


def _quoted(keys: list[str]) -> str:
    listed = ", ".join(f"'{cut(key)}'" for key in keys[:3])
    return listed if len(keys) <= 3 else f"{listed} and {len(keys) - 3} more"


def _belong(keys: list[str]) -> str:
    return "belongs" if len(keys) == 1 else "belong"


def _alike(key: str, other: str) -> bool:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, key.lower(), other.lower()).ratio() >= _CLOSE


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        value = value[part]
    return value


def span_of(model: Model, value: Any, path: Sequence[str | int], key: str) -> Span | None:
    """The releases that knew ``key`` of the object at ``path``, if that changed ever."""
    tokens, _ = trail(model, value, path)
    return history().span([*tokens, key], settings=model.root == "ServiceSettings")


def trail(model: Model, value: Any, path: Sequence[str | int]) -> tuple[list[str], list[Class]]:
    """The path in the history's notation, and the classes of the objects along it."""
    tokens: list[str] = []
    owners = [model.cls(model.root)]
    spec: Spec | None = None
    for part in path:
        value = value[part]
        if spec is not None and spec.kind in "[{":
            marker = "[]" if spec.kind == "[" else "{}"
            spec = spec.item
        else:
            marker = str(part)
            spec = owners[-1].fields.get(marker)
        if spec is None:
            break
        if spec.kind == "@":
            owner = model.cls(spec.name)
            name = value.get(owner.select) if owner.select and isinstance(value, dict) else None
            if isinstance(name, str) and name in owner.selected:
                marker = f"[{owner.select}={name}]"
                owner = model.cls(owner.selected[name])
            owners.append(owner)
        tokens.append(marker)
    return tokens, owners


def _holds(model: Model, spec: Spec, key: str) -> bool:
    return spec.kind == "@" and key in model.cls(spec.name).fields
