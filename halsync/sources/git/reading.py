"""From a commit's objects to a snapshot, wherever they lie."""

from __future__ import annotations

from halsync.model import Snapshot
from halsync.records import NamedTuple
from halsync.sources.git.contents import read_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.sources.base import Context
    from halsync.sources.entries import Entries
    from halsync.sources.git.commits import Commit
    from halsync.sources.git.session import Fetched, Session
    from halsync.sources.git.trees import Walker


class Asked(NamedTuple):
    """What is read, as the snapshot will say it."""

    where: str
    ref: str
    commit: Commit
    details: dict[str, str]


def read_snapshot(
    asked: Asked,
    walker: Walker,
    entries: Entries,
    context: Context,
    sessions: Sequence[tuple[Session, Fetched] | None] = (None,),
    *,
    lfs: bool = False,
) -> Snapshot:
    """Read what is wanted of ``walker``'s tree; ``sessions`` as for :func:`read_files`.

    Raises:
        SourceNotFound: a wanted sub-path does not exist.
        ContentRefused: names every path that may not be brought along.
        BrokenRepository, ValueError: objects are missing or damaged.
        SourceUnreachable, AccessDenied: fetching what a filter left out failed.
    """
    for path in context.paths:
        walker.want(path)
    read_files(walker, sessions, entries, context.limits, lfs=lfs)
    facts = [f"{len(sessions) - 1} fetched"] if len(sessions) > 1 else []
    if walker.gitlinks:
        facts.append(f"{len(walker.gitlinks)} not fetched")
    details = {"committed": asked.commit.committed, **asked.details}
    if facts:
        details["submodules"] = ", ".join(facts)
    files, dangling = entries.finish()
    return Snapshot("git", asked.where, asked.ref, asked.commit.id, files, dangling, details)
