"""``halsync.yaml`` itself, looked at as ``validate`` looks at other files."""

from __future__ import annotations

import os

from halsync.errors import ConfigError
from halsync.formats.text import BadEncoding, Lines, decode
from halsync.model import Problem
from halsync.settings.load import load
from halsync.settings.mistakes import Mistake, SettingsError
from halsync.validate.codes import CODES


def check_settings(content: bytes, name: str, path: str = "") -> list[Problem]:
    """Every mistake in the text of a ``halsync.yaml``, without what variables would add to it.

    ``name`` is what the problems call it; ``path`` where it stands, if it does.
    """
    if path:
        return _mistakes(path, content, name)
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="halsync-") as directory:
        place = os.path.join(directory, "halsync.yaml")
        with open(place, "wb") as stream:
            stream.write(content)
        return _mistakes(place, content, name)


def _mistakes(place: str, content: bytes, name: str) -> list[Problem]:
    try:
        load({}, {}, config=place)
    except SettingsError as error:
        lines = _lines(content)
        return [_problem(mistake, place, name, lines) for mistake in error.mistakes]
    except ConfigError as error:
        mistake = Mistake(error.where, error.message, error.hint)
        return [_problem(mistake, place, name, _lines(content))]
    return []


def _lines(content: bytes) -> Lines:
    try:
        return Lines(decode(content))
    except BadEncoding as bad:
        return Lines(bad.readable)


def _problem(mistake: Mistake, place: str, name: str, lines: Lines) -> Problem:
    known = CODES["HAL0050"]
    line, column = 0, 0
    message = mistake.message
    if mistake.where.startswith(place):
        numbers = mistake.where[len(place) :].strip(":").split(":")
        if len(numbers) == 2:
            line, column = int(numbers[0]), int(numbers[1])
    else:
        message = f"{mistake.where}: {message}"
    return Problem(
        "HAL0050",
        known.group,
        known.severity,
        message.replace(place, name),
        mistake.hint or known.remedy,
        name,
        line,
        column,
        excerpt=lines.line(line) if line else "",
    )
