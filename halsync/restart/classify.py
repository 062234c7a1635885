"""What a change asks for, judged by what changed and by nothing else.

Halyard reads ``config``, ``profiles``, ``service-settings``, ``.boms`` and the files that these
name for every task, its own Spring files only when it starts, and nothing else at all
(``/v1/tasks`` and ``HalconfigDirectoryStructure.java``, see :mod:`halsync.halyard`). Files of
dynamic accounts that Clouddriver or another service fetches by itself are such others.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from halsync.halyard import DAEMON_FILES, deployments, is_read
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.model import File
    from halsync.restart.base import Reaction

    Says = Callable[[str, File], bytes | None]

_STRENGTH: tuple[Reaction, ...] = ("none", "configuration", "daemon")


class Seen(NamedTuple):
    """One file of a generation, as much of it as a later comparison needs."""

    digest: str
    """Of what it says, however it is written. Not keyed: it must not leave the process."""
    asks: Reaction
    """What a change of it asks for."""


def seen(files: Mapping[str, File], says: Says) -> dict[str, Seen]:
    """The files of a generation, fit to be compared with another one's by :func:`reaction`.

    Args:
        files: the rendered tree's.
        says: the canonical content of a file, None where its bytes stand for themselves.
    """
    names = deployments(list(files))
    read = {path for path in files if is_read(path, names)}
    text = b"\n".join(files[path].content for path in sorted(read))
    return {
        path: Seen(_digest(path, file, says), _asks(path, path in read, text))
        for path, file in files.items()
    }


def reaction(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> Reaction:
    """What the step from one generation to the other asks for: the most that one file does."""
    changed = [
        seen.asks
        for path in before.keys() | after.keys()
        if _meaning(before.get(path)) != _meaning(after.get(path))
        for seen in (before.get(path), after.get(path))
        if seen is not None
    ]
    return max(changed, key=_STRENGTH.index, default="none")


def _meaning(seen: Seen | None) -> str | None:
    return seen.digest if seen else None


def _digest(path: str, file: File, says: Says) -> str:
    canonical = says(path, file)
    form = b"=" + file.content if canonical is None else b"~" + canonical
    return sha256(b"%d" % file.executable + form).hexdigest()


def _asks(path: str, read: bool, text: bytes) -> Reaction:
    if path in DAEMON_FILES:
        return "daemon"
    return "configuration" if read or _named(path, text) else "none"


def _named(path: str, text: bytes) -> bool:
    """Whether what Halyard reads speaks of the file: by its path, its name, or a directory of
    its own that it is in. Too often is harmless, too seldom is not."""
    parts = path.split("/")
    if parts[-1].encode() in text:
        return True
    return any(
        f"{'/'.join(parts[:end])}".encode() in text
        and parts[end - 1] not in ("default", "profiles")
        for end in range(1, len(parts))
    )
