"""The ``dir`` source: a local directory, or a mounted ConfigMap or Secret.

The kubelet updates such a mount by switching one link, ``..data``, to a new directory
(``atomic_writer.go`` in kubernetes/kubernetes). Following it once and reading only below
gives a consistent snapshot. A plain directory has no such link: it is read again when it
changed while it was being read.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from hashlib import sha256

from halsync.errors import AccessDenied, ConfigError, SourceNotFound, SourceUnreachable
from halsync.model import Snapshot
from halsync.paths import join, nearest
from halsync.sources.entries import Entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import DirSettings
    from halsync.sources.base import Context

_DATA = "..data"
_SKIPPED = frozenset({".git", ".halsync"})
_ATTEMPTS = 5
_REPLACED = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""The kubelet, or a person, removed or replaced what was just listed: look again."""

Stamp = tuple[tuple[str, int, int, int], ...]
"""(path, inode, size, modification time in ns) of every entry, in walking order."""


def open_source(options: DirSettings, context: Context) -> Directory:
    """The source for one directory; nothing is read yet."""
    return Directory(options, context)


class Directory:
    """See :class:`halsync.sources.base.Source`."""

    def __init__(self, options: DirSettings, context: Context) -> None:
        self._directory = os.path.abspath(options.directory)
        self._context = context

    def begin(self) -> None:
        """Nothing to start: reading is as quick as asking."""

    def renew(self, deadline: float) -> None:
        """See :meth:`halsync.sources.base.Source.renew`."""
        self._context = self._context._replace(deadline=deadline)

    def revision(self) -> str:
        """Name of the kubelet's data directory, or a digest of the contents."""
        return self._mounted() or self.fetch().revision

    def fetch(self) -> Snapshot:
        """Read until two looks at the directory agree."""
        self._check()
        for _ in range(_ATTEMPTS):
            mounted = self._mounted()
            root = os.path.join(self._directory, mounted)
            try:
                before = self._stamp(root)
                entries = self._collect(root, mounted)
                if self._mounted() == mounted and self._stamp(root) == before:
                    return self._snapshot(entries, mounted)
            except PermissionError as error:
                raise AccessDenied(
                    "permission denied",
                    where=error.filename,
                    hint="make it readable for this user (fsGroup or defaultMode in Kubernetes)",
                ) from error
            except OSError as error:
                if error.errno not in _REPLACED:
                    raise SourceUnreachable(
                        f"cannot be read: {(error.strerror or 'unknown error').lower()}",
                        where=error.filename,
                        hint="check the volume and the file system that it is on",
                    ) from error
            if time.monotonic() > self._context.deadline:
                break
        raise SourceUnreachable(
            "the directory keeps changing while it is being read",
            where=self._directory,
            hint="let whatever writes there finish, or write elsewhere and rename",
        )

    def close(self) -> None:
        """Nothing is held."""

    def _check(self) -> None:
        try:
            mode = os.stat(self._directory).st_mode
        except OSError as error:
            denied = isinstance(error, PermissionError)
            kind = AccessDenied if denied else SourceNotFound
            raise kind(
                "permission denied" if denied else "no such directory",
                where=self._directory,
                hint="check dir.path (--dir) and the volume mount",
            ) from error
        if not stat.S_ISDIR(mode):
            raise SourceNotFound(
                "not a directory",
                where=self._directory,
                hint="dir.path (--dir) names the directory that holds 'config'",
            )
        if os.path.lexists(os.path.join(self._directory, ".halsync/current")):
            raise ConfigError(
                "this directory is itself published by halsync",
                where=self._directory,
                hint=f"name {self._directory}/.halsync/current to read what is live there",
            )

    def _mounted(self) -> str:
        """Name of the data directory if the kubelet manages this one, else an empty string."""
        try:
            return os.readlink(os.path.join(self._directory, _DATA))
        except OSError:
            return ""

    def _collect(self, root: str, mounted: str) -> Entries:
        entries = Entries(self._context.name, mounted, self._context.limits)
        done: set[str] = set()
        for path in self._context.paths:
            if not os.path.lexists(os.path.join(root, path)):
                raise SourceNotFound(
                    f"no directory {path!r} in it",
                    where=self._directory,
                    hint=_suggest(root, path),
                )
            self._walk(root, path, entries, done)
        while new := [path for path in entries.missing() if path not in done]:
            for path in new:
                done.add(path)
                if os.path.lexists(os.path.join(root, path)):
                    self._walk(root, path, entries, done)
        return entries

    def _snapshot(self, entries: Entries, mounted: str) -> Snapshot:
        files, dangling = entries.finish()
        revision = mounted
        if not revision:
            digest = sha256()
            for path, file in sorted(files.items()):
                digest.update(f"{path}\0{file.executable:d}{len(file.content)}\0".encode())
                digest.update(file.content)
            revision = f"sha256:{digest.hexdigest()}"
            files = {
                path: file._replace(origin=file.origin._replace(revision=revision))
                for path, file in files.items()
            }
        return Snapshot("dir", self._directory, "", revision, files, dangling)

    def _walk(self, root: str, start: str, entries: Entries, done: set[str]) -> None:
        """Hand everything at and below ``start`` to ``entries``."""
        todo = [start]
        while todo:
            path = todo.pop()
            full = os.path.join(root, path) if path else root
            status = os.lstat(full)
            if not stat.S_ISDIR(status.st_mode):
                _hand_over(full, path, status, entries)
            elif entries.may_hold(path):
                self._in_time(full)
                below = [join(path, name) for name in os.listdir(full) if name not in _SKIPPED]
                todo += sorted(set(below) - done, reverse=True)
                done.update(below)

    def _stamp(self, root: str) -> Stamp:
        """What tells whether anything below ``root`` changed, without reading it."""
        found: list[tuple[str, int, int, int]] = []
        # What is deeper is refused.
        longest = len(os.fsencode(root)) + 1 + self._context.limits.path_length
        todo = [root]
        while todo:
            directory = todo.pop()
            self._in_time(directory)
            for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
                if entry.name in _SKIPPED:
                    continue
                status = entry.stat(follow_symlinks=False)
                found.append((entry.path, status.st_ino, status.st_size, status.st_mtime_ns))
                if entry.is_dir(follow_symlinks=False) and len(os.fsencode(entry.path)) <= longest:
                    todo.append(entry.path)
        return tuple(found)

    def _in_time(self, directory: str) -> None:
        if time.monotonic() > self._context.deadline:
            raise SourceUnreachable(
                "the directory is too large to be read in time",
                where=directory,
                hint="name the directory that holds 'config' (dir.path, --dir), or raise timeout",
            )


def _hand_over(full: str, path: str, status: os.stat_result, entries: Entries) -> None:
    """A link or a file; what is neither is refused."""
    if stat.S_ISLNK(status.st_mode):
        entries.add_link(path, os.readlink(full))
    elif not stat.S_ISREG(status.st_mode):
        entries.refuse(
            path,
            "a device, socket or pipe",
            "remove it from the source; only files, directories and links can be published",
            code="HAL0108",
        )
    elif entries.claim(path, status.st_size):
        # No link may take the file's place between the look and the opening.
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            content = stream.read(status.st_size + 1)
        entries.add_file(path, content, bool(status.st_mode & stat.S_IXUSR))


def _suggest(root: str, path: str) -> str:
    """The remedy for a sub-path that is not there: the nearest one that is."""
    names = [os.path.relpath(where, root) for where, _, _ in os.walk(root)]
    guess = nearest(path, names)
    return f"did you mean {guess!r}?" if guess else "path counts from the root of the source"
