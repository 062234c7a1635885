"""The JSON schemas, which editors use, and the check decide alike; where not, it is listed."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import jsonschema_rs
import pytest

from halsync.formats.yaml import parse
from halsync.validate.schema import check_schema
from halsync.validate.schema.tables import model
from schemas.generate.facts import SCHEMAS

from ...formats.shared import needs_shared, parse_cases
from .checking import wrap, wrappers

VALUES: tuple[Any, ...] = (
    None, True, 0, 1, -1, 2**31, 2**63, 1.5, "", "true", "yes", "null", "7", "-3", "x y",
    " V2 ", "read", "oRacle", [], {}, [1, None], ["a"], {"a": 1}, {"x": None}, "http://h/p",
)  # fmt: skip


def validator(name: str) -> Any:
    """A compiled schema."""
    loaded = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(loaded)


@pytest.mark.parametrize("name", ["halconfig", "service-settings", "bom", "versions"])
def test_every_field_takes_the_same_values(name: Any) -> None:
    compiled, facts, counted = validator(name), model(name), 0
    places = wrappers(name)
    for cls, path in places.items():
        for field in facts.cls(cls).fields:
            values = (
                VALUES if field in ("name", "accounts", "enabled") else VALUES[:: 1 + counted % 3]
            )
            for value in values:
                text = wrap(path, {field: value})
                document = parse(text).documents[0]
                found = check_schema(name, document)
                # Null items are accepted on load, and 2**31 as text is beyond a pattern.
                ours = not any(p.severity == "error" and p.code != "HAL0413" for p in found)
                theirs = compiled.is_valid(document.value)
                assert ours == theirs or refuses_null_items(found), (text, found)
            counted += 1
    assert len(places) == len(facts.names())
    assert counted == sum(len(facts.cls(cls).fields) for cls in facts.names())


def refuses_null_items(found: list[Any]) -> bool:
    """Two lists are refused for a null item; both sides do."""
    return any("refuses" in problem.message for problem in found if problem.code == "HAL0413")


def has_infinity(value: Any) -> bool:
    """Whether a number in it is none to JSON."""
    if isinstance(value, dict | list):
        return any(map(has_infinity, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and not isfinite(value)


def reason(text: bytes, found: list[Any], value: Any) -> str:
    """Why a schema cannot say what the check says."""
    if any(problem.code == "HAL0411" and "names none" in problem.message for problem in found):
        return "a name that must be that of an account"
    if any(
        problem.code in ("HAL0406", "HAL0408") and ".0'" in problem.message for problem in found
    ):
        return "1.0 is an integer to JSON Schema"
    if any(problem.code in ("HAL0407", "HAL0409") for problem in found):
        return "numbers in text, and the fine points of URLs"
    if not text.isascii():
        return "digits of other scripts"
    if has_infinity(value):
        return "JSON has no NaN and no infinity"
    return ""


@needs_shared
def test_parse_cases_get_the_same_verdict_but_for_what_a_schema_cannot_say() -> None:
    compiled = {name: validator(name) for name in ("halconfig", "service-settings")}
    reasons, counted = [], 0
    for case in parse_cases():
        parsed = parse(case["data"])
        if parsed.failed or len(parsed.documents) != 1 or parsed.documents[0].value is None:
            continue
        document = parsed.documents[0]
        found = [problem for problem in check_schema(case["file"], document)
                 if problem.severity == "error"]  # fmt: skip
        counted += 1
        ours = all(p.code == "HAL0413" and "refuses" not in p.message for p in found)
        if ours != compiled[case["file"]].is_valid(document.value):
            reasons.append(reason(case["data"], found, document.value))
            assert reasons[-1], (case["id"], found)
    assert counted > 1200
    assert len(reasons) < counted / 40
