"""The ``s3`` source: one listing, then every object on the condition that it is as listed.

So all of them are as they were at one moment, though S3 itself knows no snapshots. If one was
changed in the meantime it all begins again, a few times.
"""

from __future__ import annotations

import threading
import time

from halsync.clients.threads import Aside, parallel
from halsync.errors import AccessDenied, HalsyncError, SourceUnreachable
from halsync.model import Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from halsync.clients.aws.objects import Got
    from halsync.settings.kinds.s3 import S3Settings
    from halsync.sources.base import Context
    from halsync.sources.entries import Entries
    from halsync.sources.s3.listing import Listed, Listing

    Result = TypeVar("Result")

_ATTEMPTS = 5
_NAMED = 5
"""Objects that an error names one by one."""


def open_source(options: S3Settings, context: Context) -> S3Source:
    """The source for one bucket and prefix; no I/O yet."""
    return S3Source(options, context)


class S3Source:
    """See :class:`halsync.sources.base.Source`."""

    def __init__(self, options: S3Settings, context: Context) -> None:
        self._options = options
        self._context = context
        self._deadline = context.deadline
        self._begun: Aside[Snapshot] | None = None
        self._client: Any = None
        self._identity: tuple[str, ...] = ()
        self._making = threading.Lock()

    def begin(self) -> None:
        """Import, log in, list and fetch in a thread of its own."""
        if self._begun is None:
            self._begun = Aside(self._take)

    def renew(self, deadline: float) -> None:
        """See :meth:`halsync.sources.base.Source.renew`."""
        self._deadline = deadline
        self._begun = None

    def revision(self) -> str:
        """Digest of one listing."""
        return self._wait(Aside(lambda: self._look().revision))

    def fetch(self) -> Snapshot:
        """See :meth:`halsync.sources.base.Source.fetch`."""
        self.begin()
        begun, self._begun = self._begun, None
        assert begun is not None  # noqa: S101 - begin() has just seen to it
        return self._wait(begun)

    def close(self) -> None:
        """Drop the connections."""
        self._begun = None
        self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _wait(self, begun: Aside[Result]) -> Result:
        try:
            return begun.result(self._deadline)
        except AccessDenied:
            # The keys may have been replaced: read them again next time.
            self._drop()
            raise

    def _connected(self) -> Any:
        """The client; a new one when the keys in their files have changed."""
        from halsync.clients.aws import client

        access = self._options.access
        with self._making:
            refs = (access.access_key_id, access.secret_access_key, access.session_token)
            identity = tuple(ref.read() for ref in refs if ref)
            if identity != self._identity:
                self._drop()
            if self._client is None:
                self._client, self._identity = client("s3", access), identity
            return self._client

    def _look(self) -> Listing:
        from halsync.clients.aws.objects import patiently
        from halsync.sources.s3.listing import look

        client, most = self._connected(), self._context.limits.files
        paths = self._context.paths
        return patiently(lambda: look(client, self._options, paths, most), self._deadline)

    def _take(self) -> Snapshot:
        from halsync.clients.aws.objects import Changed

        for _ in range(_ATTEMPTS):
            listing = self._look()
            try:
                snapshot = self._snapshot(listing)
                if listing.pages == 1 or self._look().revision == listing.revision:
                    return snapshot
            except Changed:
                pass
            if time.monotonic() > self._deadline:
                break
        raise SourceUnreachable(
            "the objects keep changing while they are being read",
            where=self._options.location,
            hint="let whatever writes there finish",
        )

    def _snapshot(self, listing: Listing) -> Snapshot:
        """The listed objects.

        Raises:
            Changed: one of them is not what was listed.
        """
        from halsync.clients.aws.objects import EXECUTABLE
        from halsync.sources.entries import Entries

        entries = Entries(self._context.name, listing.revision, self._context.limits)
        wanted = [each for each in listing.objects if entries.claim(each.path, each.size)]
        _refuse(entries)
        for each, got in zip(wanted, self._contents(wanted), strict=True):
            entries.add_file(each.path, got.content, EXECUTABLE in got.metadata)
        files, dangling = entries.finish()
        newest = max((each.modified for each in listing.objects), default="")
        return Snapshot(
            "s3",
            self._options.location,
            self._options.as_of,
            listing.revision,
            files,
            dangling,
            {"modified": newest} if newest else {},
        )

    def _contents(self, wanted: list[Listed]) -> list[Got]:
        from halsync.clients.aws.objects import Wanted, get, patiently

        client, options = self._connected(), self._options

        def one(each: Listed) -> Got:
            asked = Wanted(each.key, each.etag, each.version, each.size)
            return patiently(
                lambda: get(
                    client,
                    options.bucket,
                    asked,
                    customer_key=options.customer_key,
                    requester_pays=options.requester_pays,
                    verify_md5=options.verify_md5,
                ),
                self._deadline,
            )

        outcomes = parallel(one, wanted, self._deadline)
        failed = [outcome for outcome in outcomes if isinstance(outcome.failure, HalsyncError)]
        if len(failed) > 1:
            first = failed[0].failure
            keys = [outcome.item.key for outcome in failed]
            more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
            assert isinstance(first, HalsyncError)  # noqa: S101 - all of them are
            first.message += (
                f"; the same or similar for {len(keys)} objects of {len(wanted)}:"
                f" {', '.join(keys[:_NAMED])}{more}"
            )
        return [outcome.value for outcome in (*failed, *outcomes)]


def _refuse(entries: Entries) -> None:
    """Say what may not come along before anything is transferred."""
    if entries.settle()[2]:
        entries.finish()
