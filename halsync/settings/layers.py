"""What each of flags, environment and ``halsync.yaml`` says, before anything is converted."""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.settings.mistakes import Mistake
from halsync.settings.spec import flag_form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.settings.spec import Option


class Raw(NamedTuple):
    """One value as a person wrote it."""

    value: object
    form: str
    """``value``, or for a secret ``file`` or ``env``: what ``value`` names."""
    origin: str
    """``--target``, ``HALSYNC_TARGET``, ``halsync.yaml:12``."""
    where: str
    """The same, to the column, for messages."""
    base: str
    """The directory that relative paths count from."""
    typed: bool = False
    """Whether it comes from YAML, which has types of its own."""


Layer = dict[str, Raw]
"""Key of the option (``sources[].git.url``) → what this layer says."""


class SourceLayer(NamedTuple):
    """What ``halsync.yaml`` says of one source."""

    name: str
    kind: str
    layer: Layer


def put(layer: Layer, option: Option, raw: Raw, mistakes: list[Mistake]) -> None:
    """Add a value; a secret given in two forms is a mistake."""
    other = layer.get(option.key)
    if other is None:
        layer[option.key] = raw
        return
    mistakes.append(
        Mistake(
            raw.where,
            f"{option.key.rpartition('.')[2]} is given twice, here and by {other.origin}",
            "keep one of the two",
        )
    )


def from_flags(options: Mapping[str, Option], flags: Mapping[str, object], directory: str) -> Layer:
    """The layer of the command line: key → value as :mod:`halsync.cli.words` collects it."""
    return {
        key: Raw(value, flag_form(options[key]), options[key].flag, options[key].flag, directory)
        for key, value in flags.items()
    }
