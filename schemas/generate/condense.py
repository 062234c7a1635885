"""From the full facts (a directory with ``model.json`` and its neighbours) to what we keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemas.generate.facts import FACTS

if TYPE_CHECKING:
    from pathlib import Path

NODE_KEYS = ("children", "nameToRoot", "nodeName", "parent")
"""Keys that every node of the halconfig accepts and drops."""

_KEPT = ("secret", "secret_file", "local_file", "note", "format", "accepted_but_ignored")


def condense(source: Path) -> None:
    """Write ``schemas/facts/*.json`` from the facts in ``source``."""
    model, settings, layout, history = (
        json.loads((source / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("model", "service-settings", "layout", "field-history")
    )
    origin = {
        "repository": "spinnaker/halyard",
        "commit": model["halyard_commit"],
        "release": history["newest_release"],
    }
    bom = layout["local_bom"]["bom_schema"]
    _write("halconfig", origin, model["root_class"], model["enums"], model["classes"])
    _write("service-settings", origin, "ServiceSettings", settings["enums"], settings["classes"])
    _write("bom", origin, bom["root"], {}, bom["classes"])
    _write("versions", origin, "Versions", {}, layout["local_bom"]["versions_yml_schema"])
    _dump("history", {"source": origin, **_history(history)})


def _write(
    name: str,
    origin: dict[str, str],
    root: str,
    enums: dict[str, Any],
    classes: list[dict[str, Any]],
) -> None:
    facts = {
        "source": origin,
        "root": root,
        "enums": {key: enum["values"] for key, enum in enums.items()},
        "classes": {entry["class"]: _class(entry) for entry in classes},
    }
    _dump(name, facts)


def _class(entry: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if entry.get("is_node"):
        kept["node"] = True
    ignored = [key for key in entry.get("ignored_keys", ()) if key not in NODE_KEYS]
    if ignored:
        kept["ignored"] = ignored
    mapping = entry.get("discriminator", {}).get("mapping")
    if mapping:
        kept["selects"] = {"key": entry["discriminator"]["property"], "classes": mapping}
    kept["fields"] = {field["name"]: _field(field) for field in entry["fields"]}
    return kept


def _field(field: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": field["type"]}
    if field.get("default") is not None:
        kept["default"] = field["default"]
    kept.update({key: field[key] for key in _KEPT if field.get(key)})
    if field.get("deprecated"):
        kept["deprecated"] = True
    bounds = field.get("valid_for_spinnaker_version")
    if bounds:
        kept["spinnaker"] = [bounds["lower_bound_inclusive"], bounds["upper_bound_exclusive"]]
    return kept


def _history(history: dict[str, Any]) -> dict[str, Any]:
    """Only what differs from "always": path → ``[since, until, gaps]``, nulls at the end cut."""
    settings = history["service_settings"]
    return {
        "releases": history["releases"],
        "fields": _spans(history["fields"]),
        "ignored": {path: _span(span) for path, span in history["ignored_keys"].items()},
        "values": _values(history["enum_values"]),
        "settings": _spans(settings["fields"]),
        "settings_values": _values(settings["enum_values"]),
        "services": _spans(history["services"]),
    }


def _spans(entries: dict[str, Any]) -> dict[str, list[Any]]:
    return {path: span for path, entry in entries.items() if (span := _span(entry))}


def _values(entries: dict[str, Any]) -> dict[str, dict[str, list[Any]]]:
    found = {path: _spans(values) for path, values in entries.items()}
    return {path: values for path, values in found.items() if values}


def _span(span: dict[str, Any]) -> list[Any]:
    parts = [span["since"], span["until"], span.get("gaps")]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _dump(name: str, facts: dict[str, Any]) -> None:
    FACTS.mkdir(exist_ok=True)
    (FACTS / f"{name}.json").write_text(_compact(facts) + "\n", encoding="utf-8")


def _compact(value: Any, depth: int = 0) -> str:
    """JSON with a line for each class and each path: small, and changes can be read."""
    if not isinstance(value, dict) or depth == 2 or not value:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    pad = " " * (depth + 1)
    lines = (f"{pad}{json.dumps(key)}: {_compact(item, depth + 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
