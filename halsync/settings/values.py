"""The types of settings: from what a person wrote to what the stages receive, and back."""

from __future__ import annotations

import os
import re

from halsync.paths import nearest, normalise
from halsync.settings.spec import takes_empty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.spec import Option

DURATION = r"(\d+(\.\d+)?(ms|s|m|h|d))+"
SIZE = r"\d+(\.\d+)?(B|KiB|MiB|GiB)"
MODE = r"0?[0-7]{3}"
NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
"""Of a placeholder."""
SOURCE_NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"

_DIGITS = 15
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_WRITE = {
    "duration": "write a number and its unit, for example 30s, 10m or 7d",
    "size": "write a number and B, KiB, MiB or GiB, for example 16MiB",
    "mode": 'write three octal digits in quotes, for example "027"',
}


class BadValue(ValueError):
    """The value is not of the option's type. Never holds a value that may be a secret."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def convert(option: Option, value: object, *, typed: bool, base: str) -> object:
    """The value that the stages receive.

    Args:
        option: whose value it is; not a secret, a login or the placeholders.
        value: what was written: text from flags and variables, any type from YAML.
        typed: whether ``value`` comes from YAML, which has types of its own.
        base: the directory that relative paths count from.

    Raises:
        BadValue: with the remedy.
    """
    if option.type == "list":
        return _words(value)
    if option.type == "integer":
        return _integer(option, value, typed)
    if option.type in ("command", "windows"):
        return _parts(option, value)
    if option.type == "boolean":
        return _boolean(value, typed)
    text = _text(option, value)
    if option.type in _CONVERTERS:
        return _CONVERTERS[option.type](option, text)
    if option.type == "url":
        text = _url(text, base)
    if option.type == "path":
        text = absolute(text, base)
    return text


def default_of(option: Option) -> object:
    """The default as the stages receive it."""
    if option.type in ("list", "command", "windows"):
        return ()
    if option.default is None:
        return ""
    if option.type in ("path", "text", "id", "url", "boolean", "integer", "choice"):
        return option.default
    return convert(option, option.default, typed=True, base="")


def show(option: Option, value: object) -> object:
    """The value as it would be written in ``halsync.yaml``."""
    if option.type == "duration" and isinstance(value, (int, float)):
        return format_duration(value)
    if option.type == "size" and isinstance(value, int):
        return format_size(value)
    if option.type == "mode" and isinstance(value, int):
        return f"{value:03o}"
    return list(value) if isinstance(value, tuple) else value


def absolute(path: str, base: str) -> str:
    """``path`` counted from ``base``, ``~`` expanded.

    Raises:
        BadValue: nobody knows which directory ``~`` is.
    """
    if path.startswith("~"):
        home = path.partition("/")[0]
        path = os.path.expanduser(path)
        if not path.startswith("/"):
            raise BadValue(
                f"begins with {home}, and no home directory is known for it",
                "write the whole path, or set HOME",
            )
    return os.path.normpath(os.path.join(base, path)) if path else ""


def format_duration(seconds: float) -> str:
    """``604800`` → ``7d``, in the largest unit that divides it."""
    for unit in ("d", "h", "m", "s"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{int(seconds // _SECONDS[unit])}{unit}"
    return "0s" if not seconds else f"{round(seconds * 1000):d}ms"


def format_size(count: int) -> str:
    """``16777216`` → ``16MiB``, in the largest unit that divides it."""
    for unit in ("GiB", "MiB", "KiB"):
        if count and count % _BYTES[unit] == 0:
            return f"{count // _BYTES[unit]}{unit}"
    return f"{count}B"


def kind_of(value: object) -> str:
    """What YAML took a value for, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else "a date"


def _text(option: Option, value: object) -> str:
    if option.type == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        scalar = not isinstance(value, (dict, list))
        hint = _WRITE.get(option.type, "put the value in quotes") if scalar else ""
        raise BadValue(f"must be text, and is {kind_of(value)}", hint)
    if not value and not takes_empty(option):
        raise BadValue("is empty", "give a value, or leave it out")
    if any(ord(char) < 32 for char in value):
        raise BadValue("holds control characters or line breaks", "write it on one line")
    return value


def _integer(option: Option, value: object, typed: bool) -> int:
    if not typed and isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue("must be a whole number", f"for example {option.default}")
    if value < option.minimum:
        raise BadValue(f"must be {option.minimum} or more")
    return value


def _boolean(value: object, typed: bool) -> bool:
    if isinstance(value, bool):
        return value
    if not typed and isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise BadValue("must be true or false")


def _words(value: object) -> tuple[str, ...]:
    """A YAML list, a repeated flag, or a variable with commas."""
    items = value if isinstance(value, list) else [value]
    words: list[str] = []
    for item in items:
        if not isinstance(item, str):
            raise BadValue("must be a list of texts")
        words += [word.strip() for word in item.split(",") if word.strip()]
    return tuple(dict.fromkeys(words))


def _parts(option: Option, value: object) -> tuple[str, ...]:
    """The words of a command, or maintenance windows: a YAML list, or one text."""
    if isinstance(value, str) and option.type == "command":
        import shlex

        try:
            value = shlex.split(value)
        except ValueError as error:
            raise BadValue("has a quote without an end", "close it") from error
    elif isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadValue(f"must be a list of texts, and is {kind_of(value)}", "quote its items")
    if option.type == "windows":
        from halsync.settings.windows import parse

        for text in value:
            parse(text)
    elif any("\0" in item for item in value) or (value and not value[0]):
        raise BadValue("does not begin with a program", "name the program, then its arguments")
    return tuple(value)


def _choice(option: Option, text: str) -> str:
    if text in option.choices:
        return text
    meant = nearest(text, option.choices)
    one_of = ", ".join(option.choices)
    raise BadValue(
        f"{text!r} is not one of {one_of}", f"write {meant}" if meant else f"choose one of {one_of}"
    )


def _duration(option: Option, text: str) -> float:
    total = 0.0
    parts = _numbers_and_units(text)
    for number, unit in parts:
        if unit not in _SECONDS or not _is_number(number):
            raise BadValue(f"{text!r} is not a duration", _WRITE[option.type])
        total += float(number) * _SECONDS[unit]
    if total < option.minimum:
        raise BadValue(f"must be {option.minimum}s or more")
    return total


def _size(option: Option, text: str) -> int:
    parts = _numbers_and_units(text)
    number, unit = parts[0]
    if len(parts) > 1 or unit not in _BYTES or not _is_number(number):
        raise BadValue(f"{text!r} is not a size", _WRITE[option.type])
    return int(float(number) * _BYTES[unit])


def _numbers_and_units(text: str) -> list[tuple[str, str]]:
    """``1h30m`` → ``[("1", "h"), ("30", "m")]``; at least one pair, of whatever there is.

    By hand: compiling patterns would cost every start more than all of this.
    """
    pairs: list[tuple[str, str]] = []
    number = unit = ""
    for char in text:
        if char.isalpha():
            unit += char
        elif unit:
            pairs.append((number, unit))
            number, unit = char, ""
        else:
            number += char
    return [*pairs, (number, unit)]


def _is_number(text: str) -> bool:
    """Digits, or digits, a point and digits; ASCII only."""
    whole, point, rest = text.partition(".")
    return (
        text.isascii()
        and len(text) <= _DIGITS
        and whole.isdigit()
        and (rest.isdigit() if point else True)
    )


def _mode(option: Option, text: str) -> int:
    digits = text[1:] if len(text) == 4 and text[0] == "0" else text
    if len(digits) != 3 or any(digit not in "01234567" for digit in digits):
        raise BadValue(f"{text!r} is not a file mode", _WRITE[option.type])
    return int(digits, 8)


def _subpath(_option: Option, text: str) -> str:
    try:
        return normalise(text)
    except ValueError as error:
        raise BadValue("leads out of the tree with '..'", "name a directory below it") from error


def _url(text: str, base: str) -> str:
    """A URL, ``user@host:path``, or a path; never with a password in it."""
    scheme, found, rest = text.partition("://")
    if found:
        user, has_user, _ = rest.partition("/")[0].rpartition("@")
        if has_user and (":" in user or scheme.lower() in ("http", "https")):
            raise BadValue(
                "holds a user or password, which would be shown to everybody",
                "log in with --git-username and --git-token-file, or with auth in halsync.yaml",
            )
        return text
    # As git-clone(1): a colon before the first slash makes it host:path.
    return text if ":" in text.partition("/")[0] else absolute(text, base)


_CONVERTERS = {
    "choice": _choice,
    "duration": _duration,
    "size": _size,
    "mode": _mode,
    "subpath": _subpath,
}
