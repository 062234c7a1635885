"""What stands at the managed paths now, and what has to be done there. Reads only."""

from __future__ import annotations

import os
from stat import S_ISDIR

from halsync import halyard
from halsync.errors import PublishError
from halsync.paths import below, parents
from halsync.publish.layout import HOME, children, is_own, natural_points
from halsync.publish.system import is_directory, lstat, mounts_below
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from halsync.publish.layout import Layout

_HALYARD_WAS_HERE = (*halyard.DEPLOYMENT_INPUTS, "history", "staging", "service-logs")


class View(NamedTuple):
    """What the links need to know of a generation."""

    paths: frozenset[str]
    """Files, links and empty directories."""
    deployments: tuple[str, ...]


NOTHING = View(frozenset(), ())


class Plan(NamedTuple):
    """All paths are relative to the target."""

    before: frozenset[str]
    """Where the live generation's links belong."""
    after: frozenset[str]
    """Where the new generation's links belong."""
    own: frozenset[str]
    """Where our links stand."""
    foreign: tuple[str, ...]
    """Files, directories and other people's links that stand where ours belong, or inside a
    directory that ours would replace if no mount point were in it."""
    stray: tuple[str, ...]
    """Our links that belong to neither generation."""
    raised: tuple[str, ...]
    """Our links that must become directories, because links go below them now."""
    deferred: tuple[str, ...]
    """Directories that must become links, once the links in them are gone."""
    deployments: tuple[str, ...]
    """Top-level directories that stay directories."""
    warnings: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Links to be made before the flip; those below ``raised`` come with it."""
        held = (*self.raised, *self.deferred)
        return tuple(
            sorted(
                path
                for path in self.after - self.own - {*self.foreign}
                if path not in held and not any(path.startswith(top + "/") for top in held)
            )
        )

    @property
    def gone(self) -> tuple[str, ...]:
        """Links to be removed after the flip."""
        kept = {*self.after, *self.raised}
        return tuple(sorted(path for path in self.own & self.before if path not in kept))

    @property
    def clean(self) -> bool:
        """Whether the links stand exactly as they should."""
        work = self.foreign or self.stray or self.raised or self.deferred
        return not work and self.own == self.after


def make_plan(where: Layout, old: View, new: View, exploded: frozenset[str] = frozenset()) -> Plan:
    """Compare the target with what ``old`` (live) and ``new`` need.

    ``exploded`` names directories that turned out to be immovable: like a directory with a
    mount point in it, they stay and their entries are replaced one by one.

    Raises:
        PublishError: a deployment's directory is a file or a link to somewhere else.
    """
    return _Survey(where, exploded).plan(old, new)


class _Survey:
    """One look at the target; exists to share what was seen between the steps."""

    def __init__(self, where: Layout, exploded: frozenset[str]) -> None:
        self.root = where.root
        self.exploded = set(exploded)
        self.own: set[str] = set()
        self.stay: set[str] = set()
        self.extras: set[str] = set()
        self.deferred: set[str] = set()
        self.warnings: list[str] = []
        self.mounts: frozenset[str] = frozenset()
        if os.path.isdir(self.root):
            mounts = mounts_below(self.root)
            self.mounts = frozenset(path for path in mounts if path.partition("/")[0] != HOME)

    def plan(self, old: View, new: View) -> Plan:
        self._look_around()
        names = frozenset((*old.deployments, *new.deployments, *self.stay))
        raised = self._check_parents(names, new.paths)
        before_points = natural_points(self._publishable(old.paths, names, quiet=True), names)
        after_points = natural_points(self._publishable(new.paths, names, quiet=False), names)
        for point in before_points | after_points:
            self._look_into(point)
        before = self._expand(before_points, old.paths, quiet=True)
        after = self._expand(after_points, new.paths, quiet=False)
        wanted = before | after
        for directory in sorted(self.exploded - self.deferred):
            self._find_extras(directory, wanted)
        foreign = {
            path
            for path in wanted
            if path not in self.own
            and path not in self.deferred
            and not any(parent in raised for parent in parents(path))
            and lstat(f"{self.root}/{path}") is not None
        }
        stray = self.own - wanted - set(raised)
        return Plan(
            frozenset(before | self.extras),
            frozenset(after),
            frozenset(self.own),
            tuple(sorted(foreign | self.extras)),
            tuple(sorted(stray)),
            tuple(sorted(raised)),
            tuple(sorted(self.deferred)),
            tuple(sorted(name for name in names if name not in self.own)),
            tuple(self.warnings),
        )

    def _look_around(self) -> None:
        """Find our links in the two upper levels, and the directories that must stay."""
        for name, is_dir, is_link in _entries(self.root):
            if is_link and is_own(self.root, name):
                self.own.add(name)
            elif is_dir and name != HOME and not name.startswith("."):
                inside = list(_entries(f"{self.root}/{name}"))
                links = {
                    f"{name}/{inner}"
                    for inner, _, link in inside
                    if link and is_own(self.root, f"{name}/{inner}")
                }
                self.own |= links
                if links or any(inner in _HALYARD_WAS_HERE for inner, is_d, _ in inside if is_d):
                    self.stay.add(name)

    def _check_parents(self, names: frozenset[str], paths: frozenset[str]) -> list[str]:
        raised = []
        for name in sorted(names):
            if not any(path.startswith(name + "/") for path in paths):
                continue
            found = lstat(f"{self.root}/{name}")
            if name in self.own:
                raised.append(name)
            elif found is not None and not S_ISDIR(found.st_mode):
                raise PublishError(
                    "is not a directory, but the source brings a deployment of this name and"
                    " Halyard needs to write into it",
                    where=f"{self.root}/{name}",
                    hint="move it away, or replace a link by the directory that it leads to",
                )
        return raised

    def _publishable(
        self, paths: frozenset[str], names: frozenset[str], *, quiet: bool
    ) -> Iterable[str]:
        """Without what Halyard writes in directories that only the target shows to be its."""
        listed = list(names)
        outputs: dict[tuple[str, ...], bool] = {}
        for path in paths:
            start = tuple(path.split("/", 2)[:2])
            if start not in outputs:
                outputs[start] = halyard.is_output(path, listed)
            if not outputs[start]:
                yield path
            elif not quiet:
                self.warnings.append(f"{path}: not linked, Halyard writes this path itself")

    def _look_into(self, point: str) -> None:
        """Decide whether the real directory at ``point`` has to stay."""
        if any(mount.startswith(point + "/") for mount in self.mounts):
            self.exploded.add(point)
        if not is_directory(f"{self.root}/{point}") or point in self.mounts:
            return
        found = set(self._own_inside(point))
        if found:
            self.own |= found
            self.exploded.add(point)
            for path in found:
                self.exploded.update(parent for parent in parents(path) if below(parent, point))

    def _own_inside(self, directory: str) -> Iterable[str]:
        for name, is_dir, is_link in _entries(f"{self.root}/{directory}"):
            path = f"{directory}/{name}"
            if is_link and is_own(self.root, path):
                yield path
            elif is_dir and path not in self.mounts:
                yield from self._own_inside(path)

    def _expand(self, points: set[str], paths: frozenset[str], *, quiet: bool) -> set[str]:
        """Replace points whose directory must stay by what is in them."""
        result = set()
        todo = sorted(points)
        while todo:
            point = todo.pop()
            inner = any(mount.startswith(point + "/") for mount in self.mounts)
            if point in self.mounts:
                if not quiet:
                    self.warnings.append(f"{point}: left alone, another volume is mounted there")
            elif point in self.exploded or inner:
                self.exploded.add(point)
                inside = children(paths, point)
                todo += sorted(inside)
                if not inside and point in paths and not quiet:
                    self._replace_directory_by_file(point, inner)
            elif point in self.stay and "/" not in point and point in paths:
                if not quiet:
                    self.warnings.append(f"{point}: not linked, a deployment's directory is there")
            else:
                result.add(point)
        return result

    def _replace_directory_by_file(self, point: str, inner: bool) -> None:
        if inner or not is_directory(f"{self.root}/{point}"):
            self.warnings.append(f"{point}: not linked, a volume is mounted inside it")
        else:
            self.deferred.add(point)

    def _find_extras(self, directory: str, wanted: set[str]) -> None:
        """Everything in a directory that stays which halsync did not put there."""
        for name, is_dir, _ in _entries(f"{self.root}/{directory}"):
            path = f"{directory}/{name}"
            inner = any(mount.startswith(path + "/") for mount in self.mounts)
            if path in self.own or path in wanted or path in self.mounts:
                continue
            if is_dir and path in self.exploded:
                continue
            if is_dir and inner:
                self._find_extras(path, wanted)
            else:
                self.extras.add(path)


def _entries(directory: str) -> list[tuple[str, bool, bool]]:
    """(name, is a real directory, is a link), sorted; nothing if there is no such directory."""
    try:
        with os.scandir(directory) as entries:
            return sorted(
                (entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink())
                for entry in entries
            )
    except (FileNotFoundError, NotADirectoryError):
        return []
