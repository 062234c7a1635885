"""One entry of ``render.placeholders`` in ``halsync.yaml``."""

from __future__ import annotations

import re

from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.redact import is_secret_name
from halsync.settings.model import PlaceholderSettings
from halsync.settings.values import NAME, BadValue, absolute, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEYS = ("value", "env", "file", "field", "files", "secret", "optional")


class Refusal(NamedTuple):
    """Why the entry is wrong; ``key`` is the key inside it that is to blame, if one is."""

    message: str
    hint: str
    key: str = ""


def read_placeholder(
    name: object, given: Any, declared_at: str, base: str
) -> PlaceholderSettings | Refusal:
    """``NAME: value``, or ``NAME`` with one of ``value``, ``env``, ``file`` and ``field``, and
    ``files``, ``secret`` and ``optional``."""
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
            "write text, a whole number, true, false, {env: NAME}, {file: PATH} or {field: …};"
            " put other values in quotes",
        )
    return _from_mapping(name, given, declared_at, base)


def _from_mapping(
    name: str, given: dict[Any, Any], declared_at: str, base: str
) -> PlaceholderSettings | Refusal:
    refusal = _refused(f"render.placeholders.{name}", given)
    if refusal is not None:
        return refusal
    env = given.get("env", "")
    files: tuple[str, ...] = ()
    if "files" in given:
        from halsync.settings.rendering import Wrong, read_patterns

        try:
            files = read_patterns(given["files"])
        except Wrong as error:
            return Refusal(f"render.placeholders.{name}: {error.message}", error.hint, "files")
    try:
        file = absolute(given.get("file", ""), base)
    except BadValue as error:
        return Refusal(f"render.placeholders.{name}.file {error.message}", error.hint, "file")
    return PlaceholderSettings(
        name,
        given.get("value"),
        env=env,
        file=file,
        secret=given.get("secret", is_secret_name(name) or is_secret_name(env)),
        declared_at=declared_at,
        field=given.get("field", ""),
        files=files,
        optional=given.get("optional", False),
    )


def _refused(at: str, given: dict[Any, Any]) -> Refusal | None:  # noqa: PLR0911 - one per mistake
    """The first thing that is wrong with the keys that say where the value comes from."""
    for key in given:
        if key not in _KEYS:
            meant = nearest(str(key), _KEYS)
            hint = f"did you mean {meant}?" if meant else f"legal here: {', '.join(_KEYS)}"
            return Refusal(f"unknown key {at}.{key}", hint, key)
    env, file, field = given.get("env", ""), given.get("file", ""), given.get("field", "")
    literal = given.get("value")
    for key, value in (("env", env), ("file", file), ("field", field)):
        if not isinstance(value, str) or (key in given and not value):
            return Refusal(f"{at}.{key} must be text", "name a variable, a file or a field", key)
    if sum(key in given for key in ("value", "env", "file", "field")) != 1:
        return Refusal(
            f"{at} needs one of value, env, file and field",
            "write {env: NAME}, {file: PATH} or {field: metadata.namespace}",
        )
    if "value" in given and not isinstance(literal, (str, bool, int)):
        hint = "write text, a whole number, true or false; put other values in quotes"
        return Refusal(f"{at}.value is {kind_of(literal)}", hint, "value")
    if field and (wrong := _wrong_field(field)):
        return Refusal(f"{at}.field: {wrong[0]}", wrong[1], "field")
    for key in ("secret", "optional"):
        if not isinstance(given.get(key, False), bool):
            return Refusal(f"{at}.{key} must be true or false", "", key)
    return None


def _wrong_field(field: str) -> tuple[str, str] | None:
    """Why this is no field of a pod that files can tell, and what to do."""
    from halsync.settings.pod_fields import mistake

    return mistake(field)
