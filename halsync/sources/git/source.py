"""The git source. Imports next to nothing: the network is to be busy as early as it can be."""

from __future__ import annotations

from halsync.errors import HalsyncError, SourceNotFound
from halsync.redact import redact
from halsync.sources.git.names import check_ref, is_full_id, parse_url, spec_of
from halsync.sources.git.protocol.plain import Plain
from halsync.sources.git.protocol.waiting import TooLarge, Unusual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.model import Snapshot
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context, Source
    from halsync.sources.git.fetching import Fetching
    from halsync.sources.git.protocol.waiting import Work
    from halsync.sources.git.session import Session, _Pending


class GitSource:
    """One repository at one ref; fulfils :class:`halsync.sources.base.Source`.

    Asked without git where that will do, with git otherwise, and whenever it did not.
    """

    def __init__(self, options: GitSettings, context: Context) -> None:
        self._options = options
        self._context = context
        self._ref = check_ref(options.ref)
        self._remote = parse_url(options.url)
        self._plain = Plain(self._remote, options, context)
        self._work: Work | None = None
        self._session: Session | None = None
        self._pending: _Pending | None = None
        self._early_failure: HalsyncError | None = None
        self._fetching: Fetching | None = None

    def begin(self) -> Callable[[], bool] | None:
        """Start the fetch. A GitHub App's token must be asked for first: then ``fetch`` does."""
        if self._work or self._pending or self._options.auth.github_app:
            return None
        try:
            self._work = self._plain.begin(self._ref)
            return self._work.advance
        except Unusual:
            pass
        except HalsyncError as error:
            self._early_failure = error
            return None
        try:
            self._pending = self._git().start(spec_of(self._ref))
        except HalsyncError as error:
            self._early_failure = error
        return None

    def renew(self, deadline: float) -> None:
        """See :meth:`halsync.sources.base.Source.renew`."""
        self._context = self._context._replace(deadline=deadline)

    def revision(self) -> str:
        """The commit id that the ref has now: one request, or one ``git ls-remote``."""
        if is_full_id(self._ref):
            return self._ref.lower()
        self._drop_work()
        try:
            return self._plain.commit_of(self._ref, self._context.deadline)
        except Unusual:
            pass
        from halsync.sources.git.resolve import commit_of

        try:
            return commit_of(self._git(), self._ref)
        finally:
            self._end_git()

    def fetch(self) -> Snapshot:
        """Fetch, check, and read what is wanted into memory."""
        if self._early_failure:
            failure, self._early_failure = self._early_failure, None
            raise failure
        large = False
        if not self._pending:
            try:
                return self._fetch_plainly()
            except TooLarge:
                large = True
            except (Unusual, ValueError):
                pass  # git knows more ways, or what is wrong
        from halsync.sources.git.fetching import Fetching

        try:
            # Of a large repository, a sub-path is fetched without the rest.
            sparse = large and "" not in self._context.paths
            pending = self._pending or self._git().start(spec_of(self._ref), sparse=sparse)
            self._fetching = Fetching(self._git(), self._options, self._context)
            return self._fetching.snapshot(self._ref, pending)
        finally:
            self._end_git()

    def _fetch_plainly(self) -> Snapshot:
        work, self._work = self._work or self._plain.begin(self._ref), None
        delivered = self._plain.complete(work, self._context.deadline)
        from halsync.sources.git.protocol.delivery import read

        where = redact(self._remote.url)
        try:
            return read(delivered, where, self._ref, self._context)
        except SourceNotFound as error:
            error.where = error.where or f"{where} at {self._ref}"
            raise

    def _drop_work(self) -> None:
        """Give up a fetch that was begun: its answers would come over the one connection."""
        if self._work:
            self._work.close()
            self._plain.close()
        self._work = None

    def _git(self) -> Session:
        """What is needed to run git; made when it is."""
        if not self._session:
            from halsync.sources.git.session import Session

            context = self._context
            self._session = Session(
                self._remote,
                self._options,
                context.work_dir,
                context.deadline,
                context.limits.file_bytes,
            )
        return self._session

    def _end_git(self) -> None:
        """Stop git and remove its repositories and the files that hold secrets."""
        if self._fetching:
            self._fetching.close()
        if self._session:
            self._session.close()
        self._fetching = self._session = self._pending = None

    def close(self) -> None:
        """Stop what runs, drop the connection, and leave nothing on disk."""
        self._drop_work()
        self._plain.close()
        self._end_git()


def open_source(options: GitSettings, context: Context) -> Source:
    """Make the source. Nothing is read or started yet.

    Raises:
        ConfigError: the URL or the ref is not legal.
    """
    return GitSource(options, context)
