"""Checking a text, and texts that put a value at a field of any class."""

from __future__ import annotations

import json
from typing import Any

from halsync.formats.yaml import parse
from halsync.model import Problem
from halsync.validate.schema import SchemaKind, check_schema
from halsync.validate.schema.tables import Model, Spec, model


def problems(text: str | bytes, kind: SchemaKind = "halconfig", version: str = "") -> list[Problem]:
    """All problems of one text, which must be YAML."""
    parsed = parse(text)
    assert not parsed.failed, parsed.issues
    assert len(parsed.documents) <= 1
    document = parsed.documents[0] if parsed.documents else None
    return check_schema(kind, document, halyard_version=version, file="config")


def errors(found: list[Problem]) -> list[Problem]:
    """Those that make Halyard refuse the file, or crash."""
    return [problem for problem in found if problem.severity == "error"]


def codes(text: str, kind: SchemaKind = "halconfig", version: str = "") -> list[str]:
    """The codes of a text's problems."""
    return [problem.code for problem in problems(text, kind, version)]


def only(text: str, kind: SchemaKind = "halconfig", version: str = "") -> Problem:
    """The one problem of a text."""
    found = problems(text, kind, version)
    assert len(found) == 1, found
    return found[0]


def wrappers(name: str) -> dict[str, list[Any]]:
    """Class → keys from the root to one place of it; ``[]`` and ``{}`` are items.

    ``(key, value)`` is an item that a key selects.
    """
    facts: Model = model(name)
    found: dict[str, list[Any]] = {facts.root: []}
    queue = [facts.root]
    while queue:
        cls = queue.pop(0)
        for field, spec in facts.cls(cls).fields.items():
            path = [*found[cls], field]
            inner: Spec | None = spec
            while inner is not None and inner.kind in "[{":
                path.append("[]" if inner.kind == "[" else "{}")
                inner = inner.item
            if inner is None or inner.kind != "@":
                continue
            target = facts.cls(inner.name)
            places = {inner.name: path}
            for value, chosen in target.selected.items():
                places[chosen] = [*path, (target.select, value)]
            for place, where in places.items():
                if place not in found:
                    found[place] = where
                    queue.append(place)
    return found


def wrap(path: list[Any], value: dict[str, Any]) -> str:
    """A text that holds ``value`` at ``path``."""
    whole: Any = value
    for part in reversed(path):
        if part == "[]":
            whole = [whole]
        elif isinstance(part, tuple):
            whole = {part[0]: part[1], **whole}
        else:
            whole = {"gate" if part == "{}" else part: whole}
    return json.dumps(whole)
