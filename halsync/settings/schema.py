"""Finding the JSON schemas that halsync ships."""

from __future__ import annotations

import os

from halsync.errors import ConfigError
from halsync.paths import nearest

_SUFFIX = ".schema.json"


def schema_names() -> tuple[str, ...]:
    """The schemas that this installation has: ``halsync``, …"""
    for directory in _directories():
        try:
            found = os.listdir(directory)
        except OSError:
            continue
        return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))
    return ()


def schema_text(name: str) -> str:
    """The text of ``schemas/<name>.schema.json``.

    Raises:
        ConfigError: there is no schema of that name.
    """
    names = schema_names()
    if name in names:
        for directory in _directories():
            try:
                with open(os.path.join(directory, name + _SUFFIX), encoding="utf-8") as stream:
                    return stream.read()
            except OSError:
                continue
    meant = nearest(name, names)
    raise ConfigError(
        f"there is no schema {name!r}",
        hint=f"did you mean {meant}?" if meant else f"there are: {', '.join(names) or 'none'}",
    )


def _directories() -> tuple[str, str]:
    """Package data of an installed wheel, and ``schemas/`` of a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.join(package, "schemas"), os.path.join(os.path.dirname(package), "schemas")
