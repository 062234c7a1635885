"""``validate --watch``: check again whenever a file is saved."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

from halsync.agent.examine import STDIN
from halsync.agent.watch.files import started_observer
from halsync.errors import ConfigError, HalsyncError, Interrupted
from halsync.settings.model import DirSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

    from halsync.cli.commands.validate import Wanted
    from halsync.observe.console import Console

_WHERE = "halsync validate --watch"
_QUIET = 0.15
"""Seconds without a further event after which a save counts as finished: editors write a new
file, rename it over the old one, and touch it once more."""
_PATIENCE = 2.0
"""Seconds after which it is checked even if the events go on."""
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_BUSY = frozenset({"opened", "closed_no_write"})
"""Events that change nothing; our own reading makes them."""
_MOVES = frozenset({"created", "deleted", "moved"})


class CannotWatch(ConfigError):
    """There would be nothing to wait for."""


class _Changes:
    """Whether something was saved since it was last asked."""

    def __init__(self) -> None:
        self.files: frozenset[str] = frozenset()
        self.directories: tuple[str, ...] = ()
        """Both absolute, without a slash at the end."""
        self.watched: dict[str, bool] = {}
        """Directory → whether what is below it is watched as well."""
        self.replaced = False
        """A directory on the way to what is wanted came or went: its watch may be void."""
        self._event = threading.Event()

    def dispatch(self, event: FileSystemEvent) -> None:
        """What watchdog calls, in a thread of its own."""
        if event.event_type in _BUSY:
            return
        for path in map(os.fsdecode, (event.src_path, event.dest_path)):
            if not path:
                continue
            moved = event.event_type in _MOVES and self._above(path)
            self.replaced |= moved and path not in self.files
            if moved or self._matters(path):
                self._event.set()

    def _matters(self, path: str) -> bool:
        if path in self.files:
            return True
        if "/.git/" in path or ("/.halsync/" in path and not path.endswith("/.halsync/current")):
            return False
        return path.startswith(tuple(f"{place}/" for place in self.directories))

    def _above(self, path: str) -> bool:
        """Whether it is a directory that is wanted, or one that something wanted is in."""
        return any(f"{place}/".startswith(f"{path}/") for place in (*self.files, *self.directories))

    def wait(self) -> None:
        """Return once something was saved and the saving is over."""
        self._event.wait()
        left = _PATIENCE
        while left > 0:
            self._event.clear()
            if not self._event.wait(_QUIET):
                return
            left -= _QUIET
        self._event.clear()


def watch(reload: Callable[[], Wanted], form: str, console: Console) -> int:
    """Check now and after every change, until Ctrl-C.

    ``reload`` reads the settings again, which are among what may change.

    Raises:
        ConfigError: watchdog is not installed, or there is nothing to watch.
        HalsyncError: the first check cannot be made; later ones only say so.
        Interrupted: Ctrl-C or SIGTERM.
    """
    wanted = reload()
    try:
        observer = started_observer()
    except ImportError as error:
        raise ConfigError(
            "--watch needs the library watchdog, which is not installed",
            where=_WHERE,
            hint="pip install 'halsync[watch]'",
        ) from error
    changes = _Changes()
    try:
        _look_at(wanted, observer, changes)
        _check(wanted, form, console)
        while True:
            changes.wait()
            _again(reload, form, console, lambda wanted: _look_at(wanted, observer, changes))
    except (KeyboardInterrupt, Interrupted) as stop:
        end = stop if isinstance(stop, Interrupted) else Interrupted(signal.SIGINT)
        end.message = "interrupted"
        raise end from None
    finally:
        observer.stop()


def _again(
    reload: Callable[[], Wanted], form: str, console: Console, look_at: Callable[[Wanted], None]
) -> None:
    """One more check; that it cannot be made is only told."""
    try:
        wanted = reload()
        look_at(wanted)
        _check(wanted, form, console)
    except (Interrupted, CannotWatch):
        raise
    except HalsyncError as error:
        from halsync.cli.failures import tell

        tell(error, console)
        if form == "json":
            from halsync.cli.results import answer

            answer(error, {}, console)


def _look_at(wanted: Wanted, observer: BaseObserver, changes: _Changes) -> None:
    """Watch what this check depends on; anew if that is something else, or was replaced."""
    replaced, changes.replaced = changes.replaced, False
    files, directories = _places(wanted)
    changes.files, changes.directories = frozenset(files), tuple(directories)
    deep = {place for place in directories if os.path.isdir(place)}
    flat = {_that_exists(os.path.dirname(place)) for place in files}
    flat |= {_that_exists(os.path.dirname(place)) for place in directories}
    places = {place: place in deep for place in sorted(deep | flat)}
    if places == changes.watched and not replaced:
        return
    changes.watched = {}
    observer.unschedule_all()
    try:
        for place, recursive in places.items():
            observer.schedule(changes, place, recursive=recursive)  # type: ignore[arg-type]
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        hint = "see that this user may read it; the kernel allows fs.inotify.max_user_watches"
        raise CannotWatch(f"cannot be watched: {reason}", where=place, hint=hint) from error
    changes.watched = places


def _that_exists(place: str) -> str:
    """The directory, or the nearest one above it that is there."""
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    return place


def _check(wanted: Wanted, form: str, console: Console) -> None:
    from halsync.cli.commands.validate import report_on

    text, _ = report_on(wanted, form, console.colour(), lambda *_, **__: None)
    console.close()
    if form == "text" and console.colour() and console.stdout.isatty():
        text = _CLEAR + text
    console.print(text)
    console.flush()


def _places(wanted: Wanted) -> tuple[list[str], list[str]]:
    """The single files and the directories that a check depends on, absolute.

    Raises:
        ConfigError: there are none.
    """
    from halsync.agent.watch.identity import files_of

    if STDIN in wanted.paths:
        raise ConfigError(
            "standard input cannot be watched: it is read once",
            where=_WHERE,
            hint="name a file or a directory",
        )
    rendered = list(wanted.beside.values())
    if not wanted.paths:
        rendered.append((wanted.settings, wanted.file))
    files = [os.path.abspath(wanted.file)] if wanted.file else []
    directories: list[str] = []
    for settings, file in rendered:
        files += files_of(settings, file)
        directories += [
            source.options.directory
            for source in settings.sources
            if isinstance(source.options, DirSettings)
        ]
    for path in wanted.paths:
        (directories if os.path.isdir(path) else files).append(os.path.abspath(path))
    if not files and not directories:
        raise ConfigError(
            "there is nothing on this machine to watch",
            where=_WHERE,
            hint="name a directory or a file, or use a dir source",
        )
    # A link may be switched, and what it leads to be edited.
    return _with_targets(files), _with_targets(directories)


def _with_targets(places: list[str]) -> list[str]:
    both = (os.path.abspath, os.path.realpath)
    return sorted({seen(place) for place in places for seen in both})
