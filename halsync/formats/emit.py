"""Text of YAML for plain values: the one place that decides how a value is written.

Everything written here is read back as exactly that value, of that type, by SnakeYAML's YAML 1.1
(:mod:`halsync.formats.resolve`): the text ``yes``, ``1.30``, ``010`` or ``2020-01-01`` is
quoted, the boolean or number is not.
"""

from __future__ import annotations

from math import isnan

from halsync.formats.events import UNPRINTABLE
from halsync.formats.resolve import NUMERIC_START, WORDS, is_timestamp, number
from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any

KEY_LENGTH = 1000
"""Longest key, as written: a parser takes at most 1,024 characters up to the colon."""

_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = Pattern(f'[\\\\"\t\n\r\x85\u2028\u2029\ufeff]|{UNPRINTABLE.pattern}')
_NOT_IN_A_LINE = Pattern(f"[\t\n\r\x85\u2028\u2029\ufeff]|{UNPRINTABLE.pattern}")
_NOT_IN_A_BLOCK = Pattern(f"[\r\x85\u2028\u2029\ufeff]|{UNPRINTABLE.pattern}")
_INDICATORS = frozenset("[]{},#&*!|>'\"%@`")
_FLOW = Pattern(r"[,\[\]{}?]|:(?=[,\[\]{}]|$)")
_SURROGATE = Pattern("[\ud800-\udfff]")
_DIGITS = 1000


class Unfit(Exception):
    """YAML, as Halyard reads it, has no way to write the value: what is wrong, what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Manner(NamedTuple):
    """How a file is written."""

    step: int = 2
    """Columns from a key to the keys below it."""
    dash: int = 0
    """Columns from a key to the dashes below it."""
    quote: str = '"'
    """The usual quotation mark."""
    eol: str = "\n"
    json: bool = False
    """Every key and every text is double-quoted."""


_USUAL = Manner()


class Block(NamedTuple):
    """A block scalar: what stands behind the key, and the lines below it, without their ends."""

    header: str
    lines: list[str]


def reads_as_text(text: str) -> bool:
    """Whether a plain scalar of this text is a string, and not a number, date, word or null."""
    if text in WORDS or text == "=":  # SnakeYAML has a type of its own for '='
        return False
    if text[0] not in NUMERIC_START:
        return True
    try:
        return number(text) == text and not is_timestamp(text)
    except ValueError:
        return False


def fits_plain(text: str, *, flow: bool = False) -> bool:
    """Whether ``text`` needs no quotes to be read as this text, whatever its type."""
    if not text or text[0] in " " or text[-1] in " :" or _NOT_IN_A_LINE.search(text):
        return False
    if text[0] in _INDICATORS or ": " in text or " #" in text:
        return False
    if text[0] in "-?:" and (text[1:2] in ("", " ") or flow):
        return False
    # At the margin these are the marks between documents.
    return text[:3] not in ("---", "...") and not (flow and _FLOW.search(text))


def double(text: str) -> str:
    """``text`` between double quotes, on one line.

    Raises:
        Unfit: it holds half of a surrogate pair, which is no character.
    """
    if _SURROGATE.search(text):
        raise Unfit(
            "the text holds half of a UTF-16 surrogate pair, which is no character",
            "correct the text where it comes from",
        )
    return f'"{_TO_ESCAPE.sub(_escape, text)}"'


def single(text: str) -> str | None:
    """``text`` between single quotes, on one line; None if it needs escapes."""
    return None if _NOT_IN_A_LINE.search(text) else "'" + text.replace("'", "''") + "'"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in _ESCAPED:
        return _ESCAPED[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def scalar(  # noqa: PLR0911 - one return for each kind
    value: object, *, flow: bool = False, like: str = "", quote: str = '"'
) -> str:
    """A scalar on one line.

    Args:
        flow: it stands inside ``[…]`` or ``{…}``.
        like: ``'`` or ``"`` if it should be quoted that way, empty for plain where possible.
        quote: the quotation mark where a plain text needs one.

    Raises:
        Unfit: it cannot be written.
        TypeError: it is no scalar.
    """
    if isinstance(value, str):
        if not like:
            if fits_plain(value, flow=flow) and reads_as_text(value):
                return value
            like = quote
        text = single(value) if like == "'" else None
        return double(value) if text is None else text
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        text = hex(value) if value.bit_length() > 3 * _DIGITS else str(value)
        if len(text) > _DIGITS:
            raise Unfit("the number is too long to be read as one", "write it as text")
        return text
    if isinstance(value, float):
        if isnan(value):
            return ".nan"
        text = repr(value)
        return text.replace("inf", ".inf")
    raise TypeError(f"{type(value).__name__} is no YAML scalar")


def key(text: str, *, flow: bool = False, like: str = "", quote: str = '"') -> str:
    """A mapping key, as :func:`scalar`.

    Raises:
        Unfit: also if it is longer than a key may be.
    """
    written = scalar(text, flow=flow, like=like, quote=quote)
    if len(written) > KEY_LENGTH:
        raise Unfit(
            f"the key is {len(written)} characters long; YAML allows about {KEY_LENGTH:,}",
            "shorten the key",
        )
    return written


def literal(text: str, margin: int, base: int, *, folded: bool = False) -> Block | None:
    """A block scalar, or None where only quotes can hold the text.

    A text that ends in several line breaks is left to quotes: in a block the blank lines that
    happen to follow it would become part of it.

    Args:
        margin: column of its lines.
        base: column of the keys or dashes of the collection that it stands in; 0 at the root.
        folded: ``>`` instead of ``|``; only for a single line.
    """
    body = text.removesuffix("\n")
    if not body.strip("\n ") or body.endswith("\n") or _NOT_IN_A_BLOCK.search(text):
        return None
    lines = body.split("\n")
    if folded and len(lines) > 1:
        return None
    first = next(line for line in lines if line)
    indicator = ""
    if first[0] == "\t":
        return None
    if first[0] == " ":
        if folded or not 0 < margin - base < 10:
            return None
        indicator = str(margin - base)
    chomp = "" if text.endswith("\n") else "-"
    pad = " " * margin
    return Block(
        f"{'>' if folded else '|'}{indicator}{chomp}",
        [pad + line if line else "" for line in lines],
    )


def flow(value: Any, manner: Manner = _USUAL) -> str:
    """Any value on one line: ``{a: 1, b: [x, y]}``."""
    like = '"' if manner.json else ""
    if isinstance(value, dict):
        parts = [
            f"{key(name, flow=True, like=like, quote=manner.quote)}: {flow(item, manner)}"
            for name, item in value.items()
        ]
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([flow(item, manner) for item in value]) + "]"
    return scalar(value, flow=True, like=like, quote=manner.quote)


def block(value: Any, column: int, manner: Manner, *, literals: bool = True) -> list[str]:
    """The lines of a mapping or list that is not empty, indented by ``column``.

    Args:
        literals: texts of several lines may become literal blocks.
    """
    if isinstance(value, dict):
        return [
            line
            for name, item in value.items()
            for line in entry(name, item, column, manner, literals=literals)
        ]
    return [line for part in value for line in item(part, column, manner, literals=literals)]


def entry(
    name: str, value: Any, column: int, manner: Manner, *, literals: bool = True
) -> list[str]:
    """The lines of one key with its value."""
    head = " " * column + key(name, quote=manner.quote) + ":"
    if isinstance(value, dict | list) and value:
        inner = column + (manner.step if isinstance(value, dict) else manner.dash)
        return [head, *block(value, inner, manner, literals=literals)]
    return _with_scalar(head, value, column, column + manner.step, manner, literals)


def item(value: Any, column: int, manner: Manner, *, literals: bool = True) -> list[str]:
    """The lines of one list item; a mapping begins on the line of the dash."""
    head = " " * column + "-"
    if isinstance(value, dict | list) and value:
        first, *others = block(value, column + 2, manner, literals=literals)
        return [f"{head} {first[column + 2 :]}", *others]
    return _with_scalar(head, value, column, column + 2, manner, literals)


def _with_scalar(  # noqa: PLR0917
    head: str, value: Any, column: int, margin: int, manner: Manner, literals: bool
) -> list[str]:
    if literals and isinstance(value, str) and "\n" in value:
        found = literal(value, margin, column)
        if found:
            return [f"{head} {found.header}", *found.lines]
    written = flow(value) if isinstance(value, dict | list) else scalar(value, quote=manner.quote)
    return [f"{head} {written}"]
