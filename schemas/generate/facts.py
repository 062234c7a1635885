"""The checked-in facts, and the notation of types in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

SCHEMAS = Path(__file__).resolve().parent.parent
FACTS = SCHEMAS / "facts"

SIMPLE = {"string", "int", "long", "bool", "any", "date"}


class Type(NamedTuple):
    """``string``, ``list<object:X>``, ``map<enum:E,list<string>>`` taken apart."""

    kind: str
    """A word of :data:`SIMPLE`, or ``enum``, ``object``, ``list``, ``map``, ``uri``, ``url``."""
    name: str = ""
    """The enum or class; of a map the enum of its keys."""
    item: Type | None = None


def read(name: str) -> dict[str, Any]:
    """``schemas/facts/<name>.json``."""
    facts: dict[str, Any] = json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))
    return facts


def type_of(field: dict[str, Any]) -> Type:
    """The type of a field, the checked formats (URL, URI) included."""
    form = field.get("format", "")
    for word, kind in (("java.net.URL", "url"), ("java.net.URI", "uri")):
        if form.startswith(word):
            return Type(kind)
    return parse_type(field["type"])


def parse_type(text: str) -> Type:
    """Take the notation of the facts apart.

    Raises:
        ValueError: it is not one.
    """
    if text in SIMPLE:
        return Type(text)
    kind, _, rest = text.partition(":")
    if kind in ("enum", "object"):
        return Type(kind, rest)
    if text.startswith("list<") and text.endswith(">"):
        return Type("list", item=parse_type(text[5:-1]))
    if text.startswith("map<") and text.endswith(">"):
        key, _, value = text[4:-1].partition(",")
        return Type("map", key.partition(":")[2], parse_type(value))
    raise ValueError(f"{text!r} is no type")
