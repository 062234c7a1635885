"""Taking over paths where something of somebody else's stands, without losing a byte.

In three steps, each of which leaves what a reader sees as it was: a copy of everything visible
becomes a generation of its own, ``current`` points at the copy, and then each path is swapped
for its link while the original moves to ``.halsync/adopted/<time>/``.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from stat import S_IMODE, S_ISDIR, S_ISREG

from halsync.errors import PublishError
from halsync.model import Origin
from halsync.paths import below, parents
from halsync.publish import kernel
from halsync.publish.build import Piece, free_name, write_generation
from halsync.publish.content import damage, digest_function, listing, name_of
from halsync.publish.kept import unused
from halsync.publish.layout import HOME, link_text
from halsync.publish.records import Entry, Manifest
from halsync.publish.store import save_manifest
from halsync.publish.system import (
    is_directory,
    lstat,
    make_private,
    read,
    remove_empty,
    sync_directory,
    temporary,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.publish.content import Modes
    from halsync.publish.layout import Layout
    from halsync.publish.plan import Plan
    from halsync.publish.records import Kind

_NO_EXCHANGE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM)


class Immovable(Exception):
    """The file system refuses to rename this directory (overlay lower layer, mounts)."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class _Copy:
    """What a reader sees, gathered for a generation of its own."""

    def __init__(self, where: Layout, modes: Modes) -> None:
        self.where = where
        self.modes = modes
        self.pieces: dict[str, Piece] = {}
        self.links: dict[str, str] = {}
        self.directories: list[str] = []

    def take(self, path: str, source: str, trail: tuple[str, ...] = ()) -> None:
        """Add what stands at ``source`` (absolute) under the name ``path``."""
        try:
            status = os.stat(source)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
                raise
            if os.path.islink(source):
                self.links[path] = os.readlink(source)
            return
        if S_ISREG(status.st_mode):
            executable = bool(status.st_mode & 0o100)
            # Nobody said what is secret in here: as private as it was, and no more open.
            secret = not status.st_mode & 0o077
            mode = self.modes.file(executable=executable, secret=secret)
            self.pieces[path] = Piece(source, mode)
        elif S_ISDIR(status.st_mode):
            self._take_directory(path, source, trail)

    def _take_directory(self, path: str, source: str, trail: tuple[str, ...]) -> None:
        real = os.path.realpath(source)
        outside = below(real, self.where.root) is None
        if os.path.islink(source) and (outside or real in trail):
            # Could be anything, of any size, or lead in a circle: the way there is enough.
            self.links[path] = real
            return
        self.directories.append(path)
        for name in sorted(os.listdir(source)):
            self.take(f"{path}/{name}", f"{source}/{name}", (*trail, real))

    def take_generation(self, generation: str, own: frozenset[str]) -> None:
        """Add what the live generation shows through our links."""
        base = f"{self.where.generations}/{generation}"
        found = listing(base)
        for path in found.directories:
            if _shown(path, own):
                self.directories.append(path)
        for path, mode in found.files.items():
            if _shown(path, own):
                self.pieces[path] = Piece(f"{base}/{path}", mode)
        for path, text in found.links.items():
            if _shown(path, own):
                self.links[path] = text

    def manifest(
        self, kind: Kind, created: float, deployments: tuple[str, ...], key: bytes
    ) -> Manifest:
        """What was gathered, without a name yet; digests with ``key``."""
        digest = digest_function(key)
        entries = {
            path: Entry(
                digest(piece.data if isinstance(piece.data, bytes) else read(piece.data)),
                piece.mode,
                Origin("", "", path),
                not piece.mode & 0o077,
            )
            for path, piece in self.pieces.items()
        }
        used = {parent for path in (*entries, *self.links) for parent in parents(path)}
        return Manifest(
            "",
            kind,
            created,
            keyed=True,
            sources=(),
            deployments=deployments,
            directories=tuple(path for path in self.directories if path not in used),
            files=entries,
            links=self.links,
        )


def _shown(path: str, own: frozenset[str]) -> bool:
    return path in own or any(parent in own for parent in parents(path))


def copy_visible(
    where: Layout,
    plan: Plan,
    *,
    live: str,
    kind: Kind,
    modes: Modes,
    key: bytes,
    created: float,
) -> Manifest:
    """Write a generation that shows exactly what a reader sees at the managed paths now.

    The digest is keyed: what people leave in a ``.hal`` may be secret. The same content gives
    the same name, so that a run that was killed in the middle is taken up where it stopped.
    """
    copy = _Copy(where, modes)
    if live and os.path.isdir(f"{where.generations}/{live}"):
        copy.take_generation(live, plan.own)
    for path in plan.foreign:
        copy.take(path, f"{where.root}/{path}")
    manifest = copy.manifest(kind, created, plan.deployments, key)
    name, exists = free_name(
        where,
        name_of(manifest, key),
        lambda found: not damage(f"{where.generations}/{found}", manifest, key),
    )
    named = manifest._replace(generation=name)
    if exists:
        return named
    save_manifest(where, named, modes.own_file, gid=modes.gid, sync=True)
    try:
        write_generation(
            where, name, copy.pieces, directories=copy.directories, links=copy.links, modes=modes
        )
    except BaseException:
        with suppress(OSError):
            os.unlink(f"{where.manifests}/{name}.json")
        raise
    return named


def displace(where: Layout, path: str, kept: str) -> str:
    """Swap whatever stands at ``path`` for our link. Returns where it is kept (absolute).

    Raises:
        Immovable: the file system will not rename this directory; its entries have to be
            swapped one by one.
    """
    here = f"{where.root}/{path}"
    parent, name = os.path.split(here)
    # The second place is for what is on another volume than .halsync. In the first, a copy of
    # what was edited through the link may be already.
    aside = unused(f"{parent}/{HOME}-adopted-{os.path.basename(kept)}", name)
    for place in (f"{unused(kept, path)}/{path}", f"{aside}/{name}"):
        mode = _unlock(here)
        try:
            make_private(os.path.dirname(place))
            _swap(where, path, here, place)
        except OSError as error:
            remove_empty(os.path.dirname(place))
            if error.errno not in (errno.EXDEV, errno.EBUSY):
                raise
            continue
        finally:
            if mode is not None:
                os.chmod(place if is_directory(place) else here, mode)
        sync_directory(os.path.dirname(place))
        sync_directory(parent)
        return place
    if os.path.isdir(here) and not os.path.islink(here):
        raise Immovable(path)
    raise PublishError(
        "cannot be moved aside: the file system refuses to rename it",
        where=here,
        hint="move it away by hand, then run again",
    )


def _unlock(directory: str) -> int | None:
    """Allow a read-only directory of ours to be moved: its ``..`` changes, which needs the right
    to write into it. Returns the mode to be given back; None if there is nothing to do."""
    if os.access(directory, os.W_OK) or not is_directory(directory):
        return None
    mode = S_IMODE(os.stat(directory).st_mode)
    with suppress(PermissionError):  # somebody else's: the move says so better
        os.chmod(directory, mode | 0o300)
        return mode
    return None


def _swap(where: Layout, path: str, here: str, place: str) -> None:
    """The link first stands at ``place``; one step later the two have changed places."""
    os.symlink(link_text(path), place)
    try:
        kernel.exchange(place, here)
    except OSError as error:
        os.unlink(place)
        if error.errno not in _NO_EXCHANGE:
            raise
        _swap_in_steps(where, path, here, place)


def _swap_in_steps(where: Layout, path: str, here: str, place: str) -> None:
    """For file systems that cannot exchange. A directory is out of sight for an instant."""
    found = lstat(here)
    if found is not None and not S_ISDIR(found.st_mode):
        with suppress(OSError):
            os.link(here, place, follow_symlinks=False)
            scratch = temporary(where.home)
            try:
                os.symlink(link_text(path), scratch)
                os.rename(scratch, here)
            except OSError:
                # A second name of the file would make the rename below do nothing.
                os.unlink(place)
                with suppress(FileNotFoundError):
                    os.unlink(scratch)
                raise
            return
    os.rename(here, place)
    try:
        os.symlink(link_text(path), here)
    except BaseException:
        os.rename(place, here)
        raise


def clear_stray_links(where: Layout, paths: frozenset[str]) -> None:
    """Remove links that a killed run left where an original should have gone."""
    stamps = _entries(where.kept)
    for path in paths:
        parent, name = os.path.split(f"{where.root}/{path}")
        aside = [each for each in _entries(parent) if each.startswith(f"{HOME}-adopted-")]
        for place in (
            *(f"{where.kept}/{stamp}/{path}" for stamp in stamps),
            *(f"{parent}/{directory}/{name}" for directory in aside),
        ):
            with suppress(OSError):
                if os.readlink(place) == link_text(path):
                    os.unlink(place)
                    remove_empty(os.path.dirname(place))


def _entries(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return []
