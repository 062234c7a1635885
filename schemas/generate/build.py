"""One JSON Schema per kind of file, one definition per class."""

from __future__ import annotations

from typing import Any

from schemas.generate import text
from schemas.generate.facts import Type, read, type_of
from schemas.generate.releases import Releases
from schemas.generate.types import Schema, basics, enum, enum_map, reference, schema_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TITLES = {
    "halconfig": ("Halyard configuration", "The file config of a Halyard directory (~/.hal)."),
    "service-settings": (
        "Service settings",
        "DEPLOYMENT/service-settings/SERVICE.yml: how one service of Spinnaker runs. Halyard "
        "drops keys that it does not know without a word.",
    ),
    "bom": (
        "Bill of materials",
        ".boms/bom/NAME.yml: the versions of the services that make up one Spinnaker.",
    ),
    "versions": ("Versions", "versions.yml: the Spinnaker versions that Halyard offers."),
    "halyard": (
        "Halyard daemon",
        "halyard.yml and halyard-local.yml: settings of the daemon. Spring reads them; any other "
        "key is allowed too.",
    ),
}
NAMES = tuple(_TITLES)
_NODE_KEYS = ("children", "nameToRoot", "nodeName", "parent")


def schema(name: str) -> Schema:
    """The whole schema ``name``, one of :data:`NAMES`."""
    head, about = _TITLES[name]
    top: Schema = {
        "$schema": DIALECT,
        "$id": f"urn:halsync:schema:{name}",
        "$comment": "Written by python -m schemas.generate; do not edit.",
        "title": head,
        "description": about,
    }
    return {**top, **(_daemon() if name == "halyard" else _Model(name).top())}


class _Model:
    """Definitions of one set of classes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.facts = read(name)
        self.odd = read("oddities")
        self.lenient = name != "halconfig"
        self.releases = Releases(name)
        self.used: set[str] = set() if self.lenient else {"unknown", "ignored"}

    def top(self) -> Schema:
        classes = {cls: self._class(cls, facts) for cls, facts in self.facts["classes"].items()}
        enums = {
            key: {"title": text.title(key), **enum(values, any_case=key in self.odd["anyCase"])}
            for key, values in self.facts["enums"].items()
        }
        definitions = {**basics(self.used), **enums, **classes}
        source = self.facts["source"]
        comment = f"Written by python -m schemas.generate from {source['repository']} "
        comment += f"{source['commit']} ({source['release']}); do not edit."
        root: Schema = {"$comment": comment, **reference(self.facts["root"])}
        if self.name == "bom":
            root["type"] = "object"
            root["required"] = ["services", "dependencies"]
            root["properties"] = {
                key: {"not": {"type": "null"}} for key in ("services", "dependencies")
            }
        return {**root, "$defs": definitions}

    def _class(self, cls: str, facts: dict[str, Any]) -> Schema:
        made: Schema = {"title": text.title(cls), "type": ["object", "null"]}
        scalar = self.odd["scalars"].get(cls)
        if scalar == "bool":
            made["type"] = ["object", "boolean", "string", "null"]
            made["pattern"] = "^[\\x00-\\x20]*(?:true|false)[\\x00-\\x20]*$"
        elif scalar == "string":
            made["type"] = ["object", "string", "null"]
        if "selects" in facts:
            return {**made, **_selection(**facts["selects"])}
        made["properties"] = {
            field: self._field(cls, field, entry) for field, entry in facts["fields"].items()
        }
        selected = self._selected_by(cls)
        if selected:
            made["properties"].setdefault("name", {})["const"] = selected
        if not self.lenient:
            for key in facts.get("ignored", ()):
                made["properties"][key] = self._ignored(cls, key)
            if facts.get("node"):
                # A pattern, because editors would offer properties.
                pattern = f"^(?:{'|'.join(_NODE_KEYS)})$"
                made["patternProperties"] = {pattern: reference("ignored")}
            made["additionalProperties"] = reference("unknown")
        crash = self.odd["crashes"].get(cls)
        return {**made, **(_CRASHES[crash] if crash else {})}

    def _field(self, cls: str, field: str, facts: dict[str, Any]) -> Schema:
        kind = type_of(facts)
        made: Schema = {"title": text.title(field)}
        made["description"] = text.describe(cls, field, facts, self.releases.since(cls, field))
        if facts.get("deprecated") or "accepted_but_ignored" in facts:
            made["deprecated"] = True
        default = facts.get("default")
        if default not in (None, "") and not (isinstance(default, str) and kind.kind == "list"):
            made["default"] = default
        self._use(kind)
        if kind.kind == "map" and kind.name and kind.item:
            values = self.facts["enums"][kind.name]
            return {**made, **enum_map(values, schema_of(kind.item))}
        bare = f"{cls}.{field}" in self.odd["noNullItems"]
        # Nulls are dropped from a halconfig; elsewhere those below the root crash a deployment.
        null = not self.lenient or cls == self.facts["root"]
        return {**made, **schema_of(kind, null=null, bare=bare)}

    def _ignored(self, cls: str, key: str) -> Schema:
        said = self.releases.ignored(cls, key)
        made = {"doNotSuggest": True, **reference("ignored")}
        return {"description": said, **made} if said else made

    def _use(self, kind: Type) -> None:
        if kind.item:
            self._use(kind.item)
        elif kind.kind not in ("enum", "object", "any"):
            self.used.add(kind.kind)

    def _selected_by(self, cls: str) -> str:
        for facts in self.facts["classes"].values():
            for name, target in facts.get("selects", {}).get("classes", {}).items():
                if target == cls:
                    return str(name)
        return ""


def _selection(key: str, classes: dict[str, str]) -> Schema:
    return {
        "required": [key],
        "properties": {
            key: {
                "title": text.title(key),
                "description": "Says what the item is, and so which keys it has.",
                "enum": [*classes],
            }
        },
        "allOf": [
            {
                "if": {"required": [key], "properties": {key: {"const": name}}},
                "then": reference(cls),
            }
            for name, cls in classes.items()
        ],
    }


_CRASHES: dict[str, Schema] = {
    "primary": {
        "if": {
            "required": ["accounts"],
            "properties": {"accounts": {"type": "array", "minItems": 1}},
        },
        "then": {
            "required": ["primaryAccount"],
            "properties": {
                "primaryAccount": {"not": {"type": "null"}},
                "accounts": {
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"not": {"type": "null"}}},
                    }
                },
            },
        },
    },
    "clusters": {
        "allOf": [{"required": ["clusters"], "properties": {"clusters": {"not": {"type": "null"}}}}]
    },
}


def _daemon() -> Schema:
    root: Schema = {"type": ["object", "null"], "properties": {}}
    for dotted, facts in read("halyard")["keys"].items():
        node = root
        *sections, last = dotted.split(".")
        for section in sections:
            node = node["properties"].setdefault(
                section,
                {"title": text.title(section), "type": ["object", "null"], "properties": {}},
            )
        made: Schema = {"title": text.title(last), "description": facts["description"]}
        # Spring fills in ${…} and reads numbers and booleans from text.
        kinds = [facts["type"], "string"] if facts["type"] != "string" else ["string", "number"]
        made["type"] = [*kinds, "null"]
        if "default" in facts:
            made["default"] = facts["default"]
        if facts.get("effect") == "none":
            made["deprecated"] = True
            made["deprecationMessage"] = facts["description"]
        node["properties"][last] = made
    return root
