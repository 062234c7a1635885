"""What each of flags, environment and ``halsync.yaml`` says; and of each option one value: that
of the strongest layer that has it, converted, with its origin."""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.settings.mistakes import Mistake
from halsync.settings.model import SecretRef
from halsync.settings.spec import flag_form
from halsync.settings.values import BadValue, absolute, convert, default_of, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from halsync.settings.model import PlaceholderSettings
    from halsync.settings.spec import Option

DEFAULT = "default"


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


class Declared(NamedTuple):
    """What ``halsync.yaml`` says; without arguments: nothing, because there is none."""

    layer: Layer = {}  # noqa: RUF012 - never changed
    sources: Sequence[SourceLayer] = ()
    placeholders: Sequence[PlaceholderSettings] = ()
    variables: frozenset[str] = frozenset()
    """Environment variables that it names (``tokenEnv``, ``{env: …}``)."""
    complete: bool = True
    """Whether the file could be read at all, so that ``sources`` are all there are."""


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


class Effective(NamedTuple):
    """One line of ``config show``."""

    key: str
    """As in ``halsync.yaml``: ``sources[0].git.auth.tokenFile``."""
    value: object
    """As it would be written there; for a secret the file or variable that holds it."""
    origin: str
    """``--target``, ``HALSYNC_TARGET``, ``halsync.yaml:12`` or ``default``."""
    secret: bool = False
    """Whether the value itself must not be shown."""


class Values:
    """Resolves options against the layers of one scope (the run, or one source)."""

    def __init__(
        self, layers: Sequence[Layer], mistakes: list[Mistake], effective: list[Effective], at: str
    ) -> None:
        """``layers`` strongest first; ``at`` replaces ``sources[]`` in keys that are shown."""
        self._layers = layers
        self._mistakes = mistakes
        self._effective = effective
        self._at = at

    def raw(self, key: str) -> Raw | None:
        """What the strongest layer says; None if no layer has the option."""
        return next((layer[key] for layer in self._layers if key in layer), None)

    def get(self, option: Option) -> Any:
        """The converted value or the default; a bad value is recorded and gives the default."""
        raw = self.raw(option.key)
        key = option.key.replace("sources[]", self._at)
        if option.type in ("secret", "login"):
            return self._secret(option, raw, key)
        value = default_of(option)
        origin = DEFAULT
        if raw is not None:
            try:
                value = convert(option, raw.value, typed=raw.typed, base=raw.base)
                origin = raw.origin
            except BadValue as error:
                self.wrong(raw, f"{key} {error.message}", error.hint)
        if raw is not None or value not in ("", ()):
            self._effective.append(Effective(key, show(option, value), origin))
        return value

    def has(self, section: str) -> bool:
        """Whether any layer says anything of the section (``watch.``)."""
        return any(key.startswith(section) for layer in self._layers for key in layer)

    def add(self, entry: Effective) -> None:
        """Record a value that :meth:`get` does not give."""
        self._effective.append(entry)

    def wrong(self, raw: Raw, message: str, hint: str) -> None:
        """Record a mistake at the place of ``raw``."""
        self._mistakes.append(Mistake(raw.where, message, hint))

    def path(self, raw: Raw, text: str) -> str:
        """The path ``text``, a part of ``raw``; a bad one is recorded and gives an empty one."""
        try:
            return absolute(text, raw.base)
        except BadValue as error:
            self.wrong(raw, f"{text!r} {error.message}", error.hint)
            return ""

    def _secret(self, option: Option, raw: Raw | None, key: str) -> SecretRef:
        if raw is None:
            return SecretRef()
        value = raw.value
        shown = key + {"file": "File", "env": "Env"}.get(raw.form, "")
        if option.type == "login" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value:
            what = {"file": "a path", "env": "the name of a variable"}.get(raw.form, "text")
            self.wrong(raw, f"{shown} must be {what}", "")
            return SecretRef()
        if raw.form == "file":
            found = SecretRef(file=self.path(raw, value))
        else:
            found = SecretRef(env=value) if raw.form == "env" else SecretRef(text=value)
        self._effective.append(Effective(shown, found.file or found.env or found.text, raw.origin))
        return found
