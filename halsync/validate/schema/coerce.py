"""Which scalars Jackson 2.13 makes a field's value of, as Halyard's two mappers are set up.

A value is what ``halsync.formats.yaml`` gives: str, bool, int, float; a date arrives here as
:class:`Millis` and ``!!binary`` as :class:`Binary`, which only string fields take. Each
function returns :data:`OK` or which way it fails.
"""

from __future__ import annotations

from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

OK: Final = ""
SHAPE: Final = "shape"
"""Of a kind that is never converted: a mapping for a string, ``1.5`` for a boolean."""
VALUE: Final = "value"
"""Of a kind that is converted, but not from this text."""
RANGE: Final = "range"
"""A number too large or too small."""

INT: Final = (-(2**31), 2**31 - 1)
LONG: Final = (-(2**63), 2**63 - 1)

_BLANKS: Final = "".join(map(chr, range(33)))
"""What ``String.trim`` removes."""
_BOOLEAN_WORDS: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", "null", ""})


class Millis(int):
    """A date: Halyard sees the milliseconds since 1970."""


class Binary(str):
    """Base64 text of ``!!binary``."""

    __slots__ = ()


def to_string(value: object) -> str:
    """Any scalar becomes its text."""
    return SHAPE if isinstance(value, dict | list) else OK


def to_bool(value: object) -> str:
    """Integers, and strings that say true, false or nothing."""
    if isinstance(value, int):
        return OK
    if not isinstance(value, str) or isinstance(value, Binary):
        return SHAPE
    return OK if value.strip(_BLANKS) in _BOOLEAN_WORDS else VALUE


def is_boolean_word(value: object) -> bool:
    """A boolean, or exactly its word: what stands for an object that has only ``enabled``."""
    if isinstance(value, bool):
        return True
    return type(value) is str and value.strip(_BLANKS) in ("true", "false")


def to_int(value: object, bounds: tuple[int, int]) -> str:
    """Integers, floats cut off, and strings of digits; ``""`` and ``"null"`` are nothing."""
    low, high = bounds
    if isinstance(value, bool | Binary) or not isinstance(value, int | float | str):
        return SHAPE
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        if text in ("", "null"):
            return OK
        number = parse_int(text)
        if number is None:
            return VALUE
        return OK if low <= number <= high else RANGE
    if isinstance(value, float):
        # Java compares doubles; NaN is neither too large nor too small, and becomes 0.
        return RANGE if value < float(low) or value > float(high) else OK
    return OK if low <= value <= high else RANGE


def to_enum(value: object, constants: tuple[str, ...]) -> str:
    """A constant's name, or its ordinal as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | str) or isinstance(value, Binary):
        return SHAPE
    if isinstance(value, int):
        return OK if 0 <= value < len(constants) else VALUE
    text = value.strip(_BLANKS)
    if value in constants or text in constants:
        return OK
    if text[:1] in frozenset("0123456789"):
        ordinal = parse_int(text)
        return OK if ordinal is not None and 0 <= ordinal < len(constants) else VALUE
    return VALUE


def to_any_case(value: object, constants: tuple[str, ...]) -> str:
    """An enum that Halyard itself compares, without regard to case and without trimming."""
    if isinstance(value, dict | list | Binary):
        return SHAPE
    if isinstance(value, str) and any(_equal_any_case(value, name) for name in constants):
        return OK
    return VALUE


def to_uri(value: object) -> str:
    """``java.net.URI``; numbers and booleans are texts too."""
    return _from_string(value, "uri")


def to_url(value: object) -> str:
    """``java.net.URL``; an empty text is no URL and accepted."""
    return _from_string(value, "url")


def _from_string(value: object, kind: str) -> str:
    if isinstance(value, dict | list | Binary):
        return SHAPE
    text = java_text(value).strip(_BLANKS)
    if not text:
        return OK
    from halsync.validate.schema.java_net import uri_fault, url_fault

    return VALUE if (url_fault if kind == "url" else uri_fault)(text) else OK


def parse_int(text: str) -> int | None:
    """``Integer.parseInt`` without its bounds: a sign, then decimal digits of any script."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isdecimal() or any(ord(char) > 0xFFFF for char in digits):
        return None
    if len(digits) > 4000:
        # Far beyond any bound, and int() refuses so many digits.
        return 10**30 if text[0] != "-" else -(10**30)
    return -int(digits) if text[0] == "-" else int(digits)


def java_text(value: object) -> str:
    """The text that a scalar becomes in a string field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    return str(value)


def java_double(value: float) -> str:
    """``Double.toString``."""
    if not isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    sign = "-" if str(value).startswith("-") else ""
    value = abs(value)
    if value == 0:
        return sign + "0.0"
    if 1e-3 <= value < 1e7:
        text = f"{value!r}"
        if "e" in text:
            text = f"{value:.17f}".rstrip("0")
        return sign + text
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        digits = mantissa.replace(".", "").lstrip("0")
        point = mantissa.index(".")
        zeros = len(mantissa.replace(".", "")) - len(digits)
        power = point - 1 - zeros
        mantissa = (digits[0] + "." + (digits[1:].rstrip("0") or "0")) if digits else "0.0"
        return f"{sign}{mantissa}E{power}"
    mantissa = mantissa if "." in mantissa else mantissa + ".0"
    return f"{sign}{mantissa}E{int(exponent)}"


def _equal_any_case(text: str, name: str) -> bool:
    """``equalsIgnoreCase``: character by character, so that ``ı`` equals ``i``."""
    return len(text) == len(name) and all(
        one == two or one.upper() == two.upper() or one.upper().lower() == two.upper().lower()
        for one, two in zip(text, name, strict=True)
    )
