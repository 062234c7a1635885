"""What people left in a target, kept aside in ``.halsync/adopted/<time>/`` before it goes."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from stat import S_IMODE

from halsync.publish.content import damage
from halsync.publish.layout import live, relative
from halsync.publish.store import checking_key, load_manifest
from halsync.publish.system import make_private, read, remove_empty, sync_directory, write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halsync.publish.layout import Layout


def kept_directory(where: Layout) -> str:
    """A name, not made yet, for what this run may have to keep: ``adopted/<UTC time>``."""
    return unused(f"{where.kept}/{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")


def unused(directory: str, name: str = "") -> str:
    """``directory``, or with a number behind it, so that it is not there, or holds no ``name``."""
    candidate, number = directory, 1
    while os.path.lexists(f"{candidate}/{name}" if name else candidate):
        number += 1
        candidate = f"{directory}-{number}"
    return candidate


def keep_copy(source: str, place: str) -> None:
    """Copy a file durably, with its mode and time, where it cannot be moved."""
    status = os.stat(source)
    try:
        make_private(os.path.dirname(place))
        write_file(place, read(source), S_IMODE(status.st_mode))
    except BaseException:
        drop_copies([place])
        raise
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    sync_directory(os.path.dirname(place))


def drop_copies(places: Iterable[str]) -> None:
    """Take copies back whose originals stay where they are: every further try would make its
    own, also on a full disk."""
    for place in places:
        with suppress(OSError):
            os.unlink(place)
        remove_empty(os.path.dirname(place))


@contextmanager
def edits_kept(where: Layout, generation: str, kept: str) -> Iterator[list[str]]:
    """Copy files that somebody edited inside the live ``generation`` (through a link, as root).

    Yields where they are, relative to the target. If what follows fails before anything is
    flipped, the copies go again.
    """
    places: list[str] = []
    try:
        for path in _edited(where, generation):
            keep_copy(f"{where.generations}/{generation}/{path}", f"{kept}/{path}")
            places.append(f"{kept}/{path}")
        yield [relative(where, place) for place in places]
    except BaseException:
        if live(where) == generation:
            drop_copies(places)
        raise


def _edited(where: Layout, generation: str) -> list[str]:
    """Files of a generation that are not what its manifest says; none if that cannot be told."""
    manifest = load_manifest(where, generation) if generation else None
    key = checking_key(where, manifest) if manifest else None
    if manifest is None or key is None:
        return []
    base = f"{where.generations}/{generation}"
    return [
        path
        for path, kind, _ in damage(base, manifest, key)
        if kind in ("changed", "added") and os.path.isfile(f"{base}/{path}")
    ]
