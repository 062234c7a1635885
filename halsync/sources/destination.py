"""Where ``halsync push`` loads a tree: the other direction of a source.

A kind that can be pushed to has ``open_destination(options, writing) -> Destination`` in a module
that :data:`halsync.agent.push.DESTINATIONS` names.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.model import File
    from halsync.settings.model import Limits


class Writing(NamedTuple):
    """How a destination is written."""

    tree: str
    """Names the local tree; stored beside what is written, so that the next push knows it."""
    limits: Limits
    deadline: float
    """``time.monotonic()`` value at which all network work must be over."""
    path: str = ""
    """Only what lies below this directory of the destination; see ``SourceSettings.path``."""
    encryption: str = ""
    """``AES256`` or ``aws:kms``; empty: as the destination does it by itself."""
    encryption_key: str = ""
    """Name of the KMS key; empty: the default one."""


class Held(NamedTuple):
    """One file as it is at the destination."""

    content: bytes
    ours: bool
    """Written by a push of this tree, and not changed since: may be overwritten without asking."""
    state: str = ""
    """ETag or version: a write demands that it is still this one."""
    executable: bool = False


class Destination(Protocol):
    """Every method raises :class:`~halsync.errors.SourceUnreachable`,
    :class:`~halsync.errors.SourceNotFound`, :class:`~halsync.errors.AccessDenied`,
    :class:`~halsync.errors.ConfigError` or :class:`~halsync.errors.PublishError`."""

    location: str
    """Fit for a log line: ``s3://bucket/prefix``."""

    def held(self, files: Mapping[str, File]) -> Mapping[str, Held]:
        """Everything that is there now. ``files`` is what is going to be written: content that is
        known to be equal need not be transferred. Nothing there at all is no error."""

    def write(self, path: str, file: File, over: Held | None) -> None:
        """Write one file, with its digest and the name of the tree beside it.

        Called from several threads at a time.

        Raises:
            PublishError: what is there is not ``over`` (None: nothing) any longer.
        """

    def remove(self, path: str, over: Held) -> None:
        """Remove one file."""

    def close(self) -> None:
        """Drop the connections."""


def mark(tree: str, content: bytes) -> str:
    """What is stored beside a file that was pushed; says who wrote it and that it is unchanged."""
    return f"{tree}:{sha256(content).hexdigest()}"
