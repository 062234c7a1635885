"""A target being worked on: its directories made, its lock held, litter of killed runs gone."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from halsync.errors import PublishError
from halsync.publish import content as contents
from halsync.publish.layout import KNOWN, TEMPORARY, layout, refuse_file
from halsync.publish.lock import held
from halsync.publish.system import (
    ensure_directory,
    explained,
    lstat,
    remove_tree,
    sync_directory,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.publish.content import Modes
    from halsync.publish.layout import Layout
    from halsync.settings.model import PublishSettings


@contextmanager
def opened(target: str, options: PublishSettings) -> Iterator[tuple[Layout, Modes]]:
    """The target, made if need be, with its lock held; OSErrors explained."""
    modes = contents.modes(options)
    where = layout(target)
    with explained(where.root):
        _prepare(where, modes)
        with held(where.lock, options.lock_timeout, modes.own_file):
            yield where, modes


def _prepare(where: Layout, modes: Modes) -> None:
    """Make the directories. Nothing is written if they are there."""
    if where.root == "/":
        raise PublishError(
            "is the root of the file system: what a source calls bin or etc would take its place",
            where=where.root,
            hint="point --target at the halconfig directory, usually ~/.hal",
        )
    if lstat(where.root) is None:
        # Another agent may have been quicker.
        os.makedirs(where.root, modes.own_directory, exist_ok=True)
        os.chmod(where.root, modes.own_directory)
        sync_directory(os.path.dirname(where.root))
    refuse_file(where)
    status = lstat(where.home)
    if status is not None and not os.path.isdir(where.home):
        raise PublishError(
            "is not a directory, so it was not made by halsync",
            where=where.home,
            hint="move it away and run again",
        )
    if status is not None and os.path.isdir(where.manifests) and os.path.isdir(where.generations):
        return
    if status is not None and not all(map(_is_known, os.listdir(where.home))):
        raise PublishError(
            "holds things that halsync did not put there",
            where=where.home,
            hint="move that directory away and run again",
        )
    for directory in (where.home, where.generations, where.manifests):
        ensure_directory(directory, modes.own_directory, modes.gid)


def _is_known(name: str) -> bool:
    """Whether halsync itself may have put this into ``.halsync``."""
    return name in KNOWN or name.startswith((TEMPORARY, "halsync-work-", "agent."))


def clear_litter(where: Layout) -> None:
    """Remove what killed runs left behind, as far as it can be removed. Needs the lock."""
    for directory in (where.home, where.generations, where.manifests):
        for name in os.listdir(directory):
            if name.startswith(TEMPORARY):
                path = f"{directory}/{name}"
                # What stays (another user's) is in nobody's way. What is gone already was no
                # litter: a sidecar writes its own small files here, without the lock.
                with suppress(OSError):
                    if os.path.isdir(path) and not os.path.islink(path):
                        remove_tree(path)
                    else:
                        os.unlink(path)
