"""What a fetch without git brought, and the snapshot that it holds."""

from __future__ import annotations

from halsync.records import NamedTuple
from halsync.sources.entries import Entries
from halsync.sources.git.commits import read_commit
from halsync.sources.git.protocol.pack import Pack
from halsync.sources.git.reading import Asked, read_snapshot
from halsync.sources.git.trees import Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Snapshot
    from halsync.settings.model import Limits
    from halsync.sources.base import Context

_UNPACKED = 64 << 20
"""Bytes that all objects together may unpack to."""


class Delivered(NamedTuple):
    """What a fetch brought."""

    id: str
    """What the ref stands for: a commit, or the object of an annotated tag."""
    note: str
    """Worth telling the user; may be empty."""
    pack: Pack


def unpack(object_id: str, note: str, received: bytearray, limits: Limits) -> Delivered:
    """Unpack what was received. Raises as :class:`Pack` does."""
    pack = Pack(received, limits.file_bytes, min(_UNPACKED, limits.total_bytes))
    return Delivered(object_id, note, pack)


def read(delivered: Delivered, where: str, ref: str, context: Context) -> Snapshot:
    """What is wanted of it.

    Raises:
        SourceNotFound, ContentRefused: see :func:`halsync.sources.git.reading.read_snapshot`.
        Unusual, ValueError: the pack is incomplete, or holds something that is no tree.
    """
    commit = read_commit(delivered.pack, delivered.id, ref)
    entries = Entries(context.name, commit.id, context.limits)
    walker = Walker(delivered.pack, commit.tree, entries, context.limits)
    details = {"note": delivered.note} if delivered.note else {}
    return read_snapshot(Asked(where, ref, commit, details), walker, entries, context)
