"""Where things stand below a target, and which links a generation needs.

Paths are relative to the target unless a name says otherwise.
"""

from __future__ import annotations

import os
import re

from halsync import halyard
from halsync.paths import below
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HOME = ".halsync"
VERSION = 1
"""Of everything below ``.halsync``; a higher one on disk is refused."""

TEMPORARY = ".tmp-"
"""Prefix of everything that the next run may delete without looking."""

ADOPTED = "adopted-"
"""Prefix of generations that are copies of what stood in the target before halsync."""


KNOWN = (
    "generations", "manifests", "adopted", "current", "state.json", "key", "lock",
    "agent.json", "agent.lock", "agent.sock", "hold", "told.json", "drift", "secrets",
    "daemon.json", "deploy.json",
)  # fmt: skip
"""What stands in ``.halsync``; see :func:`layout`."""


class Layout(NamedTuple):
    """The absolute paths of one target."""

    root: str
    """The target, links resolved."""
    home: str
    generations: str
    manifests: str
    kept: str
    current: str
    state: str
    key: str
    lock: str


def layout(target: str) -> Layout:
    """The paths below ``target``, which may be a link and need not exist."""
    root = os.path.realpath(target)
    home = f"{root}/{HOME}" if root != "/" else f"/{HOME}"
    return Layout(
        root,
        home,
        f"{home}/generations",
        f"{home}/manifests",
        f"{home}/adopted",
        f"{home}/current",
        f"{home}/state.json",
        f"{home}/key",
        f"{home}/lock",
    )


def relative(where: Layout, path: str) -> str:
    """An absolute path below the target, counted from it."""
    return path[len(where.root.rstrip("/")) + 1 :]


def refuse_file(where: Layout) -> None:
    """Stop where the target is a file, or a link that leads to itself.

    Raises:
        PublishError: it is.
    """
    if os.path.lexists(where.root) and not os.path.isdir(where.root):
        from halsync.errors import PublishError

        kind = "a link that leads in a circle" if os.path.islink(where.root) else "a file"
        raise PublishError(
            f"is {kind}, and a directory is needed",
            where=where.root,
            hint="point --target at the halconfig directory, usually ~/.hal",
        )


def live(where: Layout) -> str:
    """The generation that ``current`` names, whether it exists or not; empty if none.

    Raises:
        PublishError: ``current`` is not a link into ``generations``: not ours.
    """
    import errno

    from halsync.errors import PublishError

    try:
        target = os.readlink(where.current)
    except FileNotFoundError:
        return ""
    except OSError as error:
        if error.errno == errno.ENOTDIR:
            return ""
        if error.errno != errno.EINVAL:
            raise
        target = ""
    name = below(target, "generations")
    if not name or "/" in name or name.startswith("."):
        raise PublishError(
            "is not a link to a generation, so this .halsync was not made by halsync",
            where=where.current,
            hint=f"move {where.home} away and run again; the files in it are not touched",
        )
    return name


def link_text(path: str) -> str:
    """What the link at ``path`` says: relative, so that any mount path will do."""
    return "../" * path.count("/") + f"{HOME}/current/{path}"


def is_own(root: str, path: str) -> bool:
    """Whether the link that belongs at ``path`` stands there."""
    try:
        return os.readlink(f"{root}/{path}") == link_text(path)
    except OSError:
        return False


def deployments(paths: list[str], config: bytes) -> tuple[str, ...]:
    """Top-level directories that Halyard writes into, so that they must stay directories.

    Beside those that hold ``profiles`` or ``service-settings``: every one whose name the
    halconfig uses as a ``name``, since Halyard puts ``history`` and ``staging`` there.
    """
    tops = {path.partition("/")[0] for path in paths if "/" in path and not path.startswith(".")}
    known = set(halyard.deployments(paths))
    for top in tops - known:
        name = os.fsencode(top)
        pattern = rb"""(?m)\bname["']?\s*:\s*["']?%b["']?\s*([,}#]|$)""" % re.escape(name)
        if top == "default" or (name in config and re.search(pattern, config)):
            known.add(top)
    return tuple(sorted(known))


def natural_points(paths: Iterable[str], deployment_names: frozenset[str]) -> set[str]:
    """Where links go for these files and directories: as high as possible."""
    points = set()
    for path in paths:
        top, _, rest = path.partition("/")
        if rest and top in deployment_names:
            points.add(f"{top}/{rest.partition('/')[0]}")
        else:
            points.add(top)
    return points


def children(paths: Iterable[str], directory: str) -> set[str]:
    """The entries of ``directory`` among ``paths``, one level down, as full paths."""
    found = set()
    for path in paths:
        rest = below(path, directory)
        if rest:
            found.add(f"{directory}/{rest.partition('/')[0]}")
    return found


def base_name(generation: str) -> str:
    """A generation's digest without the number that a rebuilt one carries (``….2``)."""
    return generation.partition(".")[0]
