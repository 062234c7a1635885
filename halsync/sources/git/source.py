"""The git source. Imports next to nothing: git is to start as early as it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.errors import HalsyncError
from halsync.sources.git.names import check_ref, parse_url, spec_of
from halsync.sources.git.session import Session

if TYPE_CHECKING:
    from halsync.model import Snapshot
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context, Source
    from halsync.sources.git.reading import Reading
    from halsync.sources.git.session import _Pending


class GitSource:
    """One repository at one ref; fulfils :class:`halsync.sources.base.Source`."""

    def __init__(self, options: GitSettings, context: Context) -> None:
        self._options = options
        self._context = context
        self._ref = check_ref(options.ref)
        self._session = Session(
            parse_url(options.url),
            options,
            context.work_dir,
            context.deadline,
            context.limits.file_bytes,
        )
        self._pending: _Pending | None = None
        self._early_failure: HalsyncError | None = None
        self._reading: Reading | None = None

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
        from halsync.sources.git.resolve import commit_of

        return commit_of(self._session, self._ref)

    def fetch(self) -> Snapshot:
        """Fetch, check, and read what is wanted into memory."""
        if self._early_failure:
            failure, self._early_failure = self._early_failure, None
            raise failure
        pending = self._pending or self._session.start(spec_of(self._ref))
        self._pending = None
        from halsync.sources.git.reading import Reading

        self._reading = Reading(self._session, self._options, self._context)
        try:
            return self._reading.snapshot(self._ref, pending)
        finally:
            self._reading.close()
            self._reading = None

    def close(self) -> None:
        """Stop git and remove the files that hold secrets."""
        if self._reading:
            self._reading.close()
            self._reading = None
        self._session.close()
        self._pending = None


def open_source(options: GitSettings, context: Context) -> Source:
    """Make the source. Nothing is read or started yet.

    Raises:
        ConfigError: the URL or the ref is not legal.
    """
    return GitSource(options, context)
