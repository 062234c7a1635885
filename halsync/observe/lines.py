"""A log line's bytes: JSON as a structlog pipeline writes it, or text for people.

structlog costs ten times what the whole rest of a short run's imports cost, so one-shot
commands write these lines themselves; ``tests/observe`` holds both to the same bytes.
"""

from __future__ import annotations

import time

from halsync.redact import MASK, is_secret_name, redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

try:  # the C function behind json.dumps, without the 7 ms of the json package
    from _json import encode_basestring_ascii as _quote
except ImportError:  # pragma: no cover - another Python than CPython
    from json.encoder import py_encode_basestring_ascii as _quote

_NOT_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_STYLES = {"debug": "dim", "info": "blue", "warning": "yellow", "error": "red"}


def timestamp(now_ns: int) -> str:
    """UTC with microseconds, as ``datetime.isoformat`` writes it, which omits zero ones."""
    seconds, rest = divmod(now_ns, 1_000_000_000)
    micro = rest // 1000
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{text}.{micro:06d}Z" if micro else f"{text}Z"


def cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without secrets: registered values anywhere, and whatever has a telling name."""
    return {
        key: MASK if isinstance(value, str) and value and is_secret_name(key) else _clean(value)
        for key, value in fields.items()
    }


def json_line(now_ns: int, level: str, event: str, fields: Mapping[str, Any]) -> str:
    """One JSON object, keys in the order timestamp, level, event, fields. No line end."""
    record = {"timestamp": timestamp(now_ns), "level": level, "event": redact(event)}
    return encode(record | cleaned(fields))


def text_line(
    now_ns: int,
    level: str,
    event: str,
    fields: Mapping[str, Any],
    paint: Callable[[str, str], str],
) -> str:
    """``12:30:01 info    fetched source=git revision=3e25d19``, local time, painted.

    Lists are written with commas, and what is empty is left out.
    """
    clock = time.strftime("%H:%M:%S", time.localtime(now_ns // 1_000_000_000))
    parts = [paint(clock, "dim"), paint(f"{level:<7}", _STYLES[level]), _printable(redact(event))]
    parts += [
        f"{paint(key + '=', 'dim')}{_word(value)}"
        for key, value in cleaned(fields).items()
        if value is not None and value not in ("", [], {})
    ]
    return " ".join(parts)


def encode(value: Any) -> str:
    """``json.dumps(value, default=repr)`` for the types that log lines hold."""
    if isinstance(value, str):
        return _quote(value)
    if value is None or isinstance(value, (bool, int, float)):
        return _plain(value)
    if isinstance(value, dict):
        pairs = [f"{_key(key)}: {encode(below)}" for key, below in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join([encode(item) for item in value]) + "]"
    return _quote(repr(value))


def _key(key: object) -> str:
    return _quote(key) if isinstance(key, str) else _quote(encode(key))


def _plain(value: float | None) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    text = float.__repr__(value)
    return _NOT_NUMBERS.get(text, text)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return cleaned({str(key): below for key, below in value.items()})
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact(repr(value))


def _word(value: Any) -> str:
    """A field's value in a text line; quoted where a reader could not see where it ends."""
    if isinstance(value, list):
        return ",".join([_word(item) for item in value])
    text = value if isinstance(value, str) else encode(value)
    if not text or " " in text or '"' in text or not text.isprintable():
        return _quote(text)
    return text


def _printable(text: str) -> str:
    """No control characters of somebody else's on the terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
