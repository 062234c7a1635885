"""Making a generation live: links first, then the flip, then what is left over.

Every step is one system call that leaves the target showing exactly the old or exactly the
new generation, and every step can be found undone or half done by the next run.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from halsync.errors import PublishError
from halsync.paths import below, parents
from halsync.publish import daemon, kernel
from halsync.publish.build import settle
from halsync.publish.layout import is_own, link_text, live, relative
from halsync.publish.plan import NOTHING, Plan, View, make_plan
from halsync.publish.records import Pin, Publication
from halsync.publish.store import Memory, load_key, load_manifest, load_memory, save_memory
from halsync.publish.system import ensure_directory, remove_tree, sync_directory, temporary
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import SourceState
    from halsync.publish.content import Modes
    from halsync.publish.daemon import DaemonPlan
    from halsync.publish.layout import Layout
    from halsync.publish.records import Kind, Manifest

_ROUNDS = 8
"""Takeovers in a row before giving up: each one may find immovable directories a level
deeper, or an editor that keeps replacing our links."""


class Intent(NamedTuple):
    """What will be remembered of this publication."""

    started: float
    sources: tuple[SourceState, ...]
    inputs: str
    kind: Kind
    pin: Pin | None


class Switched(NamedTuple):
    """What happened on the way. Paths are relative to the target."""

    adopted: tuple[str, ...]
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]
    memory: Memory
    relinked: bool
    """Whether a link was made, or put back in the place of something else."""


def view(manifest: Manifest | None) -> View:
    """A generation as the links see it."""
    if manifest is None:
        return NOTHING
    paths = frozenset((*manifest.files, *manifest.links, *manifest.directories))
    return View(paths, manifest.deployments)


def activate(
    where: Layout,
    new: Manifest,
    intent: Intent,
    *,
    modes: Modes,
    daemon_plan: DaemonPlan,
    kept: str,
    written: int = 0,
) -> Switched:
    """Make ``new``, which is complete on disk, what a reader sees.

    ``written`` files were written in this run and are not durable yet. ``kept`` is the
    directory (made on demand) for whatever stands in the way.
    """
    adopted, left_out, plan = _take_over(where, new, intent, modes, kept)
    current = live(where)
    memory = load_memory(where, current)
    made: list[str] = []
    directories: list[str] = []
    places: list[str] = []
    try:
        for path in plan.stray:
            os.unlink(f"{where.root}/{path}")
            _prune(where, path, plan)
        touched = _make_links(where, plan, modes, made, directories)
        daemon.stage(daemon_plan, modes, kept, places)
        memory = _remember(where, memory, new, intent, modes=modes, sync=not written)
        settle(where, written, sorted(touched))
        if current != new.generation:
            flip(where, new.generation)
    except BaseException:
        if live(where) != new.generation:
            for path in made:
                if is_own(where.root, path):
                    os.unlink(f"{where.root}/{path}")
            for here in reversed(directories):
                with suppress(OSError):
                    os.rmdir(here)
        daemon.unstage(daemon_plan, places)
        raise
    warnings = [*plan.warnings, *_tidy(where, plan, modes)]
    relinked = bool(adopted or made)
    daemon.commit(daemon_plan)
    adopted += [relative(where, place) for place in places]
    return Switched(tuple(adopted), tuple(left_out), tuple(warnings), memory, relinked)


def flip(where: Layout, generation: str) -> None:
    """The one atomic step: ``current`` names another generation, durably."""
    scratch = temporary(where.home)
    os.symlink(f"generations/{generation}", scratch)
    os.rename(scratch, where.current)
    sync_directory(where.home)


def _take_over(
    where: Layout, new: Manifest, intent: Intent, modes: Modes, kept: str
) -> tuple[list[str], list[str], Plan]:
    """Adopt what stands at the managed paths, until nothing does."""
    adopted: list[str] = []
    left_out: set[str] = set()
    exploded: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        current = live(where)
        manifest = load_manifest(where, current) if current else None
        plan = make_plan(where, view(manifest), view(new), exploded)
        if not plan.foreign:
            return adopted, sorted(left_out), plan
        from halsync.publish import adopt

        adopt.clear_stray_links(where, plan.before | plan.after)
        memory = load_memory(where, current)
        kind: Kind = "drift"
        if not memory.history or memory.history[0].kind == "adopted":
            kind = "adopted"
        key = load_key(where, create=True)
        copy = adopt.copy_visible(
            where, plan, live=current, kind=kind, modes=modes, key=key, created=time.time()
        )
        settle(where, len(copy.files))
        if copy.generation != current:
            entry = Publication(copy.generation, time.time(), intent.started, (), kind)
            memory = Memory((entry, *memory.history), None)
            save_memory(where, memory, modes.own_file, gid=modes.gid, sync=True)
            settle(where, 0)
            flip(where, copy.generation)
        for path in plan.foreign:
            try:
                adopted.append(relative(where, adopt.displace(where, path, kept)))
            except adopt.Immovable:
                exploded |= {path}
        left_out |= {
            path
            for path in (*copy.files, *copy.links)
            if path not in new.files and _within(path, plan.foreign)
        }
    raise PublishError(
        "something keeps replacing what halsync puts here",
        where=f"{where.root}/{plan.foreign[0]}",
        hint="stop the program that writes there (a second agent, an editor), then run again",
    )


def _within(path: str, points: tuple[str, ...]) -> bool:
    return path in points or any(parent in points for parent in parents(path))


def _make_links(
    where: Layout, plan: Plan, modes: Modes, made: list[str], directories: list[str]
) -> set[str]:
    """Links for new names; they lead nowhere until the flip. Returns the directories changed.

    What is made is entered in ``made`` (relative) and ``directories`` (absolute) at once.
    """
    touched = set()
    for path in plan.missing:
        for parent in parents(path):
            here = f"{where.root}/{parent}"
            if ensure_directory(here, modes.own_directory, modes.gid):
                directories.append(here)
                touched.add(os.path.dirname(here))
        made.append(path)
        os.symlink(link_text(path), f"{where.root}/{path}")
        touched.add(os.path.dirname(f"{where.root}/{path}"))
    return touched


def _remember(
    where: Layout,
    memory: Memory,
    new: Manifest,
    intent: Intent,
    *,
    modes: Modes,
    sync: bool,
) -> Memory:
    """Write down what the flip is about to do; nothing if it is written down already."""
    history = memory.history
    current = live(where)
    since = time.time()
    if current == new.generation:
        since, history = history[0].since, history[1:]
    entry = Publication(
        new.generation, since, intent.started, intent.sources, intent.kind, intent.inputs
    )
    wanted = Memory((entry, *history), intent.pin)
    if current == new.generation and same_publication(memory, intent):
        return memory
    save_memory(where, wanted, modes.own_file, gid=modes.gid, sync=sync)
    return wanted


def same_publication(memory: Memory, intent: Intent) -> bool:
    """Whether the live entry already says what ``intent`` would say, the time apart."""
    entry = memory.history[0]
    return (
        sorted(entry.sources) == sorted(intent.sources)
        and entry.inputs == intent.inputs
        and memory.pin == intent.pin
    )


def _tidy(where: Layout, plan: Plan, modes: Modes) -> list[str]:
    """After the flip: links of names that are gone, and links that must become directories."""
    warnings = []
    for path in plan.gone:
        if is_own(where.root, path):
            os.unlink(f"{where.root}/{path}")
        _prune(where, path, plan)
    for path in plan.raised:
        _raise_link(where, path, plan, modes)
    for path in plan.deferred:
        here = f"{where.root}/{path}"
        try:
            with suppress(FileNotFoundError):
                os.rmdir(here)
        except OSError as error:
            warnings.append(f"{path}: not linked, the directory there is in use: {error.strerror}")
        else:
            os.symlink(link_text(path), here)
    return warnings


def _prune(where: Layout, path: str, plan: Plan) -> None:
    """Remove directories that only held the link at ``path``, which is gone."""
    for parent in reversed(parents(path)):
        if not any(other.startswith(parent + "/") for other in plan.after):
            with suppress(OSError):
                os.rmdir(f"{where.root}/{parent}")


def _raise_link(where: Layout, path: str, plan: Plan, modes: Modes) -> None:
    """Swap a link for a directory that shows the same through links of its own."""
    here = f"{where.root}/{path}"
    scratch = temporary(where.home)
    ensure_directory(scratch, modes.own_directory, modes.gid)
    _prepared_links(scratch, path, plan)
    try:
        kernel.exchange(scratch, here)
        os.unlink(scratch)
    except OSError:
        os.unlink(here)
        ensure_directory(here, modes.own_directory, modes.gid)
        _prepared_links(here, path, plan)
        remove_tree(scratch)


def _prepared_links(scratch: str, path: str, plan: Plan) -> None:
    """Fill the directory ``scratch`` with the links that belong below ``path``."""
    for point in sorted(plan.after):
        rest = below(point, path)
        if rest:
            os.symlink(link_text(point), f"{scratch}/{rest}")
