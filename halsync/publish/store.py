"""What halsync remembers in ``.halsync``: manifests, the state file and the digest key.

The link ``current`` is the truth about what is live. The state file is written *before* the
flip and says what the flip is about to do, so a kill between the two loses nothing: if the
link does not agree with the newest entry, the flip never happened.
"""

from __future__ import annotations

import json
import os

from halsync.errors import PublishError
from halsync.model import Origin, SourceState
from halsync.publish.content import name_of
from halsync.publish.layout import ADOPTED, TEMPORARY, VERSION, base_name
from halsync.publish.records import Entry, Kind, Manifest, Pin, Publication
from halsync.publish.system import read, replace_file
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from halsync.publish.layout import Layout

_HISTORY = 200
"""Entries kept at most; older ones only matter for generations long gone."""


class Memory(NamedTuple):
    """The state file, corrected by the link."""

    history: tuple[Publication, ...]
    """Newest first, the first is the live one."""
    pin: Pin | None


def load_manifest(where: Layout, generation: str) -> Manifest | None:
    """A generation's manifest; None if there is none or it cannot be understood."""
    try:
        data = json.loads(read(f"{where.manifests}/{generation}.json"))
        origins = [Origin(source, revision, "") for source, revision in data["origins"]]
        files = {
            path: Entry(digest, int(mode, 8), origins[number]._replace(path=source), secret)
            for path, (digest, mode, secret, number, source) in data["files"].items()
        }
        return Manifest(
            generation,
            data["kind"],
            data["created"],
            data["keyed"],
            _sources(data["sources"]),
            tuple(data["deployments"]),
            tuple(data["directories"]),
            files,
            data["links"],
            str(data.get("meaning", "")),
        )
    except (
        *(FileNotFoundError, RecursionError),
        *(ValueError, KeyError, TypeError, IndexError, AttributeError),
    ):
        return None


def save_manifest(where: Layout, manifest: Manifest, mode: int, *, gid: int, sync: bool) -> None:
    """Write a manifest under its generation's name."""
    numbers: dict[tuple[str, str], int] = {}
    files = {}
    for path, entry in manifest.files.items():
        origin = entry.origin
        number = numbers.setdefault((origin.source, origin.revision), len(numbers))
        files[path] = (entry.digest, f"{entry.mode:04o}", entry.secret, number, origin.path)
    data = {
        "layout": VERSION,
        "generation": manifest.generation,
        "kind": manifest.kind,
        "created": manifest.created,
        "keyed": manifest.keyed,
        "meaning": manifest.meaning,
        "sources": [source._asdict() for source in manifest.sources],
        "deployments": manifest.deployments,
        "directories": manifest.directories,
        "origins": list(numbers),
        "links": dict(manifest.links),
        "files": files,
    }
    text = json.dumps(data).encode()
    replace_file(f"{where.manifests}/{manifest.generation}.json", text, mode, gid=gid, sync=sync)


def manifests(where: Layout) -> list[Manifest]:
    """Every readable manifest whose generation exists."""
    found = []
    for name in generations(where):
        manifest = load_manifest(where, name)
        if manifest is not None:
            found.append(manifest)
    return found


def generations(where: Layout) -> list[str]:
    """Generations on disk, complete or not, without temporary names; sorted."""
    try:
        names = os.listdir(where.generations)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if not name.startswith(TEMPORARY))


def load_memory(where: Layout, live: str) -> Memory:
    """The history as it really happened. A lost or damaged state file is made up for from
    the link and the manifests.

    Raises:
        PublishError: written by a newer halsync.
    """
    history: tuple[Publication, ...] = ()
    pin = None
    try:
        data = json.loads(read(where.state))
        if data["layout"] > VERSION:
            raise PublishError(
                f"was written by a newer halsync (layout {data['layout']}, known: {VERSION})",
                where=where.state,
                hint="use that version here, or move .halsync away to start anew",
            )
        history = tuple(_publication(entry) for entry in data["history"])
        if data["pin"]:
            held = data["pin"]
            pin = Pin(str(held["generation"]), _sources(held["sources"]), float(held["at"]))
    except (
        *(FileNotFoundError, NotADirectoryError, RecursionError),
        *(ValueError, KeyError, TypeError, AttributeError, OverflowError),
    ):
        history, pin = (), None
    if not live:
        return Memory((), None)
    if history and history[0].generation != live and not _flipped_since(where, history[0].since):
        history = history[1:]
    if not history or history[0].generation != live:
        history = (_from_manifest(where, live), *history)
    return Memory(history, pin if pin and pin.generation == live else None)


def save_memory(where: Layout, memory: Memory, mode: int, *, gid: int, sync: bool) -> None:
    """Write the state file; entries of generations that are gone are dropped."""
    present = set(generations(where))
    history = [entry for entry in memory.history if entry.generation in present][:_HISTORY]
    others = [entry.generation for entry in history if is_earlier(entry, history[0].generation)]
    data = {
        "layout": VERSION,
        "current": history[0].generation if history else "",
        "previous": others[0] if others else "",
        "since": history[0].since if history else 0,
        "pin": memory.pin
        and {
            "generation": memory.pin.generation,
            "sources": [source._asdict() for source in memory.pin.sources],
            "at": memory.pin.at,
        },
        "history": [
            {**entry._asdict(), "sources": [source._asdict() for source in entry.sources]}
            for entry in history
        ],
    }
    replace_file(where.state, json.dumps(data, indent=1).encode(), mode, gid=gid, sync=sync)


def is_earlier(entry: Publication, current: str) -> bool:
    """Whether going back without a name may lead to this entry. A copy of drift was only
    live while halsync took it over: it has to be asked for by name."""
    return entry.generation != current and entry.kind != "drift"


def load_key(where: Layout, *, create: bool) -> bytes:
    """The 32 bytes that key digests over secrets; empty if there are none yet.

    Raises:
        PublishError: the file is damaged.
    """
    try:
        key = read(where.key)
    except FileNotFoundError:
        if not create:
            return b""
        key = os.urandom(32)
        replace_file(where.key, key, 0o600)
    if len(key) != 32:
        raise PublishError(
            f"holds {len(key)} bytes instead of 32",
            where=where.key,
            hint="remove it: a new key is made, and the generations that it covered are"
            " published anew",
        )
    return key


def checking_key(where: Layout, manifest: Manifest) -> bytes | None:
    """The key (empty if there is none) with which a manifest's digests can be checked; None if
    it is gone or another one, or if the manifest was edited."""
    key = load_key(where, create=False) if manifest.keyed else b""
    if manifest.keyed and not key:
        return None
    return key if name_of(manifest, key) == base_name(manifest.generation) else None


def _flipped_since(where: Layout, moment: float) -> bool:
    """Whether somebody made the link after ``moment``: a flip by hand, not a lost one."""
    try:
        return os.lstat(where.current).st_mtime > moment
    except OSError:
        return False


def _from_manifest(where: Layout, live: str) -> Publication:
    manifest = load_manifest(where, live)
    try:
        since = os.lstat(where.current).st_mtime
    except OSError:
        since = 0.0
    kind: Kind = "adopted" if live.startswith(ADOPTED) else "published"
    if manifest is None:
        return Publication(live, since, 0.0, (), kind)
    return Publication(live, since, 0.0, manifest.sources, manifest.kind)


def _publication(data: Any) -> Publication:
    return Publication(
        str(data["generation"]),
        float(data["since"]),
        float(data["started"]),
        _sources(data["sources"]),
        data["kind"],
        str(data["inputs"]),
    )


def _sources(data: Sequence[Any]) -> tuple[SourceState, ...]:
    return tuple(
        SourceState(**{name: str(value) for name, value in source.items()}) for source in data
    )
