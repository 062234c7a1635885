"""``push``: an existing tree loaded into a bucket or a key-value engine, differences first.

A kind of source is a destination, too, if :data:`DESTINATIONS` names its module; what that has to
offer stands in :mod:`halsync.sources.destination`.
"""

from __future__ import annotations

import os
import socket
import time
from hashlib import sha256
from importlib import import_module

from halsync.agent.local import read
from halsync.errors import ConfigError, ContentRefused, HalsyncError, PublishError
from halsync.halyard import CONFIG, deployments, is_read
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.compare import FileChange
    from halsync.model import File
    from halsync.settings.model import KindSettings, Limits
    from halsync.sources.destination import Destination, Held, Writing

DESTINATIONS = {
    "S3Settings": "halsync.sources.s3.destination",
    "VaultSettings": "halsync.sources.vault.destination",
}
"""Settings type → module whose ``open_destination(options, writing)`` makes the destination."""

_SHORTEST = 4
"""A name of fewer letters stands in a text by chance."""


class Chosen(NamedTuple):
    """What of a directory is to be pushed."""

    files: Mapping[str, File]
    left_out: tuple[str, ...]
    """Files that Halyard does not read, and that nothing which it reads names."""


class Plan(NamedTuple):
    """What a push would do."""

    chosen: Chosen
    held: Mapping[str, Held]
    write: tuple[str, ...]
    remove: tuple[str, ...]
    kept: tuple[str, ...]
    """Files there that are not in the tree, and stay."""
    foreign: tuple[str, ...]
    """Files that would be changed or removed and that this tree's last push did not write."""
    changes: tuple[FileChange, ...]


def choose(directory: str, limits: Limits, *, everything: bool) -> Chosen:
    """The files of ``directory`` that Halyard reads, and those that they name.

    Links are read through, those of a ``.hal`` that halsync publishes, too.

    Raises:
        ConfigError: there is no such directory, or nothing in it that Halyard reads.
        ContentRefused: something in it may not be published.
    """
    local = read(directory, limits)
    wrong = [each for each in local.problems if each.severity in ("error", "fatal")]
    if wrong:
        raise ContentRefused(
            "the directory holds what may not be published", wrong, where=directory
        )
    files = local.tree.files
    names = deployments(list(files))
    if CONFIG not in files and not names and not everything:
        raise ConfigError(
            "there is neither 'config' nor a deployment in it",
            where=directory,
            hint="name the .hal directory itself, or add --all for any directory",
        )
    if everything:
        return Chosen(files, ())
    reads = {path for path in files if is_read(path, names)}
    text = b"\n".join(files[path].content for path in sorted(reads))
    chosen = {path: file for path, file in files.items() if path in reads or _named(path, text)}
    return Chosen(chosen, tuple(sorted(set(files) - set(chosen))))


def _named(path: str, text: bytes) -> bool:
    """Whether the text speaks of the file, or of the directory of its own that it is in."""
    parts = path.split("/")
    ends = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return any(
        len(name) >= _SHORTEST and name.encode() in text
        for name in (parts[-1], *(each for each in ends if "/" in each))
    )


def tree_name(directory: str) -> str:
    """Names a directory of this machine without telling where it is."""
    place = f"{socket.gethostname()}:{os.path.realpath(directory)}"
    return sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def open_destination(options: KindSettings, writing: Writing) -> Destination:
    """The destination of these settings.

    Raises:
        ConfigError: this kind of source cannot be pushed to.
    """
    module = DESTINATIONS.get(type(options).__name__)
    if module is None:
        raise ConfigError(
            "this kind of source cannot be pushed to",
            where=options.asked_for()[0],
            hint="name a source of kind s3 or vault; for git, commit and push with git",
        )
    found: Destination = import_module(module).open_destination(options, writing)
    return found


def plan(chosen: Chosen, destination: Destination, *, delete: bool) -> Plan:
    """Compare the tree with what is there."""
    from halsync.compare import compare

    files, held = chosen.files, destination.held(chosen.files)
    write = [
        path
        for path, file in files.items()
        if path not in held
        or (held[path].content, held[path].executable) != (file.content, file.executable)
    ]
    others = sorted(set(held) - set(files))
    remove = others if delete else []
    touched = {*write, *remove}
    changes = compare(
        {path: each.content for path, each in held.items() if path in touched},
        {path: files[path].content for path in write},
        old_executable={path for path, each in held.items() if each.executable},
        new_executable={path for path, file in files.items() if file.executable},
    )
    return Plan(
        chosen,
        held,
        tuple(sorted(write, key=lambda path: (path == CONFIG, path))),
        tuple(remove),
        tuple(path for path in others if path not in remove),
        tuple(path for path in sorted(touched) if path in held and not held[path].ours),
        tuple(changes),
    )


def carry_out(wanted: Plan, destination: Destination, deadline: float) -> None:
    """Write, ``config`` last, then remove.

    Raises:
        HalsyncError: the first failure, with how far it came.
    """
    from halsync.clients.threads import parallel

    def write(path: str) -> None:
        destination.write(path, wanted.chosen.files[path], wanted.held.get(path))

    def remove(path: str) -> None:
        destination.remove(path, wanted.held[path])

    done = 0
    total = len(wanted.write) + len(wanted.remove)
    most = [path for path in wanted.write if path != CONFIG]
    last = [path for path in wanted.write if path == CONFIG]
    try:
        for work, paths in ((write, most), (write, last), (remove, wanted.remove)):
            for outcome in parallel(work, paths, deadline):
                _ = outcome.value
                done += 1
    except HalsyncError as error:
        error.message += f" (at least {done} of {total} changes were made; run push again)"
        raise


def refuse_foreign(wanted: Plan, location: str) -> None:
    """Stop before somebody else's work is lost.

    Raises:
        PublishError: a file would be overwritten that this tree's last push did not write.
    """
    if not wanted.foreign:
        return
    shown = ", ".join(wanted.foreign[:5])
    more = f" and {len(wanted.foreign) - 5} more" if len(wanted.foreign) > 5 else ""
    raise PublishError(
        f"{len(wanted.foreign)} of these files were last written by somebody else, or changed"
        f" since this tree was pushed: {shown}{more}",
        where=location,
        hint="take over what is new there, or overwrite it with --force",
    )


def deadline_of(timeout: float) -> float:
    """When network work must be over."""
    return time.monotonic() + timeout
