"""``validate --watch``: check again whenever a file is saved."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from halsync.agent.examine import STDIN
from halsync.errors import ConfigError, HalsyncError
from halsync.settings.model import DirSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from watchdog.events import FileSystemEvent

    from halsync.cli.commands.validate import Wanted
    from halsync.observe.console import Console

_QUIET = 0.15
"""Seconds without a further event after which a save counts as finished: editors write a new
file, rename it over the old one, and touch it once more."""
_PATIENCE = 2.0
"""Seconds after which it is checked even if the events go on."""
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_BUSY = frozenset({"opened", "closed_no_write"})
"""Events that change nothing; our own reading makes them."""


class _Changes:
    """Whether something was saved since it was last asked."""

    def __init__(self, files: Iterable[str], directories: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._directories = tuple(place.rstrip("/") + "/" for place in directories)
        self._event = threading.Event()

    def dispatch(self, event: FileSystemEvent) -> None:
        """What watchdog calls, in a thread of its own."""
        if event.event_type in _BUSY:
            return
        for path in map(os.fsdecode, (event.src_path, event.dest_path)):
            if path and self._matters(path):
                self._event.set()

    def _matters(self, path: str) -> bool:
        if path in self._files:
            return True
        if "/.git/" in path or ("/.halsync/" in path and not path.endswith("/.halsync/current")):
            return False
        return path.startswith(self._directories)

    def wait(self) -> None:
        """Return once something was saved and the saving is over."""
        self._event.wait()
        left = _PATIENCE
        while left > 0:
            self._event.clear()
            if not self._event.wait(_QUIET):
                break
            left -= _QUIET
        self._event.clear()


def watch(reload: Callable[[], Wanted], form: str, console: Console) -> int:
    """Check now and after every change, until Ctrl-C.

    ``reload`` reads the settings again, which are among what may change.

    Raises:
        ConfigError: watchdog is not installed, or there is nothing to watch.
        HalsyncError: the first check cannot be made; later ones only say so.
    """
    try:
        from watchdog.observers import Observer
    except ImportError as error:
        raise ConfigError(
            "--watch needs the library watchdog, which is not installed",
            where="halsync validate",
            hint="pip install 'halsync[watch]'",
        ) from error
    wanted = reload()
    files, directories = _places(wanted)
    changes = _Changes(files, directories)
    observer = Observer()
    for place in {os.path.dirname(file) for file in files} - set(directories):
        observer.schedule(changes, place, recursive=False)  # type: ignore[arg-type]
    for place in directories:
        observer.schedule(changes, place, recursive=True)  # type: ignore[arg-type]
    observer.daemon = True
    observer.start()
    try:
        _check(wanted, form, console)
        while True:
            changes.wait()
            try:
                _check(reload(), form, console)
            except HalsyncError as error:
                from halsync.cli.failures import tell

                tell(error, console)
    finally:
        observer.stop()


def _check(wanted: Wanted, form: str, console: Console) -> None:
    from halsync.cli.commands.validate import report_on

    text, _ = report_on(wanted, form, console.colour(), lambda *_, **__: None)
    console.close()
    if form == "text" and console.colour() and console.stdout.isatty():
        text = _CLEAR + text
    console.print(text)
    console.flush()


def _places(wanted: Wanted) -> tuple[list[str], list[str]]:
    """The single files and the directories to watch, absolute."""
    files = [os.path.abspath(wanted.file)] if wanted.file else []
    directories: list[str] = []
    named = [path for path in wanted.paths if path != STDIN]
    if not wanted.paths:
        named = [
            options.directory
            for options in (source.options for source in wanted.settings.sources)
            if isinstance(options, DirSettings)
        ]
    for path in named:
        into = directories if os.path.isdir(path) else files
        into.append(os.path.realpath(path))
        if into is files and os.path.abspath(path) not in files:
            files.append(os.path.abspath(path))
    if not files and not directories:
        raise ConfigError(
            "there is nothing on this machine to watch",
            where="halsync validate --watch",
            hint="name a directory or a file, or use a dir source",
        )
    return files, directories
