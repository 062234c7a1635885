"""What kind of file a path in the tree names."""

from __future__ import annotations

from halsync.halyard import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    FileKind = Literal["yaml", "json", "javascript", "properties", "text"]
else:  # the names that others import
    FileKind = str


_SUFFIXES: dict[str, FileKind] = {
    "yml": "yaml",
    "yaml": "yaml",
    "json": "json",
    "js": "javascript",
    "properties": "properties",
}
_VARIANTS = frozenset(
    {"s3", "ssh", "git", "vault", "gcs", "bkp", "bckp", "bak", "backup", "orig", "old"}
)
"""Suffixes that mark a variant or a copy: ``clouddriver-rw.yml.s3`` and ``orca.yaml-bckp`` are
YAML, but ``settings.json.enc`` is no JSON."""


def kind_of(path: str) -> FileKind:
    """The kind that the name promises. What Halyard keeps as ``config`` is YAML."""
    name = path.rpartition("/")[2]
    if name == CONFIG:
        return "yaml"
    parts = name.lower().split(".")
    while len(parts) > 2 and parts[-1] in _VARIANTS:
        parts.pop()
    suffix, dash, rest = parts[-1].partition("-")
    if dash and rest in _VARIANTS:
        parts[-1] = suffix
    return _SUFFIXES.get(parts[-1], "text") if len(parts) > 1 else "text"
