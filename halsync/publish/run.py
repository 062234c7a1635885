"""``publish``: from a tree in memory to a live generation, or to the finding that nothing
has to be done."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress

from halsync.errors import PublishError
from halsync.halyard import DAEMON_FILES
from halsync.publish import content as contents
from halsync.publish.adopt import clear_litter, keep_copy
from halsync.publish.build import Piece, few, free_name, write_generation
from halsync.publish.daemon import Wanted, clear_staged, plan_daemon
from halsync.publish.gc import collect
from halsync.publish.layout import (
    KNOWN,
    TEMPORARY,
    base_name,
    layout,
    live,
    refuse_file,
    relative,
)
from halsync.publish.lock import held
from halsync.publish.plan import View, make_plan
from halsync.publish.records import Entry, Manifest, Published
from halsync.publish.store import (
    checking_key,
    load_key,
    load_manifest,
    load_memory,
    save_manifest,
)
from halsync.publish.switch import Intent, activate, same_publication
from halsync.publish.system import (
    ensure_directory,
    explained,
    lstat,
    remove_empty,
    remove_tree,
    sync_directory,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from halsync.model import File, SourceState, Tree
    from halsync.publish.content import Content, Modes
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
        return _publish(
            where,
            wanted,
            intent,
            modes=modes,
            options=options,
            daemon_config=daemon_config,
            memory=memory,
            says=says,
        )


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
    ensure_directory(where.home, modes.own_directory, modes.gid)
    ensure_directory(where.generations, modes.own_directory, modes.gid)
    ensure_directory(where.manifests, modes.own_directory, modes.gid)


def _is_known(name: str) -> bool:
    """Whether halsync itself may have put this into ``.halsync``."""
    return name in KNOWN or name.startswith((TEMPORARY, "halsync-work-", "agent."))


def _publish(
    where: Layout,
    wanted: Content,
    intent: Intent,
    *,
    modes: Modes,
    options: PublishSettings,
    daemon_config: str,
    memory: Memory,
    says: Says | None,
) -> Published:
    current = live(where)
    key = load_key(where, create=True) if wanted.secret else b""
    new = _manifest(wanted, intent, modes, key)
    daemon = plan_daemon(where, daemon_config, _daemon_files(wanted, modes))
    kept = kept_directory(where)

    wrong = None
    if base_name(current) == new.generation:
        wrong = contents.holds(f"{where.generations}/{current}", wanted, modes)
    known = load_manifest(where, current) if wrong is not None else None
    if known:
        new = new._replace(meaning=known.meaning)
    elif says:
        digest = contents.digest_function(key)
        new = new._replace(meaning=contents.meaning(wanted.files, says, digest))
    if wrong is not None:
        new = new._replace(generation=current)
        if known and not wrong and daemon.clean and same_publication(memory, intent):
            seen = View(frozenset((*wanted.files, *wanted.directories)), wanted.deployments)
            plan = make_plan(where, seen, seen)
            if plan.clean:
                warnings = (*wanted.warnings, *plan.warnings)
                return Published(
                    current, current, False, "unchanged", warnings=warnings, meaning=new.meaning
                )
        if wrong or not known:
            _correct(where, new, wrong, modes)
    with edits_kept(where, current if wrong is None else "", kept) as edits:
        written = 0
        if wrong is None:
            new, written = _write(where, new, wanted, modes)
        with _withdrawn(where, new.generation if written else ""):
            done = activate(
                where, new, intent, modes=modes, daemon_plan=daemon, kept=kept, written=written
            )
    removed, moved = collect(where, done.memory, options, time.time(), kept)
    changed = current != new.generation or bool(written) or done.relinked or not daemon.clean
    return Published(
        new.generation,
        current,
        changed,
        "published" if changed else "unchanged",
        (*edits, *done.adopted, *(relative(where, path) for path in moved)),
        done.left_out,
        (*wanted.warnings, *done.warnings),
        tuple(removed),
        not daemon.clean,
        new.meaning,
    )


def kept_directory(where: Layout) -> str:
    """A name, not made yet, for what this run may have to keep: ``adopted/<UTC time>``."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    name, number = f"{where.kept}/{stamp}", 1
    while os.path.lexists(name):
        number += 1
        name = f"{where.kept}/{stamp}-{number}"
    return name


@contextmanager
def edits_kept(where: Layout, generation: str, kept: str) -> Iterator[list[str]]:
    """Copy files that somebody edited inside the live ``generation`` (through a link, as root).

    Yields where they are, relative to the target. If what follows fails before anything is
    flipped, the copies go again: every further try would make its own, also on a full disk.
    """
    places: list[str] = []
    try:
        for path in _edited(where, generation):
            keep_copy(f"{where.generations}/{generation}/{path}", f"{kept}/{path}")
            places.append(relative(where, f"{kept}/{path}"))
        yield places
    except BaseException:
        if live(where) == generation:
            for place in places:
                with suppress(OSError):
                    os.unlink(f"{where.root}/{place}")
                remove_empty(os.path.dirname(f"{where.root}/{place}"))
        raise


def _edited(where: Layout, generation: str) -> list[str]:
    """Files of a generation that are not what its manifest says; none if that cannot be told."""
    manifest = load_manifest(where, generation) if generation else None
    key = checking_key(where, manifest) if manifest else None
    if manifest is None or key is None:
        return []
    base = f"{where.generations}/{generation}"
    return [
        path
        for path, kind, _ in contents.damage(base, manifest, key)
        if kind in ("changed", "added") and os.path.isfile(f"{base}/{path}")
    ]


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
