"""JSON Schema for the scalars that Jackson converts, and references to them.

Nulls are allowed nearly everywhere: Halyard drops a key whose value is null before it looks at
it. What these patterns leave open is listed in docs/schemas.md and tested: numbers in text
beyond their range, digits of other scripts, and the finer points of URLs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.generate.facts import Type

Schema = dict[str, Any]

_BLANKS = "[\\x00-\\x20]*"
_INT = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


def number(kind: str) -> Schema:
    """An int or long: numbers within its bounds, digits in text, and nothing in text."""
    low, high = _INT[kind]
    return {
        "type": ["integer", "number", "string", "null"],
        "minimum": low,
        "maximum": high,
        "pattern": f"^{_BLANKS}(?:[+-]?[0-9]+|null)?{_BLANKS}$",
        "errorMessage": "Write a whole number.",
    }


def basics(used: set[str]) -> dict[str, Schema]:
    """``$defs`` of the scalar types in ``used``."""
    every: dict[str, Schema] = {
        "string": {"type": ["string", "number", "boolean", "null"]},
        "bool": {
            "type": ["boolean", "integer", "string", "null"],
            "pattern": f"^{_BLANKS}(?:true|True|TRUE|false|False|FALSE|null)?{_BLANKS}$",
            "errorMessage": "Write true or false.",
        },
        "int": number("int"),
        "long": number("long"),
        "uri": {
            "type": ["string", "number", "boolean", "null"],
            "pattern": f'^{_BLANKS}(?:%[0-9A-Fa-f]{{2}}|[^%\\x00-\\x20"<>\\\\^`{{|}}])*{_BLANKS}$',
            "errorMessage": "This is not a URI.",
        },
        "url": {
            "type": ["string", "null"],
            "pattern": f"^{_BLANKS}(?:(?:[uU][rR][lL]:)?"
            "(?:[hH][tT][tT][pP][sS]?|[fF][tT][pP]|[fF][iI][lL][eE]|[jJ][aA][rR]|[jJ][mM][oO][dD]"
            "|[jJ][rR][tT]|[mM][aA][iI][lL][tT][oO]):[\\s\\S]*)?$",
            "errorMessage": "This is not a URL with a protocol, such as https://host/path.",
        },
        "unknown": {
            "title": "Unknown key",
            "description": "Halyard knows no such key here; only without a value it is dropped.",
            "type": "null",
            "errorMessage": "Halyard knows no such key here and refuses the whole file.",
        },
        "ignored": {
            "title": "Ignored key",
            "description": "Halyard accepts this key and drops it.",
            "deprecated": True,
            "deprecationMessage": "Halyard ignores this key.",
        },
    }
    every["date"] = every["string"]
    return {name: every[name] for name in every if name in used}


def enum(values: list[str], *, any_case: bool) -> Schema:
    """A constant by its name, or as Jackson also takes it: by its number, with blanks around."""
    if any_case:
        loose = "|".join("".join(_either(char) for char in value) for value in values)
        return {
            "anyOf": [{"enum": values}, {"type": ["string", "null"], "pattern": f"^(?:{loose})$"}]
        }
    names = "|".join(values)
    last = len(values) - 1
    ordinals = "|".join(str(number) for number in range(last + 1))
    also: Schema = {
        "description": "The number of the constant, or blanks around its name, which Halyard also "
        "takes.",
        "type": ["integer", "string", "null"],
        "minimum": 0,
        "maximum": last,
        "pattern": f"^{_BLANKS}(?:{names}|0*(?:{ordinals})){_BLANKS}$",
    }
    return {"anyOf": [{"enum": values}, also]}


def _either(char: str) -> str:
    return f"[{char.lower()}{char.upper()}]" if char.isalpha() else char


def reference(name: str) -> Schema:
    """``$ref`` to a definition of the same file."""
    return {"$ref": f"#/$defs/{name}"}


def schema_of(kind: Type, *, null: bool = True, bare: bool = False) -> Schema:
    """The schema of a value of this type.

    ``null``: a list or map may be null. ``bare``: the items of a list may not.
    """
    if kind.kind == "any":
        return {}
    if kind.kind in ("enum", "object"):
        return reference(kind.name)
    if kind.item is None:
        return reference(kind.kind)
    item = schema_of(kind.item)
    collection = "array" if kind.kind == "list" else "object"
    made: Schema = {"type": [collection, "null"] if null else collection}
    if kind.kind == "map":
        return {**made, "additionalProperties": item}
    return {**made, "items": {**item, "not": {"type": "null"}} if bare else item}


def enum_map(values: list[str], item: Schema) -> Schema:
    """A map whose keys are constants."""
    return {
        "type": ["object", "null"],
        "properties": dict.fromkeys(values, item),
        "additionalProperties": reference("unknown"),
    }
