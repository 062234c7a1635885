"""From a running fetch to a snapshot. Loaded while git already runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.errors import SourceNotFound, SourceUnreachable
from halsync.model import Snapshot
from halsync.redact import redact
from halsync.sources.entries import Entries
from halsync.sources.git.commits import read_commit
from halsync.sources.git.contents import read_files
from halsync.sources.git.objects import BrokenRepository, ObjectReader
from halsync.sources.git.process import DeadlineExpired
from halsync.sources.git.resolve import fetch_ref
from halsync.sources.git.trees import Walker

if TYPE_CHECKING:
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context
    from halsync.sources.git.commits import Commit
    from halsync.sources.git.session import Fetched, Session, _Pending
    from halsync.sources.git.submodules import Submodules


class Reading:
    """One fetch of a source, with the processes that it needs."""

    def __init__(self, session: Session, options: GitSettings, context: Context) -> None:
        self._session = session
        self._options = options
        self._context = context
        self._where = redact(session.remote.url)
        self._readers: list[ObjectReader] = []
        self._submodules: Submodules | None = None

    def snapshot(self, ref: str, pending: _Pending) -> Snapshot:
        """Wait for git, then read what is wanted. Raises as a source's ``fetch`` does."""
        try:
            return self._snapshot(ref, pending)
        except SourceNotFound as error:
            error.where = error.where or f"{self._where} at {ref}"
            raise
        except DeadlineExpired:
            from halsync.sources.git.failures import expired

            raise expired(self._session.remote, "reading the repository") from None
        except (BrokenRepository, ValueError) as error:
            raise SourceUnreachable(
                f"the repository was transferred incompletely ({redact(str(error))[:200]})",
                where=self._where,
                hint="it is tried again; if it stays so, run `git fsck` on the server",
            ) from error

    def _snapshot(self, ref: str, pending: _Pending) -> Snapshot:
        context = self._context
        # Started before there is anything to read: 3 ms that pass while the network works.
        reader = self._reader(pending.repository)
        fetched, note = fetch_ref(self._session, ref, pending, watch="" not in context.paths)
        if fetched.repository != pending.repository:
            reader = self._reader(fetched.repository)
        commit = read_commit(reader, fetched.id, ref)
        details = {"committed": commit.committed}
        if note:
            details["note"] = note
        if self._options.verify.mode != "off":
            from halsync.sources.git.verify import verify

            details["signature"] = verify(self._session, fetched, commit, ref)
        entries = Entries(context.name, commit.id, context.limits)
        self._collect(reader, fetched, commit, entries, details)
        files, dangling = entries.finish()
        return Snapshot("git", self._where, ref, commit.id, files, dangling, details)

    def _reader(self, repository: str) -> ObjectReader:
        self._readers.append(ObjectReader(*self._session.view(repository), self._context.deadline))
        return self._readers[-1]

    def _collect(
        self,
        reader: ObjectReader,
        fetched: Fetched,
        commit: Commit,
        entries: Entries,
        details: dict[str, str],
    ) -> None:
        sessions = [(self._session, fetched)]
        enter = None
        if self._options.submodules != "off":
            from halsync.sources.git.submodules import Submodules

            self._submodules = Submodules(
                sessions, self._readers, self._options, self._context, entries
            )
            enter = self._submodules.enter
        walker = Walker(reader, commit.tree, entries, self._context.limits, enter)
        for path in self._context.paths:
            walker.want(path)
        read_files(walker, sessions, entries, self._context.limits, lfs=self._options.lfs)
        came = self._submodules.count if self._submodules else 0
        facts = [f"{came} fetched"] if came else []
        if walker.gitlinks:
            facts.append(f"{len(walker.gitlinks)} not fetched")
        if facts:
            details["submodules"] = ", ".join(facts)

    def close(self) -> None:
        """End the processes."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        if self._submodules:
            self._submodules.close()
