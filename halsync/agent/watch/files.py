"""Events of the file system for ``dir`` sources, where watchdog is installed.

They only shorten the wait. The kubelet updates a mounted ConfigMap or Secret by switching the
link ``..data``, which is an event in the directory itself; in a plain directory anything may be
one. What inotify does not see (network file systems) the polls find.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from halsync.settings.model import DirSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

    from halsync.agent.report import Report
    from halsync.agent.watch.waking import Waker
    from halsync.settings.model import Settings

_BUSY = frozenset({"opened", "closed_no_write"})
"""Events that change nothing; our own reading makes them."""


class _Woken:
    """Wakes the loop for one source."""

    def __init__(self, name: str, waker: Waker) -> None:
        self._name = name
        self._waker = waker

    def dispatch(self, event: FileSystemEvent) -> None:
        """What watchdog calls, in a thread of its own."""
        if event.event_type not in _BUSY:
            self._waker.wake(self._name, "files")


def started_observer() -> BaseObserver:
    """What tells of events; nothing is added yet.

    Raises:
        ImportError: watchdog is not installed.
    """
    import logging
    import warnings

    from watchdog.observers import Observer

    # It complains, on standard error, of events that come while what is watched changes.
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"watchdog\.")
    observer = Observer()
    observer.daemon = True
    observer.start()  # before any is added: what it cannot watch fails where it is added, alone
    return observer


def watch_directories(settings: Settings, waker: Waker, report: Report) -> Callable[[], None]:
    """Begin; returns what ends it. Nothing is imported where no source is a directory."""
    places = {
        source.name: source.options.directory
        for source in settings.sources
        if isinstance(source.options, DirSettings)
    }
    if not places:
        return lambda: None
    try:
        observer = started_observer()
    except ImportError:
        report("polling-only", sources=sorted(places), hint="pip install 'halsync[watch]'")
        return lambda: None
    for name, place in places.items():
        with suppress(OSError):  # it is not there yet, or there are too many: the polls see it
            observer.schedule(_Woken(name, waker), os.path.realpath(place), recursive=True)  # type: ignore[arg-type]

    def end() -> None:
        observer.stop()
        observer.join(5.0)

    return end
