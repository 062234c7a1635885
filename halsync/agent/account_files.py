"""A directory of private files that others read: each complete at any moment, ours known.

Not one switch for all of them, as the kubelet does with its links: clouddriver reads each file
by itself, and several of its libraries want regular files. A file is written aside, synced and
renamed over the old one.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat

from halsync.errors import PublishError
from halsync.publish.lock import held
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_STATE = ".halsync-accounts.json"
_ASIDE = ".halsync-new-"


class Written(NamedTuple):
    """What was done to a directory. Names are sorted."""

    written: list[str]
    unchanged: list[str]
    removed: list[str]
    foreign: list[str]
    """Not written: a file of that name is there that halsync did not write."""


def write(
    directory: str,
    files: Mapping[str, bytes],
    *,
    keep: frozenset[str] = frozenset(),
    remove: bool = True,
    mode: int = 0o640,
    group: int = -1,
    lock_timeout: float = 60,
) -> Written:
    """Make the directory hold these files, and no others of halsync's.

    Args:
        directory: made if it does not exist.
        files: path below the directory, of one or two parts → content.
        keep: paths that stay as they are, whatever they hold.
        remove: whether halsync's other files are removed.
        mode: of the files.
        group: number of the files' group; -1 leaves it to the directory.
        lock_timeout: seconds to wait for another halsync that works in the directory.

    Raises:
        PublishError: the directory cannot be written, or another halsync does not finish.
    """
    try:
        os.makedirs(directory, mode=0o750, exist_ok=True)
        with held(directory, lock_timeout):
            return _Directory(directory, mode, group).write(files, keep, remove)
    except OSError as error:
        raise PublishError(
            f"cannot be written: {(error.strerror or 'unknown error').lower()}",
            where=os.fsdecode(error.filename or directory),
            hint="check the volume, its mode and fsGroup; files that were there stay",
        ) from error


class _Directory:
    """The directory, locked."""

    def __init__(self, path: str, mode: int, group: int) -> None:
        self._path = path
        self._mode = mode
        self._group = group

    def write(self, files: Mapping[str, bytes], keep: frozenset[str], remove: bool) -> Written:
        """See :func:`write`."""
        self._sweep()
        known = {name for name in self._read_state() if os.path.lexists(self._at(name))}
        gone = known - files.keys() - keep if remove else set()
        # A file of ours that stands where there is to be a directory, or the other way round.
        ahead = {old for old in gone if any(_in_the_way(old, new) for new in files)}
        for name in ahead:
            self._remove(name)
        foreign = {name for name in files if name not in known and self._taken(name)}
        # Before the first write: what a killed run leaves is known as ours.
        self._write_state((known | (files.keys() - foreign)) - ahead)
        done = Written([], [], sorted(gone), [])
        for name, content in sorted(files.items()):
            if _holds(self._at(name), content):
                os.chmod(self._at(name), self._mode)
                done.unchanged.append(name)
            elif name in foreign:
                done.foreign.append(name)
            else:
                self._replace(name, content, self._mode, self._group)
                done.written.append(name)
        for name in gone - ahead:
            self._remove(name)
        self._write_state((known | files.keys()) - foreign - gone)
        return done

    def _at(self, name: str) -> str:
        return os.path.join(self._path, name)

    def _taken(self, name: str) -> bool:
        """Whether something stands there, or a file where its directory would have to be."""
        above = os.path.dirname(self._at(name))
        return os.path.lexists(self._at(name)) or (
            os.path.lexists(above) and not os.path.isdir(above)
        )

    def _remove(self, name: str) -> None:
        """Remove a file of ours, and its directory where it was the last one in it."""
        if "/" in name and os.path.islink(os.path.dirname(self._at(name))):
            return  # what is behind it is not ours
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._at(name))
        if "/" in name:
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(self._at(name)))

    def _replace(self, name: str, content: bytes, mode: int, group: int) -> None:
        above = os.path.dirname(self._at(name))
        if above != self._path:
            os.makedirs(above, mode=0o750, exist_ok=True)
            if os.path.islink(above):
                raise NotADirectoryError(20, "is a link, and must be a directory", above)
        aside = self._at(f"{_ASIDE}{os.getpid()}")
        # The mode is there before the content is.
        number = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(number, "wb") as stream:
                if group >= 0:
                    os.fchown(number, -1, group)
                stream.write(content)
                stream.flush()
                os.fchmod(number, mode)
                os.fsync(number)
            os.rename(aside, self._at(name))
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside)
            raise

    def _sweep(self) -> None:
        """Remove what a killed run left half written."""
        for name in os.listdir(self._path):
            if name.startswith(_ASIDE):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._at(name))

    def _read_state(self) -> set[str]:
        try:
            with open(self._at(_STATE), encoding="utf-8") as stream:
                names = {str(name) for name in json.load(stream)["files"]}
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return set()
        # Whoever may write here may not have files removed elsewhere.
        return {name for name in names if not {"", ".", ".."} & set(name.split("/"))}

    def _write_state(self, names: set[str]) -> None:
        if names == self._read_state() and os.path.exists(self._at(_STATE)):
            return
        content = json.dumps({"files": sorted(names)}, indent=2).encode()
        self._replace(_STATE, content, 0o600, -1)


def _in_the_way(old: str, new: str) -> bool:
    return new.startswith(f"{old}/") or old.startswith(f"{new}/")


def _holds(path: str, content: bytes) -> bool:
    """Whether a regular file with this content is there."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(content):
            return False
        with open(path, "rb") as stream:
            return stream.read() == content
    except OSError:
        return False
