"""Removing generations that are beyond both the count and the age to keep."""

from __future__ import annotations

import os
from contextlib import suppress

from halsync.publish.content import damage
from halsync.publish.layout import ADOPTED, TEMPORARY
from halsync.publish.store import checking_key, generations, load_manifest
from halsync.publish.system import make_private, remove_tree, temporary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.publish.layout import Layout
    from halsync.publish.store import Memory
    from halsync.settings.model import PublishSettings


def collect(
    where: Layout, memory: Memory, options: PublishSettings, now: float, kept: str
) -> tuple[list[str], list[str]]:
    """Remove old generations. Returns (their names, where tampered ones were moved).

    Kept are: the live one, the pinned one, copies of a hand-made tree, the newest
    ``options.keep``, the live one among them, and whatever was live within ``options.keep_for``
    seconds. Readers that still hold a file of a removed one open keep reading it. A generation
    that somebody changed is moved to ``kept`` instead: those bytes are not ours to delete.
    """
    live = memory.history[0].generation if memory.history else ""
    last_seen = _last_seen(where, memory, now)
    newest = sorted(last_seen, key=lambda name: last_seen[name], reverse=True)
    removed, moved = [], []
    for name in newest[max(options.keep, 1) :]:
        manifest = load_manifest(where, name)
        if name == live or (memory.pin and memory.pin.generation == name):
            continue
        if name.startswith(ADOPTED) or now - last_seen[name] <= options.keep_for:
            continue
        path = f"{where.generations}/{name}"
        key = checking_key(where, manifest) if manifest else None
        found = damage(path, manifest, key) if manifest and key is not None else []
        if any(kind in ("changed", "added") for _, kind, _ in found):
            make_private(f"{kept}/generations")
            os.chmod(path, 0o700)  # its ".." changes, which needs the right to write into it
            os.rename(path, f"{kept}/generations/{name}")
            moved.append(f"{kept}/generations/{name}")
        else:
            scratch = temporary(where.generations)
            os.rename(path, scratch)
            remove_tree(scratch)
        removed.append(name)
        with suppress(FileNotFoundError):
            os.unlink(f"{where.manifests}/{name}.json")
    _clear_manifests(where)
    return removed, moved


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
