"""The checked-in schemas and tables are those of the facts, and complete."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from halsync.validate.schema import KINDS
from halsync.validate.schema.codes import CODES
from halsync.validate.schema.tables import Model
from schemas.generate.__main__ import files
from schemas.generate.build import NAMES
from schemas.generate.facts import SCHEMAS, read

from ...formats.shared import SHARED, needs_shared


def schema(name: str) -> dict[str, Any]:
    """A checked-in schema."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return loaded


def test_what_is_checked_in_is_current() -> None:
    for path, content in files().items():
        assert path.read_text(encoding="utf-8") == content, (
            f"{path}: run python -m schemas.generate"
        )


def test_there_is_a_schema_for_each_kind() -> None:
    assert set(NAMES) == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_the_metaschema_accepts_it(name: str) -> None:
    loaded = schema(name)
    assert loaded["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(loaded)
    jsonschema_rs.validator_for(loaded)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_documented(name: str) -> None:
    def look(node: Any, where: str) -> None:
        for key, made in node.get("properties", {}).items():
            if isinstance(made, dict) and ("type" in made or "$ref" in made):
                here = f"{where}.{key}"
                if made.get("$ref") != "#/$defs/ignored" and "if" not in node:
                    assert made.get("title") or where.endswith("permissions"), here
                look(made, here)
        for key, made in node.get("$defs", {}).items():
            look(made, key)

    look(schema(name), name)


def test_all_classes_and_fields_are_there() -> None:
    definitions, table = schema("halconfig")["$defs"], Model("halconfig")
    classes = read("halconfig")["classes"]
    fields = 0
    for cls, facts in classes.items():
        for field, entry in facts["fields"].items():
            fields += 1
            made = definitions[cls]["properties"][field]
            assert made["description"].endswith((".", ")")), (cls, field)
            assert field in table.cls(cls).fields
            words = entry["type"].startswith("list") and isinstance(entry.get("default"), str)
            if entry.get("default") not in (None, "") and not words:
                assert made["default"] == entry["default"]
        for key in facts.get("ignored", ()):
            assert definitions[cls]["properties"][key]["$ref"] == "#/$defs/ignored"
            assert key in table.cls(cls).ignored
    assert (len(classes), fields, len(table.names())) == (203, 994, 203)
    assert set(read("halconfig")["enums"]) <= set(definitions)


@needs_shared
def test_the_facts_are_those_of_the_reference() -> None:
    model = json.loads((SHARED / "halyard/model.json").read_text(encoding="utf-8"))
    facts = read("halconfig")
    assert facts["source"]["commit"] == model["halyard_commit"]
    for entry in model["classes"]:
        kept = facts["classes"][entry["class"]]
        assert list(kept["fields"]) == [field["name"] for field in entry["fields"]]
        assert [facts["type"] for facts in kept["fields"].values()] == [
            field["type"] for field in entry["fields"]
        ]
    assert facts["enums"] == {key: enum["values"] for key, enum in model["enums"].items()}


def test_descriptions_are_about_keys_that_exist() -> None:
    classes = read("halconfig")["classes"]
    names = {field for facts in classes.values() for field in facts["fields"]}
    names |= {f"{cls}.{field}" for cls, facts in classes.items() for field in facts["fields"]}
    assert set(read("descriptions")["keys"]) <= names


def test_the_codes_are_documented() -> None:
    page = (SCHEMAS.parent / "docs" / "schemas.md").read_text(encoding="utf-8")
    for code, entry in CODES.items():
        assert f"| {code} | {entry.severity} | {entry.title} | {entry.remedy} |" in page
