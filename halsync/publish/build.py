"""Writing a generation: complete, durable and read-only before anything refers to it."""

from __future__ import annotations

import os
from contextlib import suppress

from halsync.paths import parents
from halsync.publish import kernel
from halsync.publish.system import (
    remove_tree,
    sync_directory,
    temporary,
    write_all,
)
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from halsync.publish.content import Modes
    from halsync.publish.layout import Layout

FEW = 16
"""Up to so many files are synced one by one, more with one syncfs."""

_CHUNK = 1 << 20


class Piece(NamedTuple):
    """One file to write."""

    data: bytes | str
    """The content, or the absolute path of a file to copy it from."""
    mode: int


def write_generation(
    where: Layout,
    name: str,
    files: Mapping[str, Piece],
    *,
    directories: Iterable[str],
    links: Mapping[str, str],
    modes: Modes,
) -> None:
    """Write ``generations/<name>``, which must not exist.

    With at most :data:`FEW` files everything is durable on return; with more, call
    :func:`settle` before anything refers to the generation. On failure nothing is left.
    """
    scratch = temporary(where.generations)
    try:
        folders = _folders((*files, *links), directories)
        _write(where, scratch, files, folders=folders, links=links, modes=modes)
        os.rename(scratch, f"{where.generations}/{name}")
    except BaseException:
        with suppress(OSError):
            remove_tree(scratch)
        raise


def few(count: int) -> bool:
    """Whether so many files are synced one by one."""
    return count <= FEW


def free_name(where: Layout, name: str, intact: Callable[[str], bool]) -> tuple[str, bool]:
    """Where a generation of this name is or goes: (directory name, whether it is there).

    One that was tampered with is left as it is, and its successor gets a number: ``name.2``.
    """
    number = 1
    while True:
        candidate = name if number == 1 else f"{name}.{number}"
        if not os.path.lexists(f"{where.generations}/{candidate}"):
            return candidate, False
        if intact(candidate):
            return candidate, True
        number += 1


def settle(where: Layout, count: int, directories: Iterable[str] = ()) -> None:
    """Make everything written so far durable; ``count`` files were written in this run.

    ``directories`` (absolute) are those in which names were made or removed.
    """
    todo = [where.generations, where.manifests, where.home, *directories]
    if not few(count):
        descriptor = os.open(where.home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if kernel.syncfs(descriptor):
                # A deployment may have a volume of its own.
                device = os.fstat(descriptor).st_dev
                todo = [path for path in directories if os.stat(path).st_dev != device]
            else:
                os.sync()
        finally:
            os.close(descriptor)
    for directory in todo:
        sync_directory(directory)


def _write(
    where: Layout,
    base: str,
    files: Mapping[str, Piece],
    *,
    folders: Mapping[str, Sequence[str]],
    links: Mapping[str, str],
    modes: Modes,
) -> None:
    ordered = sorted(folders)
    for folder in ordered:
        os.mkdir(f"{base}/{folder}", 0o700)
    each = few(len(files))
    for folder in ordered:
        descriptor = os.open(f"{base}/{folder}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for path in folders[folder]:
                try:
                    if path in links:
                        os.symlink(links[path], path.rpartition("/")[2], dir_fd=descriptor)
                    else:
                        _write_piece(descriptor, path, files[path], gid=modes.gid, sync=each)
                except OSError as error:
                    # The name that means something to the user, not the scratch name.
                    error.filename = f"{where.root}/{path}"
                    raise
            if modes.gid >= 0:
                os.fchown(descriptor, -1, modes.gid)
            os.fchmod(descriptor, modes.directory)
            if each:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _folders(paths: Iterable[str], directories: Iterable[str]) -> dict[str, list[str]]:
    """Every directory to be made → the entries to be written into it."""
    folders: dict[str, list[str]] = {"": []}
    for path in directories:
        for folder in (*parents(path), path):
            folders.setdefault(folder, [])
    for path in paths:
        folder = path.rpartition("/")[0]
        if folder not in folders:
            for parent in parents(path):
                folders.setdefault(parent, [])
        folders[folder].append(path)
    return folders


def _write_piece(folder: int, path: str, piece: Piece, *, gid: int, sync: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path.rpartition("/")[2], flags, piece.mode, dir_fd=folder)
    try:
        if isinstance(piece.data, bytes):
            write_all(descriptor, piece.data)
        else:
            with open(piece.data, "rb", buffering=0) as stream:
                while chunk := stream.read(_CHUNK):
                    write_all(descriptor, chunk)
        if gid >= 0:
            os.fchown(descriptor, -1, gid)
        # The umask took something away, or a default ACL of the volume.
        if os.fstat(descriptor).st_mode & 0o777 != piece.mode:
            os.fchmod(descriptor, piece.mode)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
