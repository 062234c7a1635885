"""Snapshots → one tree: every source at its mount point, every conflict named.

Two sources that bring different content for one path are never merged silently; laying one
over the other on purpose is rendering's business (overlays).
"""

from __future__ import annotations

from halsync.errors import ContentRefused
from halsync.halyard import deployments, is_output
from halsync.model import File, Origin, Problem, Snapshot, Tree, short_revision
from halsync.paths import below, join, parents
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Mounted(NamedTuple):
    """One entry of the settings, fetched."""

    name: str
    snapshot: Snapshot
    path: str = ""
    """The wanted sub-path of the snapshot, normalised."""
    mount: str = ""
    """Where it goes in the tree, normalised."""


def compose(mounted: Sequence[Mounted]) -> tuple[Tree, list[Problem]]:
    """Lay the snapshots into one tree, leaving out what Halyard itself writes there.

    Returns the tree and a note for each thing left out.

    Raises:
        ContentRefused: two sources bring the same path with different content, one needs a
            directory where the other has a file or a link that leads nowhere, or their names
            differ only in case.
    """
    files: dict[str, File] = {}
    dangling: dict[str, Origin] = {}
    conflicts: list[Problem] = []
    for entry in mounted:
        for path, file in entry.snapshot.files.items():
            inner = below(path, entry.path)
            if inner is None:
                continue
            place = join(entry.mount, inner)
            # The settings' own name for it: one snapshot may serve several entries.
            placed = file._replace(origin=file.origin._replace(source=entry.name))
            other = files.setdefault(place, placed)
            if other.content != file.content:
                conflicts.append(_conflict(place, other.origin, placed.origin))
            elif other.executable != file.executable:
                what = "the same content, but only one of them as executable"
                conflicts.append(_conflict(place, other.origin, placed.origin, what))
        for path in entry.snapshot.dangling:
            inner = below(path, entry.path)
            if inner is not None:
                origin = Origin(entry.name, entry.snapshot.revision, path)
                dangling[join(entry.mount, inner)] = origin
    conflicts += _impossible_names(files)
    conflicts += _links_in_the_way(files, dangling)
    if conflicts:
        raise ContentRefused(
            f"the sources are in conflict over {len(conflicts)} "
            f"{'path' if len(conflicts) == 1 else 'paths'}",
            conflicts,
        )
    return _without_outputs(Tree(files, dangling))


def _conflict(place: str, one: Origin, other: Origin, what: str = "different content") -> Problem:
    return Problem(
        "HAL0109",
        "source",
        "error",
        f"{_describe(one)} and {_describe(other)} bring {what} for this path",
        "remove one of the two, or mount one source elsewhere (mount)",
        place,
        origin=other,
    )


def _describe(origin: Origin) -> str:
    return f"source {origin.source} ({origin.path} at {short_revision(origin.revision)})"


def _impossible_names(files: dict[str, File]) -> Iterable[Problem]:
    """Names that cannot stand side by side in one directory."""
    seen: dict[str, str] = {}
    for path in sorted(files):
        for parent in parents(path):
            if parent in files:
                origin = files[parent].origin
                yield _conflict(
                    parent, origin, files[path].origin, f"a file and a directory ({path})"
                )
        other = seen.setdefault(path.casefold(), path)
        if other != path:
            yield _conflict(
                path,
                files[other].origin,
                files[path].origin,
                f"names that differ only in case ({other})",
            )


def _links_in_the_way(files: dict[str, File], dangling: dict[str, Origin]) -> Iterable[Problem]:
    """Links that lead nowhere in one source where another has a file or a directory."""
    told: set[str] = set()
    for path in sorted(files) if dangling else ():
        for place in (*parents(path), path):
            if place in dangling and place not in told:
                told.add(place)
                what = f"a link that leads nowhere and a {'file' if place == path else 'directory'}"
                yield _conflict(place, dangling[place], files[path].origin, what)


def _without_outputs(tree: Tree) -> tuple[Tree, list[Problem]]:
    names = deployments(list(tree.files))
    left_out: dict[str, list[File]] = {}
    kept: dict[str, File] = {}
    for path, file in tree.files.items():
        if is_output(path, names):
            depth = 2 if path.split("/")[0] in names else 1
            left_out.setdefault("/".join(path.split("/")[:depth]), []).append(file)
        else:
            kept[path] = file
    notes = [
        Problem(
            "HAL0110",
            "source",
            "info",
            f"left out {len(found)} {'file' if len(found) == 1 else 'files'}:"
            " Halyard writes here itself",
            "remove it from the source; it is what an earlier deployment left behind",
            path,
            origin=found[0].origin,
        )
        for path, found in sorted(left_out.items())
    ]
    dangling = {path: link for path, link in tree.dangling.items() if not is_output(path, names)}
    return Tree(kept, dangling), notes
