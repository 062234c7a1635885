"""One entry of ``render.placeholders`` in ``halsync.yaml``."""

from __future__ import annotations

import re
from typing import Any

from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.redact import is_secret_name
from halsync.settings.model import PlaceholderSettings
from halsync.settings.values import NAME, absolute, kind_of

_KEYS = ("env", "file", "secret")


class Refusal(NamedTuple):
    """Why the entry is wrong; ``key`` is the key inside it that is to blame, if one is."""

    message: str
    hint: str
    key: str = ""


def read_placeholder(
    name: object, given: Any, declared_at: str, base: str
) -> PlaceholderSettings | Refusal:
    """``NAME: value``, ``NAME: {env: X}`` or ``NAME: {file: PATH}``, these with ``secret``."""
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        return Refusal(
            f"render.placeholders: {name!r} is not a name",
            "use letters, digits, '_', '-' and '.', not starting with a digit",
        )
    if not isinstance(given, dict):
        if isinstance(given, (str, bool, int)):
            return PlaceholderSettings(
                name, given, secret=is_secret_name(name), declared_at=declared_at
            )
        return Refusal(
            f"render.placeholders.{name} is {kind_of(given)}",
            "write text, a whole number, true, false, {env: NAME} or {file: PATH}; put other"
            " values in quotes",
        )
    return _from_mapping(name, given, declared_at, base)


def _from_mapping(
    name: str, given: dict[Any, Any], declared_at: str, base: str
) -> PlaceholderSettings | Refusal:
    at = f"render.placeholders.{name}"
    for key in given:
        if key not in _KEYS:
            meant = nearest(str(key), _KEYS)
            hint = f"did you mean {meant}?" if meant else f"legal here: {', '.join(_KEYS)}"
            return Refusal(f"unknown key {at}.{key}", hint, key)
    env, file, secret = given.get("env", ""), given.get("file", ""), given.get("secret")
    for key, value in (("env", env), ("file", file)):
        if not isinstance(value, str) or (key in given and not value):
            return Refusal(f"{at}.{key} must be text", "name a variable or a file", key)
    if bool(env) == bool(file):
        return Refusal(f"{at} needs either env or file", "write {env: NAME} or {file: PATH}")
    if secret is not None and not isinstance(secret, bool):
        return Refusal(f"{at}.secret must be true or false", "", "secret")
    if secret is None:
        secret = is_secret_name(name) or is_secret_name(env)
    return PlaceholderSettings(
        name, env=env, file=absolute(file, base), secret=secret, declared_at=declared_at
    )
