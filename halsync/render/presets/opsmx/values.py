"""The installation's own Helm values, typed, with the chart's defaults behind them."""

from __future__ import annotations

import os

from halsync.errors import ConfigError
from halsync.redact import register
from halsync.render.presets.opsmx.defaults import CHARTS, DEFAULTS, SECRET
from halsync.settings.mistakes import Mistake, SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from halsync.formats.document import Document
    from halsync.settings.steps import Preset

_TRUTH = "true or false, without quotes: to Helm the text false is true"
_MISSING = object()


class Values:
    """What the values say, by dotted key; only keys of :mod:`defaults` can be asked for."""

    def __init__(
        self, chart: str, given: Mapping[str, Any], places: Mapping[str, str], everything: Any
    ) -> None:
        self.chart = chart
        self._given = given
        self._places = places
        self._everything = everything

    def text(self, key: str) -> str:
        """Text; empty where the values say null."""
        return str(self._get(key))

    def flag(self, key: str) -> bool:
        """A condition."""
        return bool(self._get(key))

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping of whatever the user put there."""
        found: dict[str, Any] = self._get(key)
        return found

    def given(self, key: str) -> bool:
        """Whether the values themselves say it."""
        return key in self._given

    def place(self, key: str) -> str:
        """``values.yaml:12``, or that it is the chart's default; for provenance."""
        return self._places.get(key, "default of the chart")

    def find(self, path: str) -> object:
        """Whatever stands at a dotted path, for templates; None if nothing does."""
        if path in DEFAULTS[self.chart]:
            return self._get(path)
        return _at(self._everything, path, None)

    def _get(self, key: str) -> Any:
        return self._given.get(key, DEFAULTS[self.chart][key])


def read(preset: Preset) -> Values:
    """The values that a preset names, from its file or as they stand in ``halsync.yaml``.

    Raises:
        SettingsError: the file cannot be read or parsed, or a known key has a wrong type, with
            every such place.
    """
    _check_chart(preset)
    if not preset.values_file:
        return _Reader(preset.chart, preset.values, preset.declared_at or "render.values").read()
    shown = _shown(preset.values_file)
    try:
        with open(preset.values_file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise ConfigError(
            f"cannot read the Helm values: {(error.strerror or 'unreadable').lower()}",
            where=shown,
            hint="name the installation's own values file as render.values in halsync.yaml",
        ) from None
    return parse(preset.chart, data, shown)


def parse(chart: str, data: bytes, file: str) -> Values:
    """The values of a file's content; ``file`` is its name in messages.

    Raises:
        SettingsError: as for :func:`read`.
    """
    from halsync.formats.yaml import parse as parse_yaml

    parsed = parse_yaml(data)
    mistakes = [
        Mistake(f"{file}:{issue.line}:{issue.column}", issue.message, issue.hint)
        for issue in parsed.issues
        if issue.severity == "error"
    ]
    if mistakes:
        raise SettingsError(mistakes)
    if not parsed.documents:
        return _Reader(chart, {}, file).read()
    document = parsed.documents[0]
    return _Reader(chart, document.value, file, document).read()


def _check_chart(preset: Preset) -> None:
    if preset.chart not in CHARTS:
        raise ConfigError(
            f"render.chart must be {' or '.join(CHARTS)}, in quotes"
            + (f", and is {preset.chart}" if preset.chart else ""),
            where=preset.declared_at,
            hint='3.12 for the charts up to 3.12.6, "4.0" for those of the 4.x configuration'
            " branches",
        )


class _Reader:
    """One pass over the known keys."""

    def __init__(self, chart: str, value: Any, file: str, document: Document | None = None) -> None:
        self._chart = chart
        self._value = value if value is not None else {}
        self._file = file
        self._document = document
        self._mistakes: list[Mistake] = []
        self._written: Mapping[tuple[str | int, ...], str] | None = None

    def read(self) -> Values:
        given: dict[str, Any] = {}
        places: dict[str, str] = {}
        if not isinstance(self._value, dict):
            self._wrong("", "the Helm values must be a mapping")
        for key, default in DEFAULTS[self._chart].items():
            found = self._find(key)
            if found is _MISSING:
                continue
            convert: Callable[[str, Any], Any] = (
                self._flag
                if isinstance(default, bool)
                else self._text
                if isinstance(default, str)
                else self._mapping
            )
            given[key] = convert(key, found)
            places[key] = self._place(key)
            if key in SECRET and given[key]:
                register(given[key])
        if self._mistakes:
            raise SettingsError(self._mistakes)
        return Values(self._chart, given, places, self._value)

    def _find(self, key: str) -> Any:
        """The value, or that there is none; a key on the way that is no mapping is wrong."""
        value: Any = self._value
        parts = key.split(".")
        for number, part in enumerate(parts):
            if value is None:
                return _MISSING
            if not isinstance(value, dict):
                place = ".".join(parts[:number])
                if place and all(place not in mistake.message for mistake in self._mistakes):
                    self._wrong(place, f"{place} must be a mapping")
                return _MISSING
            if part not in value:
                return _MISSING
            value = value[part]
        return value

    def _flag(self, key: str, value: Any) -> bool:
        if value is None:  # Helm: null takes a default away, and nothing is false
            return False
        if not isinstance(value, bool):
            self._wrong(key, f"{key} must be {_TRUTH}")
            return False
        return value

    def _text(self, key: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(key, f"{key} must be text")
            return ""
        return self._as_written(key, value)

    def _as_written(self, key: str, value: float) -> str:
        """A number where text is meant: what the user typed (3.10, 0123456), which Helm turns
        into something else (3.1, 42798)."""
        if self._document is not None:
            if self._written is None:
                from halsync.formats.scalars import scalars

                text = self._document.text
                self._written = {
                    span.path: text[span.start : span.end]
                    for span in scalars(text)
                    if not span.is_key and span.style == "plain"
                }
            written = self._written.get(tuple(key.split(".")))
            if written is not None:
                return written
        if isinstance(value, int):
            return str(value)
        self._wrong(key, f"{key} must be text: write the number in quotes")
        return ""

    def _mapping(self, key: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._wrong(key, f"{key} must be a mapping")
            return {}
        return value

    def _wrong(self, key: str, message: str) -> None:
        where = self._file
        if self._document is not None:
            line, column = self._document.locate(key.split(".") if key else ())
            where = f"{self._file}:{line}:{column}"
        self._mistakes.append(Mistake(where, message, "correct the Helm values"))

    def _place(self, key: str) -> str:
        if self._document is None:
            return self._file
        return f"{self._file}:{self._document.locate_key(key.split('.'))[0]}"


def _at(value: Any, path: str, otherwise: object) -> object:
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return otherwise
        value = value[part]
    return value


def _shown(path: str) -> str:
    """Relative where that is shorter, as people write it."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
