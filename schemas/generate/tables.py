"""The tables that the check reads at run time: one line of text for each class.

They hold what deciding needs and nothing else, so that reading them costs no JSON parser and
each class is taken apart only when a file uses it. ``halsync.validate.schema.tables`` describes
the notation.
"""

from __future__ import annotations

from typing import Any

from schemas.generate.facts import Type, read, type_of

_LETTERS = {
    "string": "s", "bool": "b", "int": "i", "long": "l", "any": "a", "uri": "u", "url": "U",
    "date": "s",
}  # fmt: skip
_HEADER = "% written by python -m schemas.generate from spinnaker/halyard {commit}; do not edit"


def table(name: str) -> str:
    """The table of ``schemas/facts/<name>.json``."""
    facts, odd = read(name), read("oddities")
    lines = [_HEADER.format(**facts["source"]), f"!root {facts['root']}"]
    for enum, values in facts["enums"].items():
        mark = "~" if enum in odd["anyCase"] else ""
        lines.append(" ".join((f"#{enum}{mark}", *values)))
    lines += [_class_line(cls, entry, odd) for cls, entry in facts["classes"].items()]
    return "\n".join(lines) + "\n"


def _class_line(name: str, entry: dict[str, Any], odd: dict[str, Any]) -> str:
    head = name + ("*" if entry.get("node") else "")
    words = [head]
    if name in odd["scalars"]:
        words.append("~" + _LETTERS[odd["scalars"][name]])
    if name in odd["crashes"]:
        words.append("^" + odd["crashes"][name])
    if "selects" in entry:
        words.append("?" + entry["selects"]["key"])
        words += [f"{key}={target}" for key, target in entry["selects"]["classes"].items()]
    for field, facts in entry["fields"].items():
        bare = f"{name}.{field}" in odd["noNullItems"]
        code = _text_code(facts) or _code(type_of(facts))
        words.append(f"{field}={'!' if bare else ''}{code}")
    words += [f"-{key}" for key in entry.get("ignored", ())]
    return " ".join(words)


def _text_code(facts: dict[str, Any]) -> str:
    """Texts that are more than a text."""
    if facts["type"] != "string" or "format" in facts:
        return ""
    if facts.get("local_file"):
        return "F" if facts.get("secret_file") else "f"
    return "S" if facts.get("secret") else ""


def _code(kind: Type) -> str:
    if kind.kind == "enum":
        return "#" + kind.name
    if kind.kind == "object":
        return "@" + kind.name
    if kind.kind in ("list", "map"):
        if kind.item is None:
            raise ValueError(f"{kind} has no item type")
        opening = "[" if kind.kind == "list" else "{"
        # map<any,any> and map<enum:E,T>: only the latter says something about its keys.
        return opening + (f"({kind.name})" if kind.name else "") + _code(kind.item)
    return _LETTERS[kind.kind]


def history() -> str:
    """The table of ``schemas/facts/history.json``: only the topmost of what changed alike.

    ``F path since until gaps`` for keys, ``I`` for ignored keys, ``V path value …`` for enum
    values; ``SF`` and ``SV`` for service-settings. ``-`` is an open end, gaps are ``a..b``.
    """
    facts = read("history")
    lines = [_HEADER.format(**facts["source"]), "R " + " ".join(facts["releases"])]
    for letter, section in (("F", "fields"), ("SF", "settings")):
        spans = facts[section]
        for path, span in spans.items():
            if span != spans.get(_parent(path, spans)):
                lines.append(f"{letter} {path} {_span(span)}")
    lines += [f"I {path} {_span(span)}" for path, span in facts["ignored"].items()]
    for letter, section, owner in (
        ("V", "values", "fields"),
        ("SV", "settings_values", "settings"),
    ):
        for path, values in facts[section].items():
            inherited = facts[owner].get(path) or facts[owner].get(_parent(path, facts[owner]))
            lines += [
                f"{letter} {path} {value} {_span(span)}"
                for value, span in values.items()
                if span != inherited
            ]
    return "\n".join(lines) + "\n"


def _parent(path: str, spans: dict[str, Any]) -> str:
    """The nearest path above that has a history of its own, or an empty string."""
    parts = path.split(".")
    while len(parts) > 1:
        parts.pop()
        above = ".".join(parts)
        for ending in ("", "[]", "{}", "{}[]"):
            if above.endswith(ending) and above[: len(above) - len(ending)] in spans:
                return above[: len(above) - len(ending)]
        if "[name=" in parts[-1]:
            return ""
    return ""


def _span(span: list[Any]) -> str:
    since, until, gaps = [*span, None, None, None][:3]
    parts = [since or "-", until or "-", *(f"{first}..{last}" for first, last in gaps or ())]
    return " ".join(parts)


def daemon() -> str:
    """Keys of the daemon's settings: ``key kind`` a line, ``-`` before one without effect."""
    facts = read("halyard")
    letters = {"string": "s", "integer": "l", "boolean": "b"}
    lines = [
        f"{'-' if entry.get('effect') == 'none' else ''}{key} {letters[entry['type']]}"
        for key, entry in facts["keys"].items()
    ]
    return "\n".join(["% written by python -m schemas.generate; do not edit", *lines]) + "\n"
