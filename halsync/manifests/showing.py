"""Changes as a person or a script may see them: what a Secret holds is never shown."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from halsync.manifests.applying import plain
from halsync.redact import MASK, mask_values

if TYPE_CHECKING:
    from halsync.manifests.applying import Change, Object

_SIGNS = {"created": "+", "changed": "~", "deleted": "-", "kept": "!", "unchanged": "="}


def lines(change: Change) -> list[str]:
    """The object, and below it what changes: ``+ Secret/jira  (file:1)``, ``    ~ data.url: …``."""
    head = f"{_SIGNS[change.outcome]} {change.identity}"
    if change.where:
        head += f"  ({change.where})"
    if change.outcome in ("unchanged", "kept"):
        return [head]
    return [head, *(f"    {sign} {text}" for sign, text in _details(change))]


def record(change: Change) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "object": change.identity,
        "outcome": change.outcome,
        "where": change.where,
        "changes": [f"{sign} {text}" for sign, text in _details(change)]
        if change.outcome in ("created", "changed", "deleted")
        else [],
    }


def _details(change: Change) -> list[tuple[str, str]]:
    old = _flat(change.old) if change.old else {}
    new = _flat(change.new) if change.new else {}
    found = []
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        if before is None:
            found.append(("+", f"{path}: {_shown(path, after)}"))
        elif after is None:
            found.append(("-", path))
        else:
            found.append(("~", f"{path}: {_shown(path, before)} → {_shown(path, after)}"))
    return found


class _Hidden:
    """A secret value: compared, never shown."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden) and other._content == self._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __repr__(self) -> str:
        return MASK


def _flat(found: Object) -> dict[str, Any]:
    """Path → leaf, what a Secret holds hidden."""
    value = plain(found)
    if value.get("kind") == "Secret":
        data = {key: _Hidden(_decoded(text)) for key, text in (value.get("data") or {}).items()}
        value = {**value, "data": data}
    leaves: dict[str, Any] = {}
    _walk(value, "", leaves)
    for fixed in ("apiVersion", "kind", "metadata.name", "metadata.namespace"):
        leaves.pop(fixed, None)
    return leaves


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text)
    except ValueError:
        return text.encode()


def _walk(value: Any, path: str, leaves: dict[str, Any]) -> None:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _walk(item, f"{path}.{key}".lstrip("."), leaves)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            _walk(item, f"{path}[{index}]", leaves)
    else:
        leaves[path] = value


def _shown(path: str, value: Any) -> str:
    if isinstance(value, _Hidden):
        return MASK
    name = path.rpartition(".")[2]
    masked = mask_values({name: value})
    text = str(masked[name] if isinstance(masked, dict) else masked)
    first, _, rest = text.partition("\n")
    short = first[:100] + ("…" if len(first) > 100 or rest else "")
    return short if short else '""'
