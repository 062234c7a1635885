"""Declared placeholders and where their values come from."""

from __future__ import annotations

import os

from halsync import redact
from halsync.errors import RenderError
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem
    from halsync.settings.model import PlaceholderSettings

_SHOWN = 3


class Placeholder(NamedTuple):
    """A declared name with the value that replaces it."""

    name: str
    value: str | int | bool
    secret: bool
    """Files that receive the value are published 0600, and no output shows it."""
    declared_at: str
    """``--set``, ``HALSYNC_SET`` or ``halsync.yaml:12``."""
    files: tuple[str, ...] = ()
    """Paths or patterns of the files it is filled into; empty: every file."""
    optional: bool = False
    """That it occurs nowhere is nothing to be told."""


class _Missing(Exception):
    """No usable value: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def lookup(settings: Sequence[PlaceholderSettings], pod_info: str = "") -> list[Placeholder]:
    """The placeholders with their values: literal, from the environment, a file, or the pod.

    ``pod_info`` is the directory of the downward API volume, see :mod:`halsync.render.pod`.

    Files are UTF-8 text; one trailing line break is dropped, because editors and
    ``kubectl create secret --from-file`` leave one. A placeholder is secret when it is
    declared so, when its value comes from a file, or when its name says so
    (:func:`halsync.redact.is_secret_name`); secret values are registered for redaction.

    Raises:
        RenderError: a variable or file is missing, or a value is not UTF-8 text or holds a NUL
            character. One problem for each such placeholder, all of them at once.
    """
    found: list[Placeholder] = []
    problems: list[Problem] = []
    names: list[str] = []
    for setting in settings:
        secret = setting.secret or bool(setting.file) or redact.is_secret_name(setting.name)
        try:
            value = _value(setting, pod_info)
        except _Missing as missing:
            where = f", declared at {setting.declared_at}" if setting.declared_at else ""
            names.append(f"placeholder {setting.name}{where}")
            problems.append(_problem(f"{names[-1]}: {missing.message}", missing.hint))
            continue
        if secret:
            redact.register(_text(value))
        found.append(
            Placeholder(
                setting.name, value, secret, setting.declared_at, setting.files, setting.optional
            )
        )
    if problems:
        raise RenderError(_summary(names), problems)
    return found


def _problem(message: str, hint: str) -> Problem:
    from halsync.model import Problem
    from halsync.render.codes import NO_VALUE

    return Problem(NO_VALUE.code, "render", NO_VALUE.severity, message, hint)


def _summary(missing: Sequence[str]) -> str:
    shown = "; ".join(missing[:_SHOWN])
    more = len(missing) - _SHOWN
    return f"no usable value for {shown}" + (f" and {more} more" if more > 0 else "")


def _value(setting: PlaceholderSettings, pod_info: str) -> str | int | bool:
    if setting.field:
        from halsync.render.pod import field

        try:
            return _checked(field(setting.field, pod_info), f"the pod's {setting.field}")
        except LookupError as missing:
            raise _Missing(*missing.args) from None
    if setting.file:
        return _checked(_read(setting.file), f"the file {setting.file}")
    if setting.env:
        value = os.environ.get(setting.env)
        if value is None:
            raise _Missing(
                f"the environment variable {setting.env} is not set",
                f"set {setting.env} in the container's environment"
                f"{_similar(setting.env)}, or give the placeholder a value of its own",
            )
        return _checked(value, f"the environment variable {setting.env}")
    if setting.literal is None:
        raise _Missing(
            "no value is given",
            "give it a value, or say 'env', 'file' or 'field' where to find one",
        )
    if isinstance(setting.literal, str):
        return _checked(setting.literal, "the value")
    return setting.literal


def _read(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise _Missing(
            f"cannot read the file {path}: {error.strerror}",
            "mount the file there, readable by the user halsync runs as",
        ) from None
    # Bytes that are not UTF-8 become lone surrogates, which _checked refuses.
    text = content.decode("utf-8", "surrogateescape")
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _checked(value: str, what: str) -> str:
    if "\0" in value:
        raise _Missing(
            f"{what} holds a NUL character, which no configuration file can hold",
            "is it a binary file? Encode it (base64), or reference the file instead",
        )
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise _Missing(
            f"{what} is not UTF-8 text",
            "convert it to UTF-8, or encode binary data (base64)",
        )
    return value


def _similar(name: str) -> str:
    from halsync.paths import nearest

    found = nearest(name, list(os.environ))
    return f" ({found} is set: is that meant?)" if found else ""


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
