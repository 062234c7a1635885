"""File-system steps shared by the publishing modules, and what their failures mean."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager, suppress
from stat import S_ISDIR, S_ISGID

from halsync.errors import PublishError
from halsync.publish.layout import TEMPORARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_counter = 0


def temporary(directory: str) -> str:
    """A fresh name in ``directory`` that a later run recognises as litter."""
    global _counter  # noqa: PLW0603
    while True:
        _counter += 1
        name = f"{directory}/{TEMPORARY}{os.getpid()}-{_counter}"
        # In a pod every process has the same number, also the one whose litter could not go.
        if not os.path.lexists(name):
            return name


def lstat(path: str) -> os.stat_result | None:
    """Like ``os.lstat``, None where nothing stands."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_directory(path: str) -> bool:
    """A real directory, not a link to one."""
    found = lstat(path)
    return found is not None and S_ISDIR(found.st_mode)


def read(path: str) -> bytes:
    """A file's content."""
    with open(path, "rb", buffering=0) as stream:
        return stream.read()


def ensure_directory(path: str, mode: int, gid: int = -1) -> bool:
    """Make ``path`` with exactly ``mode`` if nothing stands there. Returns whether it did.

    A set-group-ID bit inherited from the volume (fsGroup) stays.
    """
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return False
    have = os.stat(path).st_mode
    if have & 0o777 != mode:
        os.chmod(path, mode | (have & S_ISGID))
    if gid >= 0:
        os.chown(path, -1, gid)
    return True


def make_private(path: str) -> None:
    """``os.makedirs`` with 0700 for every directory made, whatever the umask."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        make_private(os.path.dirname(path))
        os.mkdir(path, 0o700)


def remove_empty(path: str) -> None:
    """Remove a directory and those above it, up to the first that is not empty."""
    with suppress(OSError):
        while True:
            with suppress(FileNotFoundError):
                os.rmdir(path)
            path = os.path.dirname(path)


def write_all(descriptor: int, content: bytes) -> None:
    """``os.write`` until everything is written."""
    done = os.write(descriptor, content)
    while done < len(content):
        done += os.write(descriptor, content[done:])


def write_file(path: str, content: bytes, mode: int, *, gid: int = -1, sync: bool = True) -> None:
    """Create ``path``, which must not exist, with exactly ``mode``; durably unless a syncfs
    will follow."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, content)
        if gid >= 0:
            os.fchown(descriptor, -1, gid)
        os.fchmod(descriptor, mode)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: str, content: bytes, mode: int, *, gid: int = -1, sync: bool = True) -> None:
    """Replace ``path`` in one step: a reader sees the old file or the new one."""
    scratch = temporary(os.path.dirname(path))
    try:
        write_file(scratch, content, mode, gid=gid, sync=sync)
        os.rename(scratch, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(scratch)
        raise


def sync_directory(path: str) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: str) -> None:
    """Remove a read-only tree that halsync made. Links in it are not followed."""
    with suppress(FileNotFoundError):
        os.chmod(path, 0o700)
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(entry.path)
                else:
                    os.unlink(entry.path)
        os.rmdir(path)


def mounts_below(root: str) -> frozenset[str]:
    """Mount points strictly below ``root``, relative to it."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return _mounts_by_device(root)
    prefix = root.rstrip("/") + "/"
    found = set()
    for line in lines:
        point = line.split(" ", 5)[4]
        if "\\" in point:
            point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point)
            # The kernel escapes bytes, all of them below 128: what remains is as decoded.
        if point.startswith(prefix):
            found.add(point[len(prefix) :])
    return frozenset(found)


def _mounts_by_device(root: str) -> frozenset[str]:
    """The fallback without /proc: directories and files on another device than their parent."""
    found = set()

    def visit(directory: str, device: int) -> None:
        with suppress(OSError), os.scandir(directory) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if status.st_dev != device:
                    found.add(entry.path[len(root.rstrip("/")) + 1 :])
                if S_ISDIR(status.st_mode):
                    visit(entry.path, status.st_dev)

    with suppress(FileNotFoundError):
        visit(root, os.stat(root).st_dev)
    return frozenset(found)


def group_id(group: str) -> int:
    """The number of a group given by name or number; -1 for none.

    Raises:
        PublishError: no such group.
    """
    if not group:
        return -1
    if group.isascii() and group.isdigit():
        return int(group)
    from grp import getgrnam

    try:
        return getgrnam(group).gr_gid
    except KeyError as error:
        raise PublishError(
            f"the group {group!r} does not exist here",
            where="publish.group",
            hint="give its number instead (the pod's fsGroup), or leave it out",
        ) from error


@contextmanager
def explained(default: str) -> Iterator[None]:
    """Turn an OSError into a PublishError that says what to do. ``default`` is the path to
    name when the error itself names none."""
    try:
        yield
    except OSError as error:
        name = error.filename if isinstance(error.filename, (str, bytes)) else default
        path = os.fsdecode(name)
        raise _explain(error, path if path.startswith("/") else default) from error


def _explain(error: OSError, path: str) -> PublishError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    hints = {
        errno.EROFS: "the volume is mounted read-only: mount it writable here"
        " (readOnly: false, an emptyDir), or point --target elsewhere",
        errno.ENOSPC: "free space or inodes on that volume (df -h, df -i), or raise the"
        " emptyDir's sizeLimit; nothing was changed",
        errno.EDQUOT: "the disk quota is used up: free space or raise it; nothing was changed",
        errno.ENAMETOOLONG: "shorten the path in the source, or choose a shorter --target",
        errno.ENOTDIR: "a file stands where a directory is needed: move it away",
        errno.EEXIST: "something stands where a directory is needed: move it away",
        errno.EFBIG: "the file-size limit of this process or volume is too low (ulimit -f)",
        errno.EISDIR: "a directory stands where a file is needed: move it away",
        errno.EIO: "the volume reports a hardware or network error: check it, then run again",
        errno.ELOOP: "too many links on the way: point --target at the real directory",
    }
    if error.errno in (errno.EACCES, errno.EPERM):
        return PublishError(f"cannot be read or written: {reason}", where=path, hint=_owner(path))
    hint = hints.get(error.errno or 0, "check the volume and its mount options, then run again")
    return PublishError(f"cannot publish: {reason}", where=path, hint=hint)


def _owner(path: str) -> str:
    """Who owns what refused us, the nearest existing path or its parent, against who we are."""
    here = path
    while True:
        try:
            status = os.stat(here)
            break
        except OSError:
            parent = os.path.dirname(here)
            if parent == here:
                return "check the owner and the mode of the target"
            here = parent
    if os.access(here, os.R_OK | os.W_OK) and not os.access(os.path.dirname(here), os.W_OK):
        here = os.path.dirname(here)
        status = os.stat(here)
    remedy = "run as that user, or set the pod's runAsUser/fsGroup to match"
    if status.st_uid == os.geteuid() and status.st_mode & 0o600 != 0o600:
        remedy = f"give it back its owner's rights (chmod u+rwX {here})"
    return (
        f"{here} belongs to user {status.st_uid}, group {status.st_gid},"
        f" mode {status.st_mode & 0o7777:04o}; this is user {os.geteuid()}, group"
        f" {os.getegid()}: {remedy}"
    )
