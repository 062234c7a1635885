"""From a running git to a snapshot. Loaded while it already runs."""

from __future__ import annotations

from halsync.errors import SourceNotFound, SourceUnreachable
from halsync.redact import redact
from halsync.sources.entries import Entries
from halsync.sources.git.cat_file import ObjectReader
from halsync.sources.git.commits import read_commit
from halsync.sources.git.objects import BrokenRepository
from halsync.sources.git.process import DeadlineExpired
from halsync.sources.git.reading import Asked, read_snapshot
from halsync.sources.git.resolve import fetch_ref
from halsync.sources.git.trees import Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Snapshot
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context
    from halsync.sources.git.session import Session, _Pending
    from halsync.sources.git.submodules import Submodules


class Fetching:
    """One fetch by the git binary, with the processes that it needs."""

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
        details = {"note": note} if note else {}
        if self._options.verify.mode != "off":
            from halsync.sources.git.verify import verify

            details["signature"] = verify(self._session, fetched, commit, ref)
        entries = Entries(context.name, commit.id, context.limits)
        sessions = [(self._session, fetched)]
        enter = None
        if self._options.submodules != "off":
            from halsync.sources.git.submodules import Submodules

            self._submodules = Submodules(sessions, self._readers, self._options, context, entries)
            enter = self._submodules.enter
        walker = Walker(reader, commit.tree, entries, context.limits, enter)
        asked = Asked(self._where, ref, commit, details)
        return read_snapshot(asked, walker, entries, context, sessions, lfs=self._options.lfs)

    def _reader(self, repository: str) -> ObjectReader:
        self._readers.append(ObjectReader(*self._session.view(repository), self._context.deadline))
        return self._readers[-1]

    def close(self) -> None:
        """End the processes."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        if self._submodules:
            self._submodules.close()
