"""What a scalar means to Halyard: YAML 1.1 as SnakeYAML 1.31's Resolver and SafeConstructor.

Timestamps stay strings (Halyard turns them into milliseconds only where it stores them), and
binary becomes its base64 text, which is what Jackson makes of it.
"""

from __future__ import annotations

import re

from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

Scalar = str | int | float | bool | None


class Merge:
    """The type of :data:`MERGE`, the meaning of a plain ``<<``."""


MERGE: Final = Merge()

_TRUE, _FALSE, _NULL = ("yes", "true", "on"), ("no", "false", "off"), ("null",)


def _cases(words: tuple[str, ...]) -> list[str]:
    """Lower, Capitalised and UPPER; ``tRUE`` is a string."""
    return [form for word in words for form in (word, word.capitalize(), word.upper())]


WORDS: Final[dict[str, Scalar | Merge]] = {
    **dict.fromkeys(_cases(_TRUE), True),
    **dict.fromkeys(_cases(_FALSE), False),
    **dict.fromkeys([*_cases(_NULL), "~", ""], None),
    "<<": MERGE,
}
"""Plain scalars with a meaning of their own."""

NUMERIC_START: Final = frozenset("+-.0123456789")
"""First characters of everything that :func:`number` can change."""

_NUMERIC_END: Final = frozenset("0123456789abcdefABCDEFnN_.")
_LONGEST_NUMBER = 1024
_LONGEST_TIMESTAMP = 50

_INT = Pattern(
    r"""[-+]?(?: 0b_*[01][01_]*
               | 0_*[0-7][0-7_]*
               | 0x_*[0-9a-fA-F][0-9a-fA-F_]*
               | 0 | [1-9][0-9_]*(?: (?::[0-5]?[0-9])+ )? )""",
    re.VERBOSE | re.ASCII,
)
_FLOAT = Pattern(
    r"""[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
      | [-+]?[0-9][0-9_]*[eE][-+]?[0-9]+
      | [-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?
      | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*
      | [-+]?\.(?:inf|Inf|INF)
      | \.(?:nan|NaN|NAN)""",
    re.VERBOSE | re.ASCII,
)
_TIMESTAMP = Pattern(
    r"""\d{4}-\d\d-\d\d
      | \d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?
        (?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?""",
    re.VERBOSE | re.ASCII,
)
_BASE64 = Pattern(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SPACE = Pattern(r"\s+")


def number(text: str) -> str | int | float:
    """The number that a plain scalar means, or the text itself.

    Raises:
        ValueError: it looks like a number and is none (``._``), at which SnakeYAML fails.
    """
    # What most texts are comes first: the patterns cost more than this to be compiled.
    whole, dot, part = text.partition(".")
    if "." in part or text[-1:] not in _NUMERIC_END or len(text) > _LONGEST_NUMBER:
        return text  # a version, an address, a quantity: 1.36.1, 10.0.0.1, 500m
    if text.isascii() and whole.isdecimal() and (part.isdecimal() or not part):
        if dot:
            return float(text)
        if whole[0] != "0":
            return int(text)
    if _INT.fullmatch(text):
        return to_int(text)
    if _FLOAT.fullmatch(text):
        return to_float(text)
    return text


def is_timestamp(text: str) -> bool:
    """Whether a plain scalar that is no number is a date for YAML 1.1."""
    if text[4:5] != "-" or len(text) > _LONGEST_TIMESTAMP:
        return False
    return _TIMESTAMP.fullmatch(text) is not None


def to_int(text: str) -> int:
    """An integer by SnakeYAML's rules, whatever the text looks like.

    Raises:
        ValueError: it is not one.
    """
    sign, digits = _split_sign(text)
    if digits.startswith("0b"):
        return sign * _digits(digits[2:], 2)
    if digits.startswith("0x"):
        return sign * _digits(digits[2:], 16)
    if ":" in digits:
        total = 0
        for part in digits.split(":"):
            total = total * 60 + _digits(part, 10)
        return sign * total
    if digits.startswith("0") and digits != "0":
        return sign * _digits(digits[1:], 8)
    return sign * _digits(digits, 10)


def to_float(text: str) -> float:
    """A float by SnakeYAML's rules.

    Raises:
        ValueError: it is not one.
    """
    sign, digits = _split_sign(text)
    lowered = digits.lower()
    if lowered == ".inf":
        return sign * float("inf")
    if lowered == ".nan":
        return float("nan")
    if ":" in digits:
        total = 0.0
        for part in digits.split(":"):
            total = total * 60 + float(part)
        return sign * total
    if not digits[:1].isdigit() and not digits.startswith("."):
        raise ValueError(f"no number: {len(text)} characters")
    return sign * float(digits)


def _split_sign(text: str) -> tuple[int, str]:
    digits = text.replace("_", "")
    if digits[:1] in ("+", "-"):
        return (-1 if digits[0] == "-" else 1), digits[1:]
    return 1, digits


def _digits(text: str, base: int) -> int:
    # int() also takes blanks, signs and prefixes, which Java's parser does not.
    if not text.isalnum() or not text.isascii():
        raise ValueError("no digits")
    return int(text, base)


_PREFIX = "tag:yaml.org,2002:"


def tagged(tag: str, text: str) -> Scalar | Merge:
    """What a scalar with an explicit standard tag means.

    Raises:
        ValueError: the text does not fit the tag; the message says so.
        LookupError: the tag is not one for a scalar that Halyard knows.
    """
    name = tag.removeprefix(_PREFIX)
    if name == tag or name not in _TAGS:
        raise LookupError(tag)
    try:
        return _TAGS[name](text)
    except ValueError:
        raise ValueError(f"the value does not fit its tag !!{name}") from None


def _bool(text: str) -> bool | None:
    # SnakeYAML looks the word up and takes what it finds, null included.
    lowered = text.lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else None


def _binary(text: str) -> str:
    packed = _SPACE.sub("", text)
    if not _BASE64.fullmatch(packed):
        raise ValueError("not base64")
    return packed


def _timestamp(text: str) -> str:
    if not is_timestamp(text):
        raise ValueError("not a date")
    return text


_TAGS: dict[str, Callable[[str], Scalar | Merge]] = {
    "str": str,
    "int": to_int,
    "float": to_float,
    "bool": _bool,
    "null": lambda _text: None,
    "binary": _binary,
    "timestamp": _timestamp,
    "merge": lambda _text: MERGE,
}

COLLECTION_TAGS: Final = {
    _PREFIX + "map": "map",
    _PREFIX + "seq": "seq",
    _PREFIX + "set": "set",
    _PREFIX + "omap": "omap",
    _PREFIX + "pairs": "pairs",
}
TIMESTAMP_TAG: Final = _PREFIX + "timestamp"


def key_text(key: object, budget: int = 1000) -> str:
    """A key as text, as Java writes it: ``1``, ``true``, ``[a, b]``, ``{a=1}``.

    At most about ``budget`` characters long, however large the key.
    """
    if isinstance(key, str):
        return key if len(key) <= budget else key[:budget] + "…"
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, dict | list):
        is_map = isinstance(key, dict)
        parts: list[str] = []
        for item in key:
            if budget <= 0:
                parts.append("…")
                break
            part = key_text(item, budget)
            if isinstance(key, dict):
                part += "=" + key_text(key[item], budget)
            parts.append(part)
            budget -= len(part) + 2
        return ("{%s}" if is_map else "[%s]") % ", ".join(parts)
    return str(key)
