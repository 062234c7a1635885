"""The sentences of the schema check: what is wrong, and what to write instead."""

from __future__ import annotations

from math import isfinite

from halsync.paths import nearest
from halsync.validate.schema.coerce import Millis, java_text, parse_int

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.validate.schema.history import Span

_LONGEST = 60
_TRUE_WORDS = {"yes", "y", "on", "t", "true", "1", "enabled"}
_FALSE_WORDS = {"no", "n", "off", "f", "false", "0", "disabled"}

Found = tuple[str, str, str]
"""Code, message, hint."""


def cut(text: str) -> str:
    """A text fit for a message: short, on one line."""
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return short if short.isprintable() else short.encode("unicode_escape").decode()


def shown(value: Any) -> str:
    """A scalar as it appears in a message."""
    return f"'{cut(java_text(value))}'"


def a_kind(value: Any) -> str:
    """What sort of thing a value is."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Millis):
        return "a date"
    return "a number" if isinstance(value, int | float) else "text"


def wanted(kind: str, constants: tuple[str, ...]) -> str:
    """What a field of this type holds."""
    if kind == "#":
        return f"one of {one_of(constants)}"
    words = {"b": "true or false", "i": "a whole number", "l": "a whole number", "U": "a URL"}
    return words.get(kind, "a URI")


def one_of(names: tuple[str, ...]) -> str:
    """``A, B or C``."""
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def wrong_shape(name: str, value: Any, shape: str, *, is_item: bool) -> tuple[str, str]:
    """``a list`` where ``a mapping`` must be."""
    if not name:
        return f"the file must hold {shape}, but it is {a_kind(value)}", ""
    subject = f"an item of '{cut(name)}'" if is_item else f"'{cut(name)}'"
    message = f"{subject} must be {shape}, but is {a_kind(value)}"
    if value == "":
        return message, "remove the empty text, or the whole key"
    if shape == "a list":
        return message, "begin each item on a line of its own with '- '"
    if shape == "a mapping":
        return message, "write keys and values below it, indented"
    return message, _as_scalar(value)


def _as_scalar(value: Any) -> str:
    """How to make one value of a list or a mapping."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict | list):
        return "write the value itself, without the brackets or the dash"
    if isinstance(value, dict) and list(value.values()) == [None] and next(iter(value))[:1] == "{":
        # YAML reads {{ x }} as a mapping whose one key is a mapping.
        return "render the template expression {{ … }} first, or use a placeholder"
    return "write one value on the line of the key"


def not_converted(
    name: str, value: Any, said: str, kind: str, constants: tuple[str, ...], *, too_big: bool
) -> tuple[str, str]:
    """A scalar that cannot become what the field holds. ``said`` is the value or empty."""
    if kind == "#":
        return no_constant(value, constants, what=f"'{cut(name)}'", said=said)
    message = f"'{cut(name)}' must be {wanted(kind, constants)}, but is {said or a_kind(value)}"
    if isinstance(value, Millis):
        message = f"'{cut(name)}' must be {wanted(kind, constants)}, but YAML takes this for a date"
    if kind == "b":
        text = value.strip().lower() if isinstance(value, str) else ""
        if text in _TRUE_WORDS | _FALSE_WORDS:
            meant = "true" if text in _TRUE_WORDS else "false"
            return f"{message}, which Halyard does not take for one", f"write {meant}"
        return message, "write true or false, without quotes"
    if kind in "il":
        if too_big:
            return f"{message}, which is too large or too small", "write a smaller number"
        return message, "write digits only, without a unit"
    from halsync.validate.schema.java_net import uri_fault, url_fault

    reason = (url_fault if kind == "U" else uri_fault)(java_text(value).strip())
    return f"{message}: {reason}", ""


def no_constant(
    value: Any, constants: tuple[str, ...], *, what: str, said: str | None = None
) -> tuple[str, str]:
    """A value that is none of an enum's constants."""
    text = value if isinstance(value, str) else java_text(value)
    is_what = shown(value) if said is None else said or a_kind(value)
    message = f"{what} must be one of {one_of(constants)}, but is {is_what}"
    meant = nearest(text.strip(), constants) if len(text) <= _LONGEST else ""
    if meant and meant.lower() == text.strip().lower():
        return message, f"write {meant}: upper and lower case matter"
    return message, f"did you mean {meant}?" if meant else f"write {one_of(constants)}"


def no_selection(key: str, name: Any, names: tuple[str, ...]) -> tuple[str, str]:
    """An integration whose ``name`` is missing or none of those that exist."""
    if name is None:
        return f"this item has no '{key}', which tells what it is", f"add {key}: {one_of(names)}"
    said = shown(name) if not isinstance(name, dict | list) else a_kind(name)
    message = f"'{key}' must be one of {one_of(names)}, but is {said}"
    meant = nearest(name, names) if isinstance(name, str) and len(name) <= _LONGEST else ""
    return message, f"did you mean {meant}?" if meant else ""


def ignored(key: str, span: Span | None, release: int | None) -> tuple[str, str]:
    """A key without effect. ``span``: the releases in which it had one."""
    message = f"Halyard ignores '{cut(key)}'"
    if span is not None or release is not None:
        from halsync.validate.schema.history import history

        known = history()
        if release is not None:
            message = f"Halyard {known.releases[release]} ignores '{cut(key)}'"
        if span is not None:
            since = ", ignored since" if span.until < len(known.releases) - 1 else ""
            message += f" ({known.words(span)}{since})"
    return message, "remove it; it has no effect"


def unknown_null(key: str, keys: list[str]) -> tuple[str, str]:
    """An unknown key that only its missing value makes harmless."""
    message = f"Halyard does not know the key '{cut(key)}'; without a value it is dropped"
    meant = nearest(key, keys) if len(key) <= _LONGEST else ""
    return message, f"did you mean '{meant}'?" if meant else "remove it"


def other_release(what: str, span: Span, release: int) -> tuple[str, str]:
    """Something that the target release does not know."""
    from halsync.validate.schema.history import history

    known = history()
    message = f"Halyard {known.releases[release]} does not know {what}: {known.words(span)}"
    if release < span.since and span.until == len(known.releases) - 1:
        return message, f"remove it, or run Halyard {known.releases[span.since]} or newer"
    return message, "remove it"


def null_container(key: str) -> tuple[str, str]:
    """A list or map of service-settings that is null."""
    message = f"'{cut(key)}' is null, which makes the deployment crash"
    return message, "remove the key, or give it a value"


def null_item(*, refused: bool, objects: bool) -> str:
    """A list item that is null."""
    if refused:
        return "Halyard refuses the file because of this empty list item"
    if objects:
        return "this list item is empty; Halyard stops there and may crash at deployment"
    return "this list item is empty; it stays null and may crash a deployment"


def null_key(*, has_value: bool) -> tuple[str, str]:
    """A key that YAML reads as null."""
    message = "this key is null, and Halyard refuses a file with such a key"
    return (
        message,
        "quote it, or give it a name" if has_value else "remove the line, or name the key",
    )


def text_for_settings() -> Found:
    """A service-settings file that is one text."""
    message = "Halyard takes this text for the baseUrl of the service"
    return "HAL0423", message, "write baseUrl: in front of it"


def scalar_for_object() -> Found:
    """A boolean where an object belongs that has only ``enabled``."""
    return "HAL0423", "Halyard takes this for enabled: of this section", "write enabled: below it"


def changed_text(value: Any, written: str, *, secret: bool) -> Found | None:
    """A scalar in a string field, if the text that Halyard keeps is another than the written."""
    kept = java_text(value)
    if isinstance(value, Millis):
        message = "YAML takes this for a date, and Halyard keeps its milliseconds"
        message += "" if secret else f": {kept}"
        return "HAL0421", message, "put it into quotes"
    if not written or written == kept:
        return None
    hint = "put it into quotes" if secret else f'write "{cut(written)}" in quotes'
    if isinstance(value, bool):
        message = f"YAML takes this word for a boolean, and Halyard keeps '{kept}'"
        return "HAL0422", message, hint
    if secret:
        return "HAL0420", "YAML takes this for a number and changes its text", hint
    message = f"YAML takes {cut(written)} for a number, and Halyard keeps '{cut(kept)}'"
    return "HAL0420", message, hint


def changed_key(key: str, written: str, kind: str) -> Found | None:
    """A key that is no text, if what Halyard makes of it differs from what is written."""
    if not written or written == key or written[0] in "\"'&*!?":
        return None
    code, what = ("HAL0422", "a boolean") if kind == "bool" else ("HAL0420", "a number")
    message = f"YAML takes this key for {what}, and Halyard keeps '{cut(key)}'"
    return code, message, f'write "{cut(written)}" in quotes'


def odd_value(value: Any, written: str, kind: str, constants: tuple[str, ...]) -> Found | None:
    """A value that a boolean, number or enum field makes something else of."""
    if kind == "#":
        return _odd_constant(value, constants)
    if isinstance(value, str):
        nothing = kind in "bil" and value.strip() in ("", "null")
        message = "Halyard takes this text for nothing, so the default applies"
        return ("HAL0423", message, "") if nothing else None
    if kind == "b":
        return "HAL0423", f"Halyard takes this number for {java_text(bool(value))}", "write it so"
    return _odd_number(value, written) if kind in "il" else None


def _odd_number(value: Any, written: str) -> Found | None:
    if isinstance(value, float):
        kept = int(value) if isfinite(value) else 0
        return "HAL0423", f"Halyard cuts this number off to {kept}", "write a whole number"
    if isinstance(value, Millis):
        return "HAL0421", f"YAML takes this for a date; Halyard reads {value}", "write a number"
    if written and written != str(value):
        return "HAL0420", f"YAML reads {cut(written)} as {value}", f"write {value} if it is meant"
    return None


def _odd_constant(value: Any, constants: tuple[str, ...]) -> Found | None:
    text = value.strip() if isinstance(value, str) else ""
    if text in constants:
        return None
    ordinal = value if isinstance(value, int) else parse_int(text)
    if ordinal is None:
        return None
    name = constants[ordinal]
    return "HAL0423", f"Halyard takes number {ordinal} for {name}", f"write {name}"
