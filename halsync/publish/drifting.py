"""How what a reader sees differs from what was published. Reads only, takes no lock."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISLNK

from halsync.halyard import DAEMON_FILES
from halsync.publish.content import damage
from halsync.publish.daemon import plan_daemon
from halsync.publish.inspect import uncheckable
from halsync.publish.layout import layout, live
from halsync.publish.plan import make_plan
from halsync.publish.records import Drift
from halsync.publish.store import checking_key, load_manifest
from halsync.publish.switch import view
from halsync.publish.system import explained, lstat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.publish.layout import Layout
    from halsync.publish.records import Manifest


def drift(target: str, daemon_config: str = "") -> list[Drift]:
    """Every difference between the live generation and the target, sorted by path.

    A directory in which a volume is mounted is compared entry by entry; the mounted files
    themselves are somebody else's and no drift. Nothing published means no drift.

    Raises:
        PublishError: something cannot be read.
    """
    where = layout(target)
    with explained(where.root):
        name = live(where)
        if not name:
            return []
        manifest = load_manifest(where, name)
        if manifest is None:
            detail = "the generation or its manifest is gone; publish again"
            return [Drift(f".halsync/generations/{name}", "generation", detail)]
        return sorted(
            [
                *_links(where, manifest),
                *_content(where, manifest),
                *_daemon(where, manifest, daemon_config),
            ]
        )


def _links(where: Layout, manifest: Manifest) -> list[Drift]:
    seen = view(manifest)
    plan = make_plan(where, seen, seen)
    found = [Drift(path, "replaced", _standing(where, path)) for path in plan.foreign]
    found += [Drift(path, "missing", "the link is gone") for path in plan.missing]
    found += [Drift(path, "added", "a link that belongs to no file") for path in plan.stray]
    return found


def _standing(where: Layout, path: str) -> str:
    status = lstat(f"{where.root}/{path}")
    if status is None:
        return "gone"
    if S_ISDIR(status.st_mode):
        return "a directory stands in the place of the published one"
    if S_ISLNK(status.st_mode):
        return f"a link to {os.readlink(f'{where.root}/{path}')} stands in its place"
    return "a file stands in its place (hal config edit, or an editor)"


def _content(where: Layout, manifest: Manifest) -> list[Drift]:
    key = checking_key(where, manifest)
    if key is None:
        path = "key" if manifest.keyed else f"manifests/{manifest.generation}.json"
        return [Drift(f".halsync/{path}", "changed", f"cannot be checked: {uncheckable(manifest)}")]
    found = damage(f"{where.generations}/{manifest.generation}", manifest, key)
    home = f".halsync/generations/{manifest.generation}"
    return [Drift(path or home, kind, detail) for path, kind, detail in found]


def _daemon(where: Layout, manifest: Manifest, directory: str) -> list[Drift]:
    if not directory or manifest.kind != "published":
        return []
    from halsync.publish.back import daemon_files

    try:
        plan = plan_daemon(where, directory, daemon_files(where, manifest))
    except FileNotFoundError:
        return []  # the generation is damaged, which _content has said
    found = []
    for name in DAEMON_FILES:
        path = f"{plan.directory}/{name}"
        if name in plan.write:
            detail = "differs from the published one" if os.path.lexists(path) else "is gone"
            found.append(Drift(path, "daemon", detail))
        elif name in plan.remove:
            found.append(Drift(path, "daemon", "is not part of the live generation"))
    return found
