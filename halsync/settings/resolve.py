"""One value per option: the strongest layer that has it, converted, with its origin."""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.settings.mistakes import Mistake
from halsync.settings.model import SecretRef
from halsync.settings.values import BadValue, absolute, convert, default_of, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from halsync.settings.layers import Layer, Raw
    from halsync.settings.spec import Option

DEFAULT = "default"


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

    def wrong(self, raw: Raw, message: str, hint: str) -> None:
        """Record a mistake at the place of ``raw``."""
        self._mistakes.append(Mistake(raw.where, message, hint))

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
            found = SecretRef(file=absolute(value, raw.base))
        else:
            found = SecretRef(env=value) if raw.form == "env" else SecretRef(text=value)
        self._effective.append(Effective(shown, found.file or found.env or found.text, raw.origin))
        return found
