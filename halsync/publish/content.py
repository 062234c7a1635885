"""What a generation consists of, how it is named, and whether a directory still holds it."""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISLNK, S_ISREG

from halsync import halyard
from halsync.paths import parents
from halsync.publish.layout import ADOPTED, HOME, deployments
from halsync.publish.system import read
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from halsync.model import File, Tree
    from halsync.publish.records import DriftKind, Manifest
    from halsync.settings.model import PublishSettings

    Damage = tuple[str, DriftKind, str]


class Modes(NamedTuple):
    """Permissions of everything halsync makes, from ``publish.umask`` and ``publish.group``."""

    umask: int
    gid: int
    """-1: left to the directory."""

    @property
    def directory(self) -> int:
        """Directories of a generation."""
        return (0o550 & ~self.umask) | 0o500

    @property
    def own_directory(self) -> int:
        """Directories that halsync or Halyard writes into."""
        return (0o770 & ~self.umask) | 0o700

    @property
    def own_file(self) -> int:
        """Manifests, the state file and the lock."""
        return (0o660 & ~self.umask) | 0o600

    def file(self, *, executable: bool, secret: bool) -> int:
        """A file of a generation. Secrets are the owner's alone unless a group is set."""
        mode = 0o550 if executable else 0o440
        if secret and self.gid < 0:
            mode &= 0o700
        return (mode & ~self.umask) | 0o400


def modes(options: PublishSettings) -> Modes:
    """Raises PublishError for a group that does not exist."""
    from halsync.publish.system import group_id

    return Modes(options.umask, group_id(options.group))


class Content(NamedTuple):
    """A tree as it will be published."""

    files: Mapping[str, File]
    directories: tuple[str, ...]
    """Directories that must exist although nothing is in them."""
    deployments: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def secret(self) -> bool:
        """Whether digests must be keyed."""
        return any(file.secret for file in self.files.values())


def content(tree: Tree) -> Content:
    """Leave out what Halyard writes itself and what lies in ``.halsync``."""
    config = tree.files.get(halyard.CONFIG)
    names = deployments(list(tree.files), config.content if config else b"")
    files = {}
    warnings = []
    reasons: dict[tuple[str, ...], str] = {}
    for path, file in tree.files.items():
        # Two parts decide, and thousands of files share them.
        start = tuple(path.split("/", 2)[:2])
        if start not in reasons:
            reasons[start] = _reason(path, names)
        if reasons[start]:
            warnings.append(f"{path}: not published, {reasons[start]}")
        else:
            files[path] = file
    present = folders(files)
    wanted = (f"{name}/{part}" for name in names for part in halyard.DEPLOYMENT_INPUTS)
    return Content(
        files, tuple(path for path in wanted if path not in present), names, tuple(warnings)
    )


def _reason(path: str, names: tuple[str, ...]) -> str:
    """Why a path is not published; empty if it is."""
    if path.partition("/")[0] == HOME:
        return f"{HOME} belongs to halsync"
    return "Halyard writes this path itself" if halyard.is_output(path, list(names)) else ""


def folders(paths: Iterable[str]) -> set[str]:
    """Every directory that these paths need."""
    found = {path.rpartition("/")[0] for path in paths}
    found.update([parent for path in found for parent in parents(path)])
    found.discard("")
    return found


def digest_function(key: bytes) -> Callable[[bytes], str]:
    """SHA-256, or HMAC-SHA-256 when there is a key; hex."""
    from hashlib import sha256

    if not key:
        return lambda data: sha256(data).hexdigest()
    from hmac import digest

    return lambda data: digest(key, data, "sha256").hex()


def name_of(manifest: Manifest, key: bytes) -> str:
    """The generation's name, without the number that a rebuilt one carries: a digest over
    sorted (path, execute bit, digest of the content). It proves that a manifest was made with
    ``key`` and is as it was."""
    entries = [(path, entry.executable, entry.digest) for path, entry in manifest.files.items()]
    prefix = "k" if manifest.keyed else ""
    if manifest.kind != "published":
        prefix = ADOPTED if manifest.kind == "adopted" else "drift-"
        entries += [(path, False, "link:" + text) for path, text in manifest.links.items()]
        entries += [(path + "/", False, "") for path in manifest.directories]
    lines = [
        b"%s\0%d\0%s\n" % (os.fsencode(path), executable, value.encode())
        for path, executable, value in sorted(entries)
    ]
    return prefix + digest_function(key)(b"".join(lines))[:40]


def meaning(
    files: Mapping[str, File],
    says: Callable[[str, File], bytes | None],
    digest: Callable[[bytes], str],
) -> str:
    """One digest of what all files say: comments, order of keys and writing left out.

    ``says`` gives a file's canonical content, None where its bytes stand for themselves.
    """
    entries = []
    for path, file in files.items():
        canonical = says(path, file)
        # The letter keeps a text from passing for the canonical form of another.
        form = b"=" + file.content if canonical is None else b"~" + canonical
        entries.append((path, file.executable, digest(form)))
    lines = [
        b"%s\0%d\0%s\n" % (os.fsencode(path), executable, value.encode())
        for path, executable, value in sorted(entries)
    ]
    return digest(b"".join(lines))[:40]


class Listing(NamedTuple):
    """Everything below a directory, paths relative to it."""

    files: dict[str, int]
    """Regular files → mode bits."""
    directories: dict[str, int]
    links: dict[str, str]
    others: tuple[str, ...]
    """Sockets, pipes, devices."""


def listing(directory: str) -> Listing:
    """Walk ``directory`` without following links.

    Raises:
        OSError: it does not exist, or a part of it cannot be read.
    """
    files: dict[str, int] = {}
    directories: dict[str, int] = {"": os.stat(directory).st_mode & 0o7777}
    links: dict[str, str] = {}
    others: list[str] = []
    todo = [("", directory)]
    while todo:
        prefix, here = todo.pop()
        with os.scandir(here) as entries:
            for entry in entries:
                path = prefix + entry.name
                mode = entry.stat(follow_symlinks=False).st_mode
                if S_ISREG(mode):
                    files[path] = mode & 0o7777
                elif S_ISDIR(mode):
                    directories[path] = mode & 0o7777
                    todo.append((path + "/", entry.path))
                elif S_ISLNK(mode):
                    links[path] = os.readlink(entry.path)
                else:
                    others.append(path)
    return Listing(files, directories, links, tuple(others))


def holds(directory: str, wanted: Content, modes: Modes) -> list[tuple[str, int]] | None:
    """Whether ``directory`` holds exactly ``wanted``, every byte compared.

    Returns None if not; otherwise the (path, mode) pairs whose mode is not as wanted.
    """
    try:
        found = listing(directory)
        if found.links or found.others or found.files.keys() != wanted.files.keys():
            return None
        expected = folders((*wanted.files, *wanted.directories)).union(wanted.directories)
        if found.directories.keys() != expected | {""}:
            return None
        wrong = []
        for path, file in wanted.files.items():
            if not _same(f"{directory}/{path}", file.content):
                return None
            mode = modes.file(executable=file.executable, secret=file.secret)
            if found.files[path] != mode:
                wrong.append((path, mode))
    except OSError:
        return None
    mode = modes.directory
    # A set-group-ID bit comes from the volume (fsGroup) and is right as it is.
    wrong += [(path, mode) for path, have in found.directories.items() if have & 0o777 != mode]
    return wrong


def _same(path: str, content: bytes) -> bool:
    """Whether a regular file holds ``content``; half the system calls of open().read()."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        got = os.read(descriptor, len(content) + 1)
        while 0 < len(got) < len(content):
            more = os.read(descriptor, len(content) + 1 - len(got))
            if not more:
                break
            got += more
        return got == content
    finally:
        os.close(descriptor)


def damage(directory: str, manifest: Manifest, key: bytes) -> list[Damage]:
    """How a generation on disk differs from its manifest; empty if it is intact."""
    try:
        found = listing(directory)
    except FileNotFoundError:
        return [("", "generation", "the generation's directory is gone")]
    digest = digest_function(key if manifest.keyed else b"")
    result: list[Damage] = []
    for path, entry in manifest.files.items():
        if path not in found.files:
            result.append((path, "removed", "the file is gone from the generation"))
        elif digest(read(f"{directory}/{path}")) != entry.digest:
            result.append((path, "changed", "the content differs from what was published"))
        elif found.files[path] != entry.mode:
            have = found.files[path]
            result.append((path, "mode", f"mode {have:04o} instead of {entry.mode:04o}"))
    for path, text in manifest.links.items():
        if found.links.get(path) != text:
            result.append((path, "changed", "the link differs from what was published"))
    for path in (*found.files, *found.links, *found.others):
        if path not in manifest.files and path not in manifest.links:
            result.append((path, "added", "the file was not published by halsync"))
    for path in manifest.directories:
        if path not in found.directories:
            result.append((path, "removed", "the directory is gone from the generation"))
    return sorted(result)
