"""The git source: from settings to a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.errors import HalsyncError, SourceNotFound, SourceUnreachable
from halsync.model import Snapshot
from halsync.redact import redact
from halsync.sources.entries import Entries
from halsync.sources.git.commits import Commit, read_commit
from halsync.sources.git.contents import read_files
from halsync.sources.git.failures import expired
from halsync.sources.git.names import check_ref, parse_url
from halsync.sources.git.objects import BrokenRepository, ObjectReader
from halsync.sources.git.process import DeadlineExpired
from halsync.sources.git.resolve import Resolved, commit_of, fetch_ref, spec_of
from halsync.sources.git.session import Session
from halsync.sources.git.trees import Walker

if TYPE_CHECKING:
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context, Source
    from halsync.sources.git.session import _Pending
    from halsync.sources.git.submodules import Submodules


class GitSource:
    """One repository at one ref; fulfils :class:`halsync.sources.base.Source`."""

    def __init__(self, options: GitSettings, context: Context) -> None:
        self._options = options
        self._context = context
        self._ref = check_ref(options.ref)
        self._remote = parse_url(options.url)
        self._session = Session(
            self._remote,
            options,
            context.work_dir,
            context.deadline,
            context.limits.file_bytes,
        )
        self._pending: _Pending | None = None
        self._early_failure: HalsyncError | None = None
        self._readers: list[ObjectReader] = []
        self._submodules: Submodules | None = None

    def begin(self) -> None:
        """Start git. A GitHub App's token must be asked for first: then ``fetch`` starts it."""
        if self._pending or self._options.auth.github_app:
            return
        try:
            self._pending = self._session.start(spec_of(self._ref))
        except HalsyncError as error:
            self._early_failure = error

    def revision(self) -> str:
        """The commit id that the ref has now: one ``git ls-remote``."""
        return commit_of(self._session, self._ref)

    def fetch(self) -> Snapshot:
        """Fetch, check, and read what is wanted into memory."""
        if self._early_failure:
            failure, self._early_failure = self._early_failure, None
            raise failure
        try:
            return self._fetch()
        except SourceNotFound as error:
            error.where = error.where or f"{redact(self._remote.url)} at {self._ref}"
            raise
        except DeadlineExpired:
            raise expired(self._remote, "reading the repository") from None
        except (BrokenRepository, ValueError) as error:
            raise SourceUnreachable(
                f"the repository was transferred incompletely ({redact(str(error))[:200]})",
                where=redact(self._remote.url),
                hint="it is tried again; if it stays so, run `git fsck` on the server",
            ) from error
        finally:
            self._end_readers()

    def _fetch(self) -> Snapshot:
        pending = self._pending or self._session.start(spec_of(self._ref))
        self._pending = None
        sparse = "" not in self._context.paths
        resolved = fetch_ref(self._session, self._ref, pending, watch=sparse)
        fetched = resolved.fetched
        reader = ObjectReader(fetched.repository, self._session.env, self._context.deadline)
        self._readers.append(reader)
        commit = read_commit(reader, fetched.id, self._ref)
        details = {"committed": commit.committed}
        if resolved.note:
            details["note"] = resolved.note
        if self._options.verify.mode != "off":
            from halsync.sources.git.verify import verify

            details["signature"] = verify(self._session, fetched, commit, self._ref)
        entries = Entries(self._context.name, commit.id, self._context.limits)
        walker = self._walk(reader, commit, resolved, entries)
        if walker.gitlinks:
            count = len(walker.gitlinks)
            details["submodules"] = f"{count} not fetched" if count > 1 else "one not fetched"
        elif self._submodules and self._submodules.count:
            details["submodules"] = f"{self._submodules.count} fetched"
        files, dangling = entries.finish()
        return Snapshot(
            "git",
            redact(self._remote.url),
            self._ref,
            commit.id,
            files,
            dangling,
            details,
        )

    def _walk(
        self, reader: ObjectReader, commit: Commit, resolved: Resolved, entries: Entries
    ) -> Walker:
        enter = None
        sessions = [(self._session, resolved.fetched)]
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
        return walker

    def _end_readers(self) -> None:
        for reader in self._readers:
            reader.close()
        self._readers.clear()

    def close(self) -> None:
        """Stop git and remove the files that hold secrets."""
        self._end_readers()
        if self._submodules:
            self._submodules.close()
        self._session.close()
        self._pending = None


def open_source(options: GitSettings, context: Context) -> Source:
    """Make the source. Nothing is read or started yet.

    Raises:
        ConfigError: the URL or the ref is not legal.
    """
    return GitSource(options, context)
