"""What a reader finds now in the places that a tree would take. Reads only, takes no lock."""

from __future__ import annotations

import os

from halsync.halyard import DAEMON_FILES
from halsync.publish.content import content
from halsync.publish.layout import layout, live, refuse_file
from halsync.publish.plan import View, make_plan
from halsync.publish.store import load_manifest
from halsync.publish.switch import view
from halsync.publish.system import explained, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Tree


def standing(target: str, tree: Tree, daemon_config: str = "") -> dict[str, tuple[bytes, bool]]:
    """Path → content and whether it is executable, for every file that ``publish`` would replace,
    take away or leave as it is.

    Files of the daemon's own directory stand under their absolute path.

    Raises:
        PublishError: something cannot be read.
    """
    where = layout(target)
    refuse_file(where)
    with explained(where.root):
        manifest = load_manifest(where, live(where))
        wanted = content(tree)
        new = View(frozenset((*wanted.files, *wanted.directories)), wanted.deployments)
        plan = make_plan(where, view(manifest), new)
        found: dict[str, tuple[bytes, bool]] = {}
        for point in sorted(plan.before | plan.after | set(plan.foreign)):
            found |= _below(where.root, point)
        for name in DAEMON_FILES if daemon_config else ():
            path = f"{os.path.realpath(daemon_config)}/{name}"
            if os.path.isfile(path):
                found[path] = (read(path), False)
        return found


def _below(root: str, point: str) -> dict[str, tuple[bytes, bool]]:
    """The files at and below one place, links followed as Halyard follows them."""
    full = f"{root}/{point}"
    if os.path.isfile(full):
        return {point: (read(full), bool(os.stat(full).st_mode & 0o100))}
    found: dict[str, tuple[bytes, bool]] = {}
    for directory, _, names in os.walk(full):
        for name in names:
            path = f"{directory}/{name}"
            if os.path.isfile(path):
                executable = bool(os.stat(path).st_mode & 0o100)
                found[path[len(root) + 1 :]] = (read(path), executable)
    return found
