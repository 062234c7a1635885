"""Who set which field: ``managedFields``, and server-side apply on top of it.

A field is a path of parts as ``fieldsV1`` spells them: ``f:data``, ``k:{"name":"halyard"}``,
``v:"x"``. A set of fields holds the leaves, and the list entries themselves.
"""

from __future__ import annotations

from copy import deepcopy
from json import dumps, loads
from typing import Any, NamedTuple

from tests.servers.kube.answers import apply_conflict
from tests.servers.kube.kinds import SETS, Object, merge_key

Path = tuple[str, ...]
Fields = frozenset[Path]

_SYSTEM = {
    ("f:metadata", f"f:{name}")
    for name in (
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
        "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
        "generateName",
    )
}  # fmt: skip


class Manager(NamedTuple):
    """One entry of ``managedFields``."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""


Owners = dict[Manager, Fields]


def leaves(value: Any, path: Path = (), names: tuple[str, ...] = ()) -> dict[Path, Any]:
    """Every field of an object with its value; entries of keyed lists have the value None."""
    if isinstance(value, dict) and value:
        found: dict[Path, Any] = {}
        for key, item in value.items():
            here = (*path, f"f:{key}")
            if here in _SYSTEM or (not path and key in ("apiVersion", "kind")):
                continue
            found |= leaves(item, here, (*names, key))
        return found
    if isinstance(value, list) and value and isinstance(value[0], dict) and merge_key(names):
        key = merge_key(names)
        found = {}
        for item in value:
            here = (*path, "k:" + dumps({key: item.get(key)}, separators=(",", ":")))
            found[(*here, ".")] = None
            found |= leaves(item, here, (*names, "[]"))
        return found
    if isinstance(value, list) and names and names[-1] in SETS:
        return {(*path, "v:" + dumps(item)): item for item in value}
    return {path: value}


def owners_of(found: Object) -> Owners:
    """From ``managedFields``."""
    owners: Owners = {}
    for entry in found["metadata"].get("managedFields") or []:
        manager = Manager(
            entry.get("manager", ""),
            entry["operation"],
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )
        owners[manager] = frozenset(_paths(entry.get("fieldsV1") or {}))
    return owners


def _paths(node: dict[str, Any], path: Path = ()) -> list[Path]:
    if not node and path:
        return [path]
    found: list[Path] = []
    for part, below in node.items():
        found += [(*path, ".")] if part == "." else _paths(below, (*path, part))
    return found


def record(found: Object, owners: Owners, now: str, old: Object | None = None) -> None:
    """Write ``managedFields``; entries that stay as they were keep their time."""
    times = {
        (entry["manager"], entry["operation"], dumps(entry.get("fieldsV1"), sort_keys=True)): entry
        for entry in ((old or {}).get("metadata") or {}).get("managedFields") or []
    }
    entries = []
    for manager, fields in owners.items():
        if not fields:
            continue
        tree: dict[str, Any] = {}
        for path in sorted(fields):
            node = tree
            for part in path:
                node = node.setdefault(part, {})
        known = times.get((manager.name, manager.operation, dumps(tree, sort_keys=True)))
        entries.append(
            known
            or {
                "manager": manager.name,
                "operation": manager.operation,
                "apiVersion": manager.api_version,
                "time": now,
                "fieldsType": "FieldsV1",
                "fieldsV1": tree,
                **({"subresource": manager.subresource} if manager.subresource else {}),
            }
        )
    found["metadata"]["managedFields"] = entries


def after_update(old: Object | None, new: Object, manager: Manager, owners: Owners) -> Owners:
    """Owners after a create, PUT or PATCH: what it changed is its, what is gone is nobody's."""
    before, after = leaves(old or {}), leaves(new)
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    result = {}
    for who, fields in owners.items():
        mine = who == manager
        result[who] = frozenset(
            path for path in fields if path in after and (mine or path not in changed)
        )
    result[manager] = result.get(manager, frozenset()) | frozenset(changed)
    return result


def apply(
    live: Object, manifest: Object, manager: Manager, owners: Owners, force: bool
) -> tuple[Object, Owners]:
    """Server-side apply: the object and its owners afterwards; raises the 409 of a conflict."""
    wanted, present = leaves(manifest), leaves(live)
    conflicts = [
        (_who(other), _shown(path), "")
        for other, fields in owners.items()
        if other != manager
        for path in sorted(fields)
        if path in wanted and path[-1] != "." and present.get(path) != wanted[path]
    ]
    if conflicts and not force:
        raise apply_conflict(conflicts)
    overridden = {path for path in wanted if path in present and present[path] != wanted[path]}
    mine = owners.get(manager, frozenset())
    others = {who: fields for who, fields in owners.items() if who != manager}
    gone = {
        path
        for path in mine - wanted.keys()
        if not any(path in fields for fields in others.values())
    }
    result = _without(deepcopy(live), gone)
    result = _laid(result, manifest, ())
    after = {who: fields - overridden for who, fields in others.items()}
    after[manager] = frozenset(wanted)
    still = leaves(result)
    return result, {
        who: frozenset(path for path in fields if path in still) for who, fields in after.items()
    }


def _who(manager: Manager) -> str:
    text = f'"{manager.name}"'
    if manager.subresource:
        text += f' with subresource "{manager.subresource}"'
    return text + (f" using {manager.api_version}" if manager.operation == "Update" else "")


def _shown(path: Path) -> str:
    text = ""
    for part in path:
        kind, _, name = part.partition(":")
        if kind == "f":
            text += f".{name}"
        elif kind == "k":
            pairs = ",".join(f"{key}={dumps(value)}" for key, value in loads(name).items())
            text += f"[{pairs}]"
        else:
            text += f"[={name}]"
    return text


def _laid(live: Any, manifest: Any, names: tuple[str, ...]) -> Any:
    """The manifest laid over the object, keyed lists merged."""
    if isinstance(manifest, dict):
        result = dict(live) if isinstance(live, dict) else {}
        for key, value in manifest.items():
            if value is None:
                result.pop(key, None)
            else:
                result[key] = _laid(result.get(key), value, (*names, key))
        return result
    if isinstance(manifest, list) and isinstance(live, list):
        key = merge_key(names)
        if key:
            result_list = list(live)
            for item in manifest:
                at = next(
                    (n for n, old in enumerate(result_list) if old.get(key) == item.get(key)), None
                )
                if at is None:
                    result_list.append(deepcopy(item))
                else:
                    result_list[at] = _laid(result_list[at], item, (*names, "[]"))
            return result_list
        if names and names[-1] in SETS:
            return [*live, *(item for item in manifest if item not in live)]
    return deepcopy(manifest)


def _without(found: Object, gone: set[Path]) -> Object:
    for path in sorted(gone, key=len, reverse=True):
        _remove(found, path)
    return found


def _remove(node: Any, path: Path) -> None:
    """Remove one field, and what is left empty by it."""
    part, *rest = path
    kind, _, name = part.partition(":")
    if kind == "f" and isinstance(node, dict) and name in node:
        if rest:
            _remove(node[name], tuple(rest))
        if not rest or node[name] in ({}, []):
            del node[name]
    elif kind == "k" and isinstance(node, list):
        keys = loads(name)
        for item in [item for item in node if all(item.get(k) == v for k, v in keys.items())]:
            if rest == ["."]:
                node.remove(item)
            else:
                _remove(item, tuple(rest))
    elif kind == "v" and isinstance(node, list) and loads(name) in node:
        node.remove(loads(name))
