"""Wiring: what the loop works with, opened, closed, and opened anew when the settings change."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from halsync import restart
from halsync.agent.fetching import check_apart
from halsync.agent.scratch import scratch
from halsync.agent.watch import clock
from halsync.agent.watch.drifting import Drifting
from halsync.agent.watch.ending import Ending
from halsync.agent.watch.files import watch_directories
from halsync.agent.watch.governing import Governing
from halsync.agent.watch.live import Live
from halsync.agent.watch.loop import Loop, Parts
from halsync.agent.watch.phases import Phases
from halsync.agent.watch.polling import Polls
from halsync.agent.watch.secret_versions import SecretVersions
from halsync.agent.watch.settings_file import SettingsFile
from halsync.agent.watch.waking import Waker
from halsync.errors import AccessDenied, ConfigError, Interrupted, TransientError
from halsync.observe.metrics import Metrics
from halsync.observe.view import View
from halsync.settings.model import DirSettings, GitSettings
from halsync.settings.secrets import long_lived
from halsync.settings.watching import WatchSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.agent.report import Report
    from halsync.errors import HalsyncError
    from halsync.observe.console import Console
    from halsync.settings.load import Loaded
    from halsync.settings.model import Settings

_LIGHT = (GitSettings, DirSettings)
"""Kinds of source whose work logs nothing through :mod:`logging`."""


class Sidecar:
    """What outlives a change of the settings."""

    def __init__(
        self, reload: Callable[[], Loaded], console: Console, tell: Callable[[HalsyncError], None]
    ) -> None:
        """``tell`` shows a person an error with all its problems."""
        self.reload = reload
        self.console = console
        self.tell = tell
        self.metrics = Metrics()
        self.waker = Waker()
        self.ending = Ending(self.waker, self.report)
        self.listeners: list[Report] = []
        self.started = time.time()
        self.exit_code = 0
        """Of a single turn."""

    def refused(self, error: HalsyncError) -> None:
        """Say that new settings cannot be used."""
        self.tell(error)
        self.report(
            "refused",
            identity="",
            stage="settings",
            error=f"{error.where}: {error.message}" if error.where else error.message,
            hint=error.hint,
            problems=0,
        )

    def report(self, event: str, **fields: object) -> None:
        """Tell everybody: the console, the metrics, Kubernetes, receivers of notifications."""
        self.console.report(event, **fields)
        self.metrics.report(event, **fields)
        for listener in self.listeners:
            listener(event, **fields)


def watch(loaded: Loaded, sidecar: Sidecar, *, once: bool) -> int:
    """Watch until a signal ends it; with ``once`` one turn.

    Returns:
        0: ended by a signal, or the turn was good. 8: with ``once``, Halyard was not seen to work.

    Raises:
        ConfigError: it cannot even begin.
        HalsyncError: with ``once``, why the turn failed.
    """
    if once:
        _session(loaded, sidecar, once=True)
        return sidecar.exit_code
    sidecar.ending.install()
    try:
        current, before, attempt = loaded, None, 0
        while True:
            try:
                again = _session(current, sidecar, once=False)
                if again is None:
                    break
                current, before, attempt = again, current, 0
            except (ConfigError, AccessDenied) as error:
                # New settings that read well and cannot be used: those before did work.
                if before is None:
                    raise
                current, before = before, None
                sidecar.refused(error)
            except TransientError as error:
                # What is remembered in the cluster cannot be read yet: without it nothing is done.
                attempt += 1
                _pause(current, sidecar, error, attempt)
    except Interrupted:
        if not sidecar.ending():
            raise
        sidecar.ending.tell()
        sidecar.report("stopped")
    finally:
        sidecar.ending.restore()
        sidecar.waker.close({"outcome": "stopping", "message": "the sidecar ends"})
    return 0


def _pause(loaded: Loaded, sidecar: Sidecar, error: HalsyncError, attempt: int) -> None:
    own = loaded.settings.watch or WatchSettings()
    wait = clock.backoff(min(1.0, own.interval), own.max_backoff, attempt)
    sidecar.report(
        "check-failed",
        source="the sidecar's marks",
        error=f"{error.where}: {error.message}" if error.where else error.message,
        hint=error.hint,
        attempt=attempt,
        wait=round(wait, 1),
    )
    end = clock.now() + wait
    while clock.now() < end:
        if sidecar.ending():
            raise Interrupted(sidecar.ending.number)
        sidecar.waker.sleep(end - clock.now())
        sidecar.waker.calls()


def _session(loaded: Loaded, sidecar: Sidecar, *, once: bool) -> Loaded | None:
    """Work with these settings until there are others, which are returned."""
    settings = long_lived(loaded.settings)
    if once and settings.restart:
        # A single turn sees no change that comes after the one it found.
        governor = settings.restart.governor._replace(debounce=0)
        settings = settings._replace(restart=settings.restart._replace(governor=governor))
    loaded = loaded._replace(settings=settings)
    own = settings.watch or WatchSettings()
    check_apart(settings)
    sidecar.ending.grace = own.grace
    if not all(isinstance(source.options, _LIGHT) for source in settings.sources):
        sidecar.console.configure(settings.log_level, settings.log_format, long_lived=True)
    with ExitStack() as stack:
        stack.enter_context(restart.alone(settings.target))
        work = stack.enter_context(scratch(settings.work_dir, settings.target))
        loop = Loop(_parts(loaded, sidecar, work, stack), View(sidecar.started, 0.0), once=once)
        address = ""
        if not once:
            address = _open_to_others(settings, own, sidecar, loop, stack)
            stack.callback(watch_directories(settings, sidecar.waker, sidecar.report))
        sidecar.report(
            "watching",
            sources=[source.name for source in settings.sources],
            interval=own.interval,
            strategy=loop.strategy,
            listen=address,
        )
        try:
            again = loop.run()
        finally:
            sidecar.exit_code = loop.exit_code
            loop.close()
        return loop.settings_file.loaded if again else None


def _parts(loaded: Loaded, sidecar: Sidecar, work: str, stack: ExitStack) -> Parts:
    settings, report = loaded.settings, sidecar.report
    own = settings.watch or WatchSettings()
    polls = Polls(settings, work, report)
    stack.callback(polls.close)
    strategy = restart.open_strategy(settings, report=report)
    stack.callback(strategy.close)
    turn = restart.open_turn(settings)
    stack.callback(turn.close)
    phases = Phases(settings, strategy, restart.open_marks(settings, report=report), report)
    return Parts(
        settings,
        polls,
        phases,
        Governing(settings, phases, Live(settings.target), turn, report),
        Drifting(settings, own.drift, report),
        SecretVersions(settings, report),
        SettingsFile(
            os.path.abspath(loaded.file) if loaded.file else "",
            sidecar.reload,
            report,
            sidecar.tell,
        ),
        sidecar.waker,
        sidecar.ending,
        report,
        sidecar.tell,
    )


def _open_to_others(
    settings: Settings, own: WatchSettings, sidecar: Sidecar, loop: Loop, stack: ExitStack
) -> str:
    """Everything that runs beside the loop: the server, Kubernetes Events, notifications.

    Returns the address of the server.
    """
    from halsync.observe.server import serve

    if own.notify:
        from halsync.observe.notify import Notifier

        notifier = Notifier(
            own.notify,
            metrics=sidecar.metrics,
            tell=sidecar.console.report,
            target=settings.target,
        )
        stack.callback(notifier.close)
        sidecar.listeners.append(notifier.report)
        stack.callback(sidecar.listeners.remove, notifier.report)
    if own.events and os.environ.get("KUBERNETES_SERVICE_HOST"):
        _tell_kubernetes(settings, sidecar, loop, stack)
    server = serve(
        own,
        view=lambda: loop.view,
        wake=sidecar.waker.wake,
        metrics=sidecar.metrics,
        socket_path=os.path.join(os.path.realpath(settings.target), ".halsync", "agent.sock"),
        ask=sidecar.waker.ask,
        refs={source.name: source.options.asked_for()[1] for source in settings.sources},
        report=sidecar.report,
        timeout=settings.timeout,
        restart=settings.restart,
    )
    stack.callback(server.close)
    return server.address


def _tell_kubernetes(settings: Settings, sidecar: Sidecar, loop: Loop, stack: ExitStack) -> None:
    from halsync.agent.secret_settings import cluster_of
    from halsync.clients.kubernetes import connect
    from halsync.observe.events import Events

    cluster = cluster_of(settings)
    events = Events(lambda: connect(cluster, apart=True), cluster, tell=sidecar.console.report)
    stack.callback(events.close)
    sidecar.listeners.append(events.report)
    stack.callback(sidecar.listeners.remove, events.report)
    loop.shown_to = events.show
