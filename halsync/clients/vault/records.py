"""What a key-value engine holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple
from halsync.settings.vault import moment

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mount(NamedTuple):
    """A key-value engine."""

    path: str
    """Without slashes at its ends: ``team/kv``."""
    version: int
    """1 or 2."""
    key: str = ""
    """Something random about it that only who may use it learns; empty if not told."""
    scans: bool = True
    """Whether whole trees may be listed in one request, as OpenBao can."""


class Secret(NamedTuple):
    """One secret at one version."""

    path: str
    data: Mapping[str, Any]
    version: int = 0
    """0 in engines of version 1, which keep none."""
    created: str = ""
    """When that version was written, RFC 3339."""
    custom: Mapping[str, str] = {}
    """Custom metadata of the secret, whatever its version."""


class Version(NamedTuple):
    """One version of a secret, without what it holds."""

    number: int
    created: str
    deleted: str = ""
    """When it was, or will be, deleted, RFC 3339; empty: not."""
    destroyed: bool = False

    @property
    def gone(self) -> str:
        """``deleted``, which can be undone, ``destroyed``, which cannot, or empty."""
        if self.destroyed:
            return "destroyed"
        if not self.deleted:
            return ""
        from datetime import UTC, datetime

        return "deleted" if moment(self.deleted) <= datetime.now(UTC) else ""


class Metadata(NamedTuple):
    """What is known of a secret without reading it."""

    path: str
    current: int
    """Number of the newest version."""
    versions: Mapping[int, Version]
    """Those that the engine still keeps."""

    def newest(self) -> Version | None:
        """The current version, whatever became of it."""
        return self.versions.get(self.current)
