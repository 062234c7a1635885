"""``publish``: from a tree in memory to a live generation, or to the finding that nothing
has to be done."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress

from halsync.halyard import DAEMON_FILES
from halsync.publish import content as contents
from halsync.publish.build import Piece, few, free_name, write_generation
from halsync.publish.daemon import Wanted, clear_staged, plan_daemon
from halsync.publish.gc import collect
from halsync.publish.kept import edits_kept, kept_directory
from halsync.publish.layout import base_name, live
from halsync.publish.opening import clear_litter, opened
from halsync.publish.plan import View, make_plan
from halsync.publish.records import Entry, Manifest, Published
from halsync.publish.store import load_key, load_manifest, load_memory, save_manifest
from halsync.publish.switch import Intent, activate, same_publication
from halsync.publish.system import remove_tree
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from halsync.model import File, SourceState, Tree
    from halsync.publish.content import Content, Modes
    from halsync.publish.daemon import DaemonPlan
    from halsync.publish.layout import Layout
    from halsync.publish.store import Memory
    from halsync.settings.model import PublishSettings

    Says = Callable[[str, File], bytes | None]


def publish(
    tree: Tree,
    sources: Sequence[SourceState],
    options: PublishSettings,
    target: str,
    *,
    daemon_config: str = "",
    started: float,
    inputs: str = "",
    says: Says | None = None,
    unpin: bool = False,
) -> Published:
    """Make ``tree`` what Halyard reads below ``target``.

    ``started`` is the wall time (seconds since the epoch) at which this run began to fetch: a
    run never replaces what a later one published. ``inputs`` is remembered as it is; it must
    not allow secrets to be guessed. ``daemon_config``: see :mod:`halsync.publish.daemon`.
    ``says`` gives what a file says apart from how it is written, for the semantic digest (see
    :class:`halsync.publish.records.Manifest`); it is only asked for what is published anew.

    If what is live equals ``tree``, nothing is written; if only the revisions moved, only the
    state file is. While a rollback pins a generation and ``sources`` are those it left behind,
    that generation stays, unless somebody has removed it or ``unpin`` ends it.

    Raises:
        PublishError: says what, where and what to do. What was live stays live.
    """
    with opened(target, options) as (where, modes):
        current = live(where)
        memory = load_memory(where, current)
        clear_litter(where)
        clear_staged(daemon_config)
        # A beginning in the future was written down before the clock was set back.
        if memory.history and started < memory.history[0].started <= time.time():
            return Published(current, current, False, "superseded")
        held_back = memory.pin and not unpin and sorted(memory.pin.sources) == sorted(sources)
        if held_back and os.path.isdir(f"{where.generations}/{current}"):
            from halsync.publish.back import hold

            return hold(where, memory, modes, daemon_config)
        intent = Intent(started, tuple(sources), inputs, "published", None)
        wanted = contents.content(tree)
        run = _Run(where, current, memory, wanted, intent, modes, options)
        return _publish(run, daemon_config, says)


class _Run(NamedTuple):
    """One run that found something to do or to check."""

    where: Layout
    current: str
    """The live generation at the start; empty if there is none."""
    memory: Memory
    wanted: Content
    intent: Intent
    modes: Modes
    options: PublishSettings


def _publish(run: _Run, daemon_config: str, says: Says | None) -> Published:
    """Find out what has to be done, and do it."""
    where, current, wanted = run.where, run.current, run.wanted
    key = load_key(where, create=True) if wanted.secret else b""
    new = _manifest(wanted, run.intent, run.modes, key)
    daemon = plan_daemon(where, daemon_config, _daemon_files(wanted, run.modes))
    wrong = None
    """Modes to be put right if what is live holds every byte of the tree; else None."""
    if base_name(current) == new.generation:
        wrong = contents.holds(f"{where.generations}/{current}", wanted, run.modes)
    known = load_manifest(where, current) if wrong is not None else None
    if known:
        new = new._replace(meaning=known.meaning)
    elif says:
        digest = contents.digest_function(key)
        new = new._replace(meaning=contents.meaning(wanted.files, says, digest))
    if wrong is None:
        return _make_live(run, new, daemon, stands=False)
    new = new._replace(generation=current)
    if known and not wrong:
        if daemon.clean and same_publication(run.memory, run.intent):
            seen = View(frozenset((*wanted.files, *wanted.directories)), wanted.deployments)
            plan = make_plan(where, seen, seen)
            if plan.clean:
                return Published(
                    current,
                    current,
                    changed=False,
                    outcome="unchanged",
                    warnings=(*wanted.warnings, *plan.warnings),
                    meaning=new.meaning,
                )
    else:
        _correct(where, new, wrong, run.modes)
    return _make_live(run, new, daemon, stands=True)


def _make_live(run: _Run, new: Manifest, daemon: DaemonPlan, *, stands: bool) -> Published:
    """Have a reader see ``new``, which is what is live and intact already if it ``stands``."""
    where, current = run.where, run.current
    kept = kept_directory(where)
    with edits_kept(where, "" if stands else current, kept) as edits:
        written = 0
        if not stands:
            new, written = _write(where, new, run.wanted, run.modes)
        with _withdrawn(where, new.generation if written else ""):
            done = activate(
                where,
                new,
                run.intent,
                modes=run.modes,
                daemon_plan=daemon,
                kept=kept,
                written=written,
            )
    old = collect(where, done.memory, run.options, time.time(), kept)
    changed = current != new.generation or bool(written) or done.relinked or not daemon.clean
    return Published(
        new.generation,
        current,
        changed,
        "published" if changed else "unchanged",
        adopted=(*edits, *done.adopted, *old.moved),
        left_out=done.left_out,
        warnings=(*run.wanted.warnings, *done.warnings, *old.warnings),
        removed=old.removed,
        daemon_changed=not daemon.clean,
        meaning=new.meaning,
    )


def _manifest(wanted: Content, intent: Intent, modes: Modes, key: bytes) -> Manifest:
    digest = contents.digest_function(key)
    entries = {
        path: Entry(
            digest(file.content),
            modes.file(executable=file.executable, secret=file.secret),
            file.origin,
            file.secret,
        )
        for path, file in sorted(wanted.files.items())
    }
    manifest = Manifest(
        "",
        "published",
        time.time(),
        bool(key),
        intent.sources,
        wanted.deployments,
        wanted.directories,
        entries,
    )
    return manifest._replace(generation=contents.name_of(manifest, key))


def _write(where: Layout, new: Manifest, wanted: Content, modes: Modes) -> tuple[Manifest, int]:
    """The generation on disk, taken from those that are kept if it is among them.

    Returns it under its final name, and how many files were written.
    """
    base = where.generations
    name, exists = free_name(
        where,
        new.generation,
        lambda found: contents.holds(f"{base}/{found}", wanted, modes) is not None,
    )
    new = new._replace(generation=name)
    sync = exists or few(len(new.files))
    save_manifest(where, new, modes.own_file, gid=modes.gid, sync=sync)
    if exists:
        for path, mode in contents.holds(f"{base}/{name}", wanted, modes) or []:
            os.chmod(f"{base}/{name}/{path}", mode)
        return new, 0
    pieces = {
        path: Piece(wanted.files[path].content, entry.mode) for path, entry in new.files.items()
    }
    try:
        write_generation(where, name, pieces, directories=wanted.directories, links={}, modes=modes)
    except BaseException:
        with suppress(OSError):
            os.unlink(f"{where.manifests}/{name}.json")
        raise
    return new, len(pieces)


def _correct(where: Layout, new: Manifest, wrong: list[tuple[str, int]], modes: Modes) -> None:
    """The content is right and something about it is not: the permissions (publish.umask
    changed, or a chmod) or the manifest (removed, or unreadable)."""
    for path, mode in wrong:
        os.chmod(f"{where.generations}/{new.generation}/{path}", mode)
    save_manifest(where, new, modes.own_file, gid=modes.gid, sync=True)


@contextmanager
def _withdrawn(where: Layout, generation: str) -> Iterator[None]:
    """Remove a new generation again if it does not come to be live: on a full disk it would
    stand in the way of the next one."""
    try:
        yield
    except BaseException:
        if generation and live(where) != generation:
            with suppress(OSError):
                remove_tree(f"{where.generations}/{generation}")
                os.unlink(f"{where.manifests}/{generation}.json")
        raise


def _daemon_files(wanted: Content, modes: Modes) -> dict[str, Wanted]:
    return {
        name: Wanted(file.content, modes.file(executable=False, secret=file.secret))
        for name, file in wanted.files.items()
        if name in DAEMON_FILES
    }
