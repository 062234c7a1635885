"""Commit and tag objects."""

from __future__ import annotations

import time

from halsync.errors import SourceNotFound
from halsync.records import NamedTuple
from halsync.sources.git.names import is_full_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.sources.git.objects import Objects

_LARGEST = 1 << 20


class Commit(NamedTuple):
    """What is needed of a commit."""

    id: str
    tree: str
    """Id of its tree."""
    committed: str
    """When, in UTC: ``2024-05-01T12:00:00Z``."""
    tag: str
    """Name inside the annotated tag that led here; empty without one."""


def read_commit(reader: Objects, object_id: str, ref: str) -> Commit:
    """The commit that ``object_id`` is, or that the annotated tag of that id points to.

    Raises:
        SourceNotFound: it leads to no commit, or ``ref`` is the id of something else.
        ValueError: the commit is none that git makes.
    """
    start, end = reader.infos([object_id, f"{object_id}^{{commit}}"])
    if start is None or end is None:
        raise SourceNotFound(
            f"{ref} does not lead to a commit" if start else f"there is no commit {ref}",
            hint="name a branch, a tag of a commit, or a commit id",
        )
    if is_full_id(ref) and start.type != "commit":
        raise SourceNotFound(
            f"{ref} is the id of a {start.type}, not of a commit",
            hint=f"give the commit's id, {end.id}, or the name of the tag",
        )
    names = [end.id] if start.type == "commit" else [end.id, start.id]
    if max(start.size, end.size) > _LARGEST:
        raise ValueError("commit object of more than 1 MiB")
    found = [entry[1] if entry else b"" for entry in reader.contents(names)]
    headers = _headers(found[0])
    if "tree" not in headers:
        raise ValueError(f"commit {end.id} has no tree")
    seconds = headers.get("committer", "").rsplit(" ", 2)[-2:][0]
    tag = _headers(found[1]).get("tag", "") if len(found) > 1 else ""
    return Commit(end.id, headers["tree"], _timestamp(seconds), tag)


def _headers(content: bytes) -> dict[str, str]:
    text = content.partition(b"\n\n")[0].decode("utf-8", "replace")
    lines = (line.partition(" ") for line in text.split("\n") if not line.startswith(" "))
    return {name: value for name, _, value in reversed(list(lines))}


def _timestamp(seconds: str) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
    except (ValueError, OverflowError, OSError):
        return "unknown"
