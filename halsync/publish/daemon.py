"""The daemon's own Spring files, copied into its directory as real files.

The daemon reads them only when it starts, from a directory that is usually another volume:
a link out of it would lead nowhere in the daemon's container.
"""

from __future__ import annotations

import os
from contextlib import suppress
from stat import S_IMODE, S_ISDIR, S_ISREG

from halsync.errors import PublishError
from halsync.halyard import DAEMON_FILES
from halsync.publish.content import digest_function
from halsync.publish.kept import drop_copies, keep_copy
from halsync.publish.store import load_key, manifests
from halsync.publish.system import lstat, mounts_below, read, sync_directory, write_file
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.publish.content import Modes
    from halsync.publish.layout import Layout

_SCRATCH = ".halsync-tmp-"
"""Followed by the file's name; a killed run's one is removed by the next."""


class Wanted(NamedTuple):
    """One file as the generation has it."""

    content: bytes
    mode: int


class DaemonPlan(NamedTuple):
    """What has to happen in the daemon's directory; empty when it is as it should be."""

    directory: str
    write: Mapping[str, Wanted]
    remove: tuple[str, ...]
    keep: tuple[str, ...]
    """Files to be written over or removed that no generation put there."""

    @property
    def clean(self) -> bool:
        """Nothing to do."""
        return not self.write and not self.remove


def plan_daemon(where: Layout, directory: str, wanted: Mapping[str, Wanted]) -> DaemonPlan:
    """Compare. Reads only.

    Raises:
        PublishError: the directory lies inside the target, or holds what cannot be replaced.
    """
    if not directory:
        return DaemonPlan("", {}, (), ())
    directory = os.path.realpath(directory)
    if directory == where.root or directory.startswith(where.root.rstrip("/") + "/"):
        raise PublishError(
            f"the daemon's directory lies inside the target {where.root}",
            where=directory,
            hint="name the directory from which the halyard daemon starts, usually"
            " /opt/halyard/config",
        )
    write, remove, keep = {}, [], []
    known: dict[str, set[str]] | None = None
    mounted = mounts_below(directory)
    for name in DAEMON_FILES:
        path = f"{directory}/{name}"
        status = lstat(path)
        want = wanted.get(name)
        if status is None:
            if want:
                write[name] = want
            continue
        actual = read(path) if S_ISREG(status.st_mode) else b""
        if want and S_ISREG(status.st_mode) and actual == want.content:
            if S_IMODE(status.st_mode) != want.mode and name not in mounted:
                write[name] = want
            continue
        known = _known(where) if known is None else known
        ours = _is_ours(where, name, actual, known)
        if want:
            _refuse_immovable(path, directory=S_ISDIR(status.st_mode), mounted=name in mounted)
            write[name] = want
        elif name in known and not S_ISDIR(status.st_mode) and name not in mounted:
            remove.append(name)
        if not ours and (want or name in remove):
            keep.append(name)
    return DaemonPlan(directory, write, tuple(remove), tuple(keep))


def _refuse_immovable(path: str, *, directory: bool, mounted: bool) -> None:
    """Found out now, since a rename over it would fail after the flip."""
    if directory:
        raise PublishError(
            "is a directory, and the source brings a file of this name",
            where=path,
            hint="move it away and run again",
        )
    if mounted:
        raise PublishError(
            "is mounted by itself, so the source's file of this name cannot take its place",
            where=path,
            hint="mount the directory instead of the file, or leave one of the two out",
        )


def stage(plan: DaemonPlan, modes: Modes, kept: str, places: list[str]) -> None:
    """Write the new files beside the old ones, and copies of others' files into ``kept``, so that
    a full or read-only volume is found out before anything is flipped.

    Where copies are is entered in ``places`` at once.
    """
    if plan.clean:
        return
    if not os.path.isdir(plan.directory):
        os.makedirs(plan.directory, modes.own_directory, exist_ok=True)
    for name, want in plan.write.items():
        scratch = f"{plan.directory}/{_SCRATCH}{name}"
        with suppress(FileNotFoundError):
            os.unlink(scratch)
        write_file(scratch, want.content, want.mode, gid=modes.gid)
    for name in plan.keep:
        path = f"{plan.directory}/{name}"
        if os.path.isfile(path):
            place = f"{kept}/daemon-config/{name}"
            keep_copy(path, place)
            places.append(place)


def clear_staged(directory: str) -> None:
    """Remove what a killed run staged: the next one may have other files, or none."""
    with suppress(OSError):
        for name in os.listdir(directory) if directory else ():
            if name.startswith(_SCRATCH):
                os.unlink(f"{directory}/{name}")


def unstage(plan: DaemonPlan, places: list[str]) -> None:
    """Take back what :func:`stage` wrote."""
    for name in plan.write:
        with suppress(OSError):
            os.unlink(f"{plan.directory}/{_SCRATCH}{name}")
    drop_copies(places)


def commit(plan: DaemonPlan) -> None:
    """Put the staged files in place, one rename each."""
    if plan.clean:
        return
    for name in plan.write:
        os.rename(f"{plan.directory}/{_SCRATCH}{name}", f"{plan.directory}/{name}")
    for name in plan.remove:
        os.unlink(f"{plan.directory}/{name}")
    sync_directory(plan.directory)


def _known(where: Layout) -> dict[str, set[str]]:
    """Digests of each daemon file in every generation that is kept."""
    known: dict[str, set[str]] = {}
    for manifest in manifests(where):
        for name in DAEMON_FILES:
            if name in manifest.files and manifest.kind == "published":
                digest = f"{manifest.keyed:d}{manifest.files[name].digest}"
                known.setdefault(name, set()).add(digest)
    return known


def _is_ours(where: Layout, name: str, content: bytes, known: dict[str, set[str]]) -> bool:
    digests = known.get(name, set())
    if f"0{digest_function(b'')(content)}" in digests:
        return True
    if not any(digest.startswith("1") for digest in digests):
        return False
    key = load_key(where, create=False)
    return bool(key) and f"1{digest_function(key)(content)}" in digests
