"""JSON patch (RFC 6902), merge patch (RFC 7386) and strategic merge patch."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.servers.kube.answers import Refused, bad_request
from tests.servers.kube.kinds import Object, merge_key


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic(target: Any, patch: Any, path: tuple[str, ...] = ()) -> Any:
    """Kubernetes' own: lists with a merge key are merged entry by entry."""
    if isinstance(patch, list) and isinstance(target, list) and merge_key(path):
        return _strategic_list(target, patch, merge_key(path), path)
    if not isinstance(patch, dict):
        return deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: deepcopy(value) for key, value in patch.items() if key != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if key.startswith("$retainKeys"):
            result = {name: item for name, item in result.items() if name in value}
        elif key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            result[name] = [item for item in result.get(name, []) if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = strategic(result.get(key), value, (*path, key))
    return result


def _strategic_list(target: list[Any], patch: list[Any], key: str, path: tuple[str, ...]) -> Any:
    result = list(target)
    for item in patch:
        at = next((n for n, old in enumerate(result) if old.get(key) == item.get(key)), None)
        if item.get("$patch") == "replace":
            return [entry for entry in patch if "$patch" not in entry]
        if item.get("$patch") == "delete":
            if at is not None:
                del result[at]
        elif at is None:
            result.append(deepcopy(item))
        else:
            result[at] = strategic(result[at], item, (*path, "[]"))
    return result


def json_patch(target: Object, operations: Any) -> Any:
    """RFC 6902, one after another."""
    result: Any = deepcopy(target)
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    for operation in operations:
        result = _operate(result, operation)
    return result


def _operate(root: Any, operation: dict[str, Any]) -> Any:
    name, path = operation["op"], operation["path"]
    if name in ("move", "copy"):
        value = deepcopy(_at(root, operation["from"]))
        if name == "move":
            root = _operate(root, {"op": "remove", "path": operation["from"]})
        return _operate(root, {"op": "add", "path": path, "value": value})
    if name == "test":
        if _at(root, path) != operation.get("value"):
            raise Refused(
                422, "Invalid", f"the server rejected our request due to an error in our request:"
                f" testing value {path} failed"
            )  # fmt: skip
        return root
    *parents, last = _parts(path)
    holder = _at(root, "".join("/" + part for part in parents), raw=True)
    if isinstance(holder, list):
        at = len(holder) if last == "-" else int(last)
        if name == "add":
            holder.insert(at, operation["value"])
        elif name == "remove":
            del holder[at]
        else:
            holder[at] = operation["value"]
        return root
    if name != "add" and last not in holder:
        raise Refused(
            422, "Invalid", "the server rejected our request due to an error in our request"
        )
    if name == "remove":
        del holder[last]
    else:
        holder[last] = operation["value"]
    return root


def _parts(path: str, raw: bool = False) -> list[str]:
    parts = path.split("/")[1:]
    return parts if raw else [part.replace("~1", "/").replace("~0", "~") for part in parts]


def _at(root: Any, path: str, raw: bool = False) -> Any:
    node = root
    for part in _parts(path, raw):
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError):
            raise Refused(
                422, "Invalid", "the server rejected our request due to an error in our request"
            ) from None
    return node
