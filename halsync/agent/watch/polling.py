"""Asking the sources, each at its own pace, and fetching them all when one has moved."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.agent.fetching import Fetched, inside, naming
from halsync.agent.watch import clock
from halsync.errors import HalsyncError, Interrupted, SourceUnreachable
from halsync.observe.view import SourceView
from halsync.redact import redact
from halsync.sources import open_source
from halsync.sources.base import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halsync.agent.report import Report
    from halsync.model import Snapshot
    from halsync.settings.model import KindSettings, Settings, SourceSettings
    from halsync.settings.watching import WatchSettings
    from halsync.sources.base import Source

_CHECK = 30.0
"""Seconds for one check, at most: another source waits for its turn behind it."""


class Poll:
    """One distinct origin, asked again and again through one kept source."""

    def __init__(
        self,
        options: KindSettings,
        entries: Sequence[SourceSettings],
        settings: Settings,
        work_dir: str,
    ) -> None:
        self.options = options
        self.entries = tuple(entries)
        self.name = entries[0].name
        self.inside = inside([entry.path for entry in entries])
        """For events: which directory of it is used."""
        self.revision = ""
        """As last seen; empty until it was."""
        self.checked = 0.0
        """Wall time of the last successful check."""
        self.due = 0.0
        """When it is to be asked, by :func:`clock.now`."""
        self.failures = 0
        self.failing_since = 0.0
        self.error = ""
        self._settings = settings
        self._work_dir = work_dir
        self._source: Source | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The entries of the settings that it serves."""
        return tuple(entry.name for entry in self.entries)

    def open(self, seconds: float) -> Source:
        """The kept source, with that much time for its network work."""
        deadline = time.monotonic() + seconds
        if self._source is None:
            context = Context(
                name=self.name,
                work_dir=self._work_dir,
                paths=tuple(sorted({entry.path for entry in self.entries})),
                limits=self._settings.limits,
                deadline=deadline,
            )
            self._source = open_source(self.options, context)
        self._source.renew(deadline)
        return self._source

    def ask(self) -> str:
        """The revision that the source has now.

        Raises:
            HalsyncError: as :class:`halsync.sources.base.Source` lists them.
        """
        with naming(self.name):
            return self.open(min(self._settings.timeout, _CHECK)).revision()

    def begin(self) -> None:
        """Start the network work of :meth:`fetch`. Raises as :meth:`ask`."""
        with naming(self.name):
            self.open(self._settings.timeout).begin()

    def fetch(self) -> Snapshot:
        """What it holds now. Raises as :meth:`ask`; the next try begins with a new source."""
        try:
            with naming(self.name):
                return self.open(self._settings.timeout).fetch()
        except HalsyncError:
            self.drop()
            raise

    def drop(self) -> None:
        """Forget the kept source; the next call opens a new one."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def view(self, shift: float) -> Iterable[SourceView]:
        """What is shown of it; ``shift`` turns :func:`clock.now` into wall time."""
        for name in self.names:
            yield SourceView(
                name, self.revision, self.checked, self.failing_since, self.error, self.due + shift
            )


class Polls:
    """All of them."""

    def __init__(self, settings: Settings, work_dir: str, report: Report) -> None:
        from os import mkdir

        from halsync.settings.watching import WatchSettings

        groups: dict[KindSettings, list[SourceSettings]] = {}
        for entry in settings.sources:
            groups.setdefault(entry.options, []).append(entry)
        self._watch: WatchSettings = settings.watch or WatchSettings()
        self._order = settings.sources
        self._report = report
        self.every: list[Poll] = []
        for number, (options, entries) in enumerate(groups.items()):
            room = f"{work_dir}/{number}"
            mkdir(room, 0o700)
            self.every.append(Poll(options, entries, settings, room))

    def check(self) -> HalsyncError | None:
        """Ask those that are due. Returns the first failure; each was reported.

        Raises:
            Interrupted: it is time to end.
        """
        first = None
        for poll in self.every:
            if poll.due <= clock.now():
                first = self._check(poll) or first
        return first

    def wake(self, name: str) -> bool:
        """Make one source due, or all of them if ``name`` is empty; whether there is one."""
        found = [poll for poll in self.every if not name or name in poll.names]
        for poll in found:
            poll.due = 0.0
        return bool(found)

    @property
    def due(self) -> float:
        """When the next one is to be asked."""
        return min((poll.due for poll in self.every), default=clock.NEVER)

    @property
    def failing(self) -> list[Poll]:
        """Those that did not answer when they were last asked."""
        return [poll for poll in self.every if poll.failures]

    @property
    def revisions(self) -> dict[str, str]:
        """Entry of the settings → revision, as last seen; empty where none was."""
        return {name: poll.revision for poll in self.every for name in poll.names}

    def fetch(self) -> list[Fetched]:
        """Every entry of the settings with its snapshot.

        Raises:
            HalsyncError: the first failure.
        """
        for poll in self.every:
            self._begin(poll)
        found: dict[str, Fetched] = {}
        for poll in self.every:
            begun = time.monotonic()
            snapshot = poll.fetch()
            poll.revision = snapshot.revision
            self._report(
                "fetched",
                source=poll.name,
                location=snapshot.location,
                ref=snapshot.ref,
                **poll.inside,
                revision=snapshot.revision,
                files=len(snapshot.files),
                bytes=sum(len(file.content) for file in snapshot.files.values()),
                seconds=round(time.monotonic() - begun, 3),
                **snapshot.details,
            )
            found |= {entry.name: Fetched(entry, snapshot) for entry in poll.entries}
        return [found[entry.name] for entry in self._order]

    def failed(self, poll: Poll, error: HalsyncError) -> None:
        """Remember a failure and put the next try off."""
        poll.failures += 1
        poll.failing_since = poll.failing_since or time.time()
        poll.error = redact(str(error.message))
        first = self._watch.interval if poll.revision else min(1.0, self._watch.interval)
        wait = clock.backoff(first, self._watch.max_backoff, poll.failures)
        poll.due = clock.now() + wait
        poll.drop()
        self._report(
            "check-failed",
            source=poll.name,
            error=f"{error.where}: {error.message}" if error.where else error.message,
            hint=error.hint,
            attempt=poll.failures,
            wait=round(wait, 1),
        )

    def close(self) -> None:
        """End what runs and drop connections."""
        for poll in self.every:
            poll.drop()

    def _begin(self, poll: Poll) -> None:
        location, ref = poll.options.asked_for()
        poll.begin()
        self._report("fetching", source=poll.name, location=location, ref=ref, **poll.inside)

    def _check(self, poll: Poll) -> HalsyncError | None:
        begun = time.monotonic()
        try:
            revision = poll.ask()
        except Interrupted:
            raise
        except HalsyncError as error:
            self.failed(poll, error)
            return error
        except OSError as error:
            # A source translates what the network does; this is the machine's: no descriptors …
            made = SourceUnreachable(
                f"the check failed: {(error.strerror or str(error)).lower()}",
                where=f"source {poll.name}",
                hint="look at what the machine lacks; it is tried again",
            )
            self.failed(poll, made)
            return made
        if poll.failures:
            away = time.time() - poll.failing_since
            self._report("recovered", source=poll.name, seconds=round(max(away, 0.0), 1))
        changed = bool(poll.revision) and revision != poll.revision
        poll.revision, poll.checked = revision, time.time()
        poll.failures, poll.failing_since, poll.error = 0, 0.0, ""
        poll.due = clock.now() + clock.spread(self._watch.interval)
        self._report(
            "checked",
            source=poll.name,
            revision=revision,
            changed=changed,
            seconds=round(time.monotonic() - begun, 4),
        )
        return None
