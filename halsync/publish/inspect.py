"""Looking at what is published. No lock, no writes: safe beside a running agent."""

from __future__ import annotations

import os

from halsync.errors import PublishError
from halsync.model import File, Origin, Tree
from halsync.publish.content import damage
from halsync.publish.layout import layout, live
from halsync.publish.records import Manifest, State
from halsync.publish.store import (
    checking_key,
    generations,
    is_earlier,
    load_manifest,
    load_memory,
)
from halsync.publish.system import explained, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.publish.layout import Layout
    from halsync.publish.store import Memory


def read_state(target: str) -> State | None:
    """What is published below ``target``; None if nothing is.

    Raises:
        PublishError: unreadable, or not made by halsync.
    """
    where = layout(target)
    with explained(where.state):
        current = live(where)
        if not current:
            return None
        memory = load_memory(where, current)
        present = set(generations(where))
        manifest = load_manifest(where, current)
    newest = memory.history[0]
    history = tuple(
        entry for entry in memory.history if entry is newest or entry.generation in present
    )
    others = [entry.generation for entry in history if is_earlier(entry, current)]
    return State(
        current,
        others[0] if others else "",
        newest.since,
        newest.sources,
        newest.kind,
        newest.inputs,
        memory.pin,
        history,
        manifest.meaning if manifest else "",
    )


def read_generation(target: str, generation: str = "") -> Tree:
    """A generation's files with their origins; the live one if ``generation`` is empty.

    Nothing published gives an empty tree, so that a first publication can be compared too.

    Raises:
        PublishError: no such generation, or it cannot be read.
    """
    where = layout(target)
    with explained(where.generations):
        current = live(where)
        if not current and not generation:
            return Tree({}, {})
        memory = load_memory(where, current)
        name = find_generation(where, memory, generation or current, previous=False)
        manifest = load_manifest(where, name)
        if manifest is None:
            raise _damaged(where, name, "its manifest is missing or damaged")
        base = f"{where.generations}/{name}"
        files = {
            path: File(read(f"{base}/{path}"), entry.executable, entry.origin, entry.secret)
            for path, entry in manifest.files.items()
        }
        dangling = {}
        for path in manifest.links:
            if not os.path.exists(f"{base}/{path}"):
                dangling[path] = Origin("", "", path)
            elif os.path.isfile(f"{base}/{path}"):
                files[path] = File(read(f"{base}/{path}"), False, Origin("", "", path))
        return Tree(files, dangling)


def find_generation(where: Layout, memory: Memory, name: str, *, previous: bool) -> str:
    """The generation meant by a name or the beginning of one.

    Raises:
        PublishError: none or several match; says which there are.
    """
    present = generations(where)
    if not name and previous:
        for entry in memory.history[1:]:
            if is_earlier(entry, memory.history[0].generation) and entry.generation in present:
                return entry.generation
        raise PublishError(
            "no earlier generation is kept",
            where=where.generations,
            hint="this is the first one published here; change the source instead",
        )
    matches = [name] if name in present else [each for each in present if each.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    kept = ", ".join(each[:20] for each in (matches or present)[:8]) or "none"
    raise PublishError(
        f"{'several generations begin' if matches else 'no generation begins'} with {name!r}",
        where=where.generations,
        hint=f"give more of the name; there {'match' if matches else 'are'}: {kept}",
    )


def intact_manifest(where: Layout, name: str) -> Manifest:
    """The manifest of a generation, every byte of which has been checked.

    Raises:
        PublishError: says what is wrong with it.
    """
    manifest = load_manifest(where, name)
    if manifest is None:
        raise _damaged(where, name, "its manifest is missing or damaged")
    key = checking_key(where, manifest)
    if key is None:
        raise _damaged(where, name, uncheckable(manifest))
    found = damage(f"{where.generations}/{name}", manifest, key)
    if any(kind != "mode" for _, kind, _ in found):
        path, _, detail = next(item for item in found if item[1] != "mode")
        raise _damaged(where, name, f"{path}: {detail}" if path else detail)
    return manifest


def uncheckable(manifest: Manifest) -> str:
    """Why a generation has no :func:`checking_key`."""
    if manifest.keyed:
        return "the key that its digests need (.halsync/key) is gone, or is another one now"
    return "its manifest is not the one that it was published with"


def _damaged(where: Layout, name: str, detail: str) -> PublishError:
    return PublishError(
        f"the generation cannot be trusted: {detail}",
        where=f"{where.generations}/{name}",
        hint="choose another one (halsync status lists them), or publish from the source",
    )
