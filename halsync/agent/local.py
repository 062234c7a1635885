"""Files on this machine as a tree, without any settings: what ``validate PATH`` looks at.

In a git work tree the rules for sources hold, so that the verdict is that of ``init``. Anywhere
else (a ``.hal``, one that halsync publishes, a mounted volume) links are read through, as Halyard
reads them, and what Halyard writes itself is passed over.
"""

from __future__ import annotations

import os
import stat

from halsync.errors import AccessDenied, ConfigError
from halsync.halyard import CONFIG, DEPLOYMENT_INPUTS, DEPLOYMENT_OUTPUTS, TOP_OUTPUTS
from halsync.model import Origin, Problem, Tree
from halsync.paths import below, join
from halsync.records import NamedTuple
from halsync.sources.entries import Entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import Limits

_SKIPPED = frozenset({".git", ".halsync"})
_DEPTH = 3
"""How far below a directory its halconfig is looked for."""
_HALCONFIG = (b"deploymentConfigurations", b"currentDeployment")
_FIRST_BYTES = 65_536


class Local(NamedTuple):
    """What stands in a directory."""

    tree: Tree
    base: str
    """The directory that the paths of origins count from."""
    problems: list[Problem]
    """What may not be there, and what is left out."""


def roots(path: str) -> list[str]:
    """The directories at or below ``path`` that hold a halconfig; ``path`` itself if none does."""
    for place in (path, os.path.join(path, ".hal")):
        if os.path.isfile(os.path.join(place, CONFIG)):
            return [os.path.normpath(place)]
    found: list[str] = []
    level = [path]
    for _ in range(_DEPTH):
        level = [inner for place in level for inner in _directories(place)]
        found += [place for place in level if _holds_halconfig(place)]
        level = [place for place in level if place not in found]
    return sorted(os.path.normpath(place) for place in found) or [path]


def _directories(place: str) -> list[str]:
    try:
        with os.scandir(place) as entries:
            return sorted(
                entry.path
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and (entry.name[0] != "." or entry.name == ".hal")
            )
    except OSError:
        return []


def _holds_halconfig(place: str) -> bool:
    try:
        with open(os.path.join(place, CONFIG), "rb") as stream:
            first = stream.read(_FIRST_BYTES)
    except OSError:
        return False
    return any(key in first for key in _HALCONFIG)


def read(root: str, limits: Limits) -> Local:
    """All that counts below ``root``.

    Raises:
        ConfigError: there is no such directory.
        AccessDenied: something in it may not be read by this user.
    """
    published = os.path.lexists(os.path.join(root, ".halsync/current"))
    base = "" if published else _work_tree(root)
    try:
        return _as_source(root, base, limits) if base else _as_halyard(root, limits)
    except PermissionError as error:
        where = os.fsdecode(error.filename)
        hint = "run as a user who may read it, or correct its mode"
        raise AccessDenied("permission denied", where=where, hint=hint) from error
    except FileNotFoundError as error:
        raise missing(os.fsdecode(error.filename)) from error


def missing(path: str) -> ConfigError:
    """The error for a path that is not there."""
    from halsync.paths import nearest

    beside = os.path.dirname(path) or "."
    try:
        guess = nearest(os.path.basename(path), os.listdir(beside))
    except OSError:
        guess = ""
    guess = guess and os.path.join(os.path.dirname(path), guess)
    hint = f"did you mean {guess}?" if guess else "name a directory or a file that exists"
    return ConfigError("no such file or directory", where=path, hint=hint)


def _work_tree(root: str) -> str:
    """The git work tree that ``root`` is in, or an empty string."""
    place = os.path.realpath(root)
    while True:
        if os.path.lexists(os.path.join(place, ".git")):
            return place
        above = os.path.dirname(place)
        if above == place:
            return ""
        place = above


def _as_halyard(root: str, limits: Limits) -> Local:
    entries = Entries("", "", limits)
    dangling: dict[str, Origin] = {}
    _walk(root, "", entries, dangling)
    files, _, problems = entries.settle()
    return Local(Tree(files, dangling), root, problems)


def _as_source(root: str, base: str, limits: Limits) -> Local:
    from halsync.compose import Mounted, compose
    from halsync.model import Snapshot

    inner = os.path.relpath(os.path.realpath(root), base)
    path = "" if inner == "." else inner
    entries = Entries("", "", limits)
    _walk(base, path, entries)
    done: set[str] = set()
    while new := [each for each in entries.missing() if each not in done]:
        for each in new:
            done.add(each)
            if os.path.lexists(os.path.join(base, each)):
                _walk(base, each, entries)
    files, dangling, problems = entries.settle()
    problems = [_counted_from(path, each) for each in problems]
    snapshot = Snapshot("dir", base, "", "", files, dangling)
    tree, notes = compose([Mounted("", snapshot, path)])
    return Local(tree, base, [*problems, *notes])


def _counted_from(path: str, problem: Problem) -> Problem:
    """With the file as the tree names it, where it is below ``path``."""
    return problem._replace(file=below(problem.file, path) or problem.file)


def _walk(
    base: str,
    path: str,
    entries: Entries,
    dangling: dict[str, Origin] | None = None,
    above: frozenset[tuple[int, int]] = frozenset(),
) -> None:
    """Hand everything at and below ``path`` to ``entries``.

    With ``dangling``, links are read through, and those that lead nowhere go there. ``above``:
    the directories that it is in.
    """
    full = os.path.join(base, path) if path else base
    status = os.lstat(full)
    if stat.S_ISLNK(status.st_mode) and path:
        if dangling is None:
            entries.add_link(path, os.readlink(full))
            return
        try:
            status = os.stat(full)
        except PermissionError:
            raise
        except OSError:
            dangling[path] = Origin("", "", path)
            return
    elif not path:
        status = os.stat(full)
    if stat.S_ISDIR(status.st_mode):
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            entries.refuse(path, "the link leads in a circle", "remove the link", code="HAL0102")
            return
        names = _names(full, path, follow=dangling is not None) if entries.may_hold(path) else ()
        for name in names:
            _walk(base, join(path, name), entries, dangling, above | {identity})
    elif not stat.S_ISREG(status.st_mode):
        hint = "remove it; Halyard reads files only"
        entries.refuse(path, "a device, socket or pipe", hint, code="HAL0108")
    elif entries.claim(path, status.st_size):
        with open(full, "rb") as stream:
            content = stream.read(status.st_size + 1)
        entries.add_file(path, content, bool(status.st_mode & stat.S_IXUSR))


def _names(full: str, path: str, *, follow: bool) -> list[str]:
    """What a directory holds, without what never counts."""
    names = [name for name in sorted(os.listdir(full)) if name not in _SKIPPED]
    if not follow:
        return names
    # ``..data`` and its like are the kubelet's own.
    names = [name for name in names if not name.startswith("..")]
    if not path:
        return [name for name in names if name not in TOP_OUTPUTS]
    if "/" not in path and not set(DEPLOYMENT_INPUTS).isdisjoint(names):
        return [name for name in names if name not in DEPLOYMENT_OUTPUTS]
    return names
