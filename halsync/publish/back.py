"""Going back to a generation that is kept, and staying there until a source moves."""

from __future__ import annotations

import time

from halsync.errors import PublishError
from halsync.halyard import DAEMON_FILES
from halsync.publish.daemon import Wanted, plan_daemon
from halsync.publish.gc import collect
from halsync.publish.inspect import find_generation, intact_manifest
from halsync.publish.kept import edits_kept, kept_directory
from halsync.publish.layout import layout, live, relative
from halsync.publish.opening import opened
from halsync.publish.plan import make_plan
from halsync.publish.records import Pin, Published
from halsync.publish.store import load_manifest, load_memory
from halsync.publish.switch import Intent, activate, view
from halsync.publish.system import explained, read
from halsync.settings.model import PublishSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.model import SourceState
    from halsync.publish.content import Modes
    from halsync.publish.layout import Layout
    from halsync.publish.records import Manifest
    from halsync.publish.store import Memory


_DEFAULTS = PublishSettings()


def rollback(
    target: str,
    generation: str = "",
    *,
    options: PublishSettings = _DEFAULTS,
    daemon_config: str = "",
) -> Published:
    """Make a kept generation live again and pin it until the source moves.

    ``generation`` is its name or an unambiguous beginning of it; empty means the one that was
    live before. Every byte is checked against its manifest before anything happens.

    Raises:
        PublishError: nothing is published, no such generation, it is live already, or its
            files are not what was published. What was live stays live.
    """
    where = layout(target)
    with explained(where.root):
        if not live(where):
            raise PublishError(
                "nothing is published here, so there is nothing to go back to",
                where=where.root,
                hint="check --target; halsync init publishes",
            )
    with opened(target, options) as (where, modes):
        current = live(where)
        memory = load_memory(where, current)
        manifest = _way_back(where, memory, generation)
        name = manifest.generation
        entry = next((entry for entry in memory.history if entry.generation == name), None)
        sources, inputs = (entry.sources, entry.inputs) if entry else (manifest.sources, "")
        now = time.time()
        pin = Pin(name, memory.pin.sources if memory.pin else _latest_sources(memory), now)
        intent = Intent(now, sources, inputs, manifest.kind, pin)
        daemon = plan_daemon(where, daemon_config, daemon_files(where, manifest))
        kept = kept_directory(where)
        with edits_kept(where, current, kept) as edits:
            done = activate(where, manifest, intent, modes=modes, daemon_plan=daemon, kept=kept)
        old = collect(where, done.memory, options, now, kept)
        return Published(
            name,
            current,
            changed=True,
            outcome="rolled-back",
            adopted=(*edits, *done.adopted, *old.moved),
            left_out=done.left_out,
            warnings=(*done.warnings, *old.warnings),
            removed=old.removed,
            daemon_changed=not daemon.clean,
        )


def _way_back(where: Layout, memory: Memory, generation: str) -> Manifest:
    """The generation that is meant, every byte of it checked.

    Raises:
        PublishError: there is none, it is live already, or it is damaged.
    """
    name = find_generation(where, memory, generation, previous=True)
    if name == live(where):
        raise PublishError(
            f"generation {name} is live already",
            where=where.root,
            hint="halsync status lists the others that are kept",
        )
    return intact_manifest(where, name)


def put_back(
    target: str, *, options: PublishSettings = _DEFAULTS, daemon_config: str = ""
) -> Published:
    """Show what is live again where somebody has put something in its place, which is kept.

    Raises:
        PublishError: nothing is published, or it cannot be done.
    """
    with opened(target, options) as (where, modes):
        return hold(where, load_memory(where, live(where)), modes, daemon_config)


def hold(where: Layout, memory: Memory, modes: Modes, daemon_config: str) -> Published:
    """While pinned: put right whatever a killed run or an editor left, and nothing else."""
    current = live(where)
    manifest = load_manifest(where, current)
    if manifest is None:
        warning = (
            f"{relative(where, where.manifests)}/{current}.json is missing or damaged, so the links"
            " of the pinned generation were not checked; choose another one with halsync rollback"
        )
        return Published(current, current, False, "pinned", warnings=(warning,))
    seen = view(manifest)
    daemon = plan_daemon(where, daemon_config, daemon_files(where, manifest))
    plan = make_plan(where, seen, seen)
    if plan.clean and daemon.clean:
        return Published(current, current, False, "pinned", warnings=plan.warnings)
    entry = memory.history[0]
    intent = Intent(entry.started, entry.sources, entry.inputs, entry.kind, memory.pin)
    done = activate(
        where, manifest, intent, modes=modes, daemon_plan=daemon, kept=kept_directory(where)
    )
    return Published(
        current,
        current,
        changed=done.relinked or not daemon.clean,
        outcome="pinned",
        adopted=done.adopted,
        left_out=done.left_out,
        warnings=done.warnings,
        daemon_changed=not daemon.clean,
    )


def _latest_sources(memory: Memory) -> tuple[SourceState, ...]:
    """Of the newest generation that came from sources: a copy of drift has none."""
    return next((entry.sources for entry in memory.history if entry.sources), ())


def daemon_files(where: Layout, manifest: Manifest) -> Mapping[str, Wanted]:
    """The daemon files of a generation; a copy of a hand-made tree has none to hand out."""
    if manifest.kind != "published":
        return {}
    base = f"{where.generations}/{manifest.generation}"
    return {
        name: Wanted(read(f"{base}/{name}"), manifest.files[name].mode & 0o666)
        for name in DAEMON_FILES
        if name in manifest.files
    }
