"""Removing generations that are beyond both the count and the age to keep."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from halsync.publish.content import damage
from halsync.publish.layout import ADOPTED, TEMPORARY, relative
from halsync.publish.store import checking_key, generations, load_manifest
from halsync.publish.system import make_private, remove_empty, remove_tree, temporary
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.publish.layout import Layout
    from halsync.publish.store import Memory
    from halsync.settings.model import PublishSettings


class Collected(NamedTuple):
    """What became of old generations."""

    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    """Where tampered ones are now, relative to the target."""
    warnings: tuple[str, ...] = ()


def collect(
    where: Layout, memory: Memory, options: PublishSettings, now: float, kept: str
) -> Collected:
    """Remove old generations.

    Kept are: the live one, the pinned one, copies of a hand-made tree, the newest
    ``options.keep``, the live one among them, and whatever was live within ``options.keep_for``
    seconds. Readers that still hold a file of a removed one open keep reading it. A generation
    that somebody changed is moved to ``kept`` instead: those bytes are not ours to delete.

    What cannot be removed (somebody else's since the pod runs as another user) is a warning:
    the new generation is live, and nobody must think otherwise.
    """
    removed, moved, warnings = [], [], []
    for name in _old(where, memory, options, now):
        try:
            place = _take_away(where, name, f"{kept}/generations")
        except OSError as error:
            warnings.append(
                f"{relative(where, where.generations)}/{name}: is old and cannot be removed:"
                f" {error.strerror}; remove it by hand"
            )
            continue
        removed.append(name)
        if place:
            moved.append(relative(where, place))
    _clear_manifests(where)
    return Collected(tuple(removed), tuple(moved), tuple(warnings))


def _old(where: Layout, memory: Memory, options: PublishSettings, now: float) -> list[str]:
    """The generations that nothing keeps, newest first."""
    live = memory.history[0].generation if memory.history else ""
    pinned = memory.pin.generation if memory.pin else ""
    last_seen = _last_seen(where, memory, now)
    newest = sorted(last_seen, key=lambda name: last_seen[name], reverse=True)
    return [
        name
        for name in newest[max(options.keep, 1) :]
        if name not in (live, pinned)
        and not name.startswith(ADOPTED)
        and now - last_seen[name] > options.keep_for
    ]


def _take_away(where: Layout, name: str, kept: str) -> str:
    """Remove a generation; where it was moved to if somebody has changed it, else empty."""
    path = f"{where.generations}/{name}"
    manifest = load_manifest(where, name)
    key = checking_key(where, manifest) if manifest else None
    found = damage(path, manifest, key) if manifest and key is not None else []
    os.chmod(path, 0o700)  # for moving it: its ".." changes; and somebody else's is refused here
    if any(kind in ("changed", "added") for _, kind, _ in found):
        make_private(kept)
        try:
            os.rename(path, f"{kept}/{name}")
        except OSError:
            remove_empty(kept)
            raise
        return f"{kept}/{name}"
    scratch = temporary(where.generations)
    try:
        os.rename(path, scratch)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        scratch = path  # part of an image, of which an overlay renames no directory
    try:
        remove_tree(scratch)
    except OSError:
        os.rename(scratch, path)  # so that it is told, and tried again, under its name
        raise
    return ""


def _last_seen(where: Layout, memory: Memory, now: float) -> dict[str, float]:
    """Each generation → until when it was live; when it was made, if it never was."""
    seen: dict[str, float] = {}
    until = now
    for entry in memory.history:
        seen[entry.generation] = max(until, seen.get(entry.generation, 0.0))
        until = entry.since
    result = {}
    for name in generations(where):
        if name in seen:
            result[name] = seen[name]
        else:
            with suppress(FileNotFoundError):
                result[name] = os.lstat(f"{where.generations}/{name}").st_mtime
    return result


def _clear_manifests(where: Layout) -> None:
    """Manifests without a generation: a run was killed between the two steps."""
    present = set(generations(where))
    for file in os.listdir(where.manifests):
        name = file.removesuffix(".json")
        if name not in present and not file.startswith(TEMPORARY):
            with suppress(FileNotFoundError):
                os.unlink(f"{where.manifests}/{file}")
