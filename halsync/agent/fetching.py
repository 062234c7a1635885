"""All sources of a run, fetched at the same time, each with retries up to one deadline.

:func:`fetching` starts the network work at once; the heavy stages are imported while it runs.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from os import mkdir
from os.path import commonpath, realpath

from halsync.agent.scratch import scratch
from halsync.errors import ConfigError, HalsyncError, Interrupted, ProblemsError, TransientError
from halsync.records import NamedTuple
from halsync.settings.model import DirSettings
from halsync.sources import open_source
from halsync.sources.base import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halsync.agent.report import Report
    from halsync.model import Snapshot
    from halsync.settings.model import KindSettings, Settings, SourceSettings
    from halsync.sources.base import Source

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 15.0


class _Fetch:
    """One distinct source, under way."""

    def __init__(
        self,
        options: KindSettings,
        entries: list[SourceSettings],
        context: Context,
        report: Report,
    ) -> None:
        self.entries = entries
        self._options = options
        self._context = context
        self._report = report
        self._begun = time.monotonic()
        self._closed = False
        self._source = self._open()
        # Only now: the network is at work.
        location, ref = options.asked_for()
        self._inside = inside(context.paths)
        report("fetching", source=context.name, location=location, ref=ref, **self._inside)

    def _open(self) -> Source:
        with naming(self._context.name):
            source = open_source(self._options, self._context)
        self.advance = source.begin() or _nothing
        return source

    def result(self) -> Snapshot:
        """The snapshot; transient failures are tried again until the deadline."""
        attempt = 1
        while True:
            try:
                with naming(self._context.name):
                    snapshot = self._source.fetch()
            except TransientError as error:
                wait = _pause(attempt)
                if time.monotonic() + wait >= self._context.deadline:
                    if attempt > 1:
                        spent = time.monotonic() - self._begun
                        error.message += f" (gave up after {attempt} attempts in {spent:.0f} s)"
                    raise
                self._report(
                    "retrying",
                    source=self._context.name,
                    error=error.message,
                    attempt=attempt,
                    wait=round(wait, 1),
                )
                time.sleep(wait)
                if self._closed:  # another source has failed meanwhile
                    raise
                attempt += 1
                self._source.close()
                self._source = self._open()
            else:
                self._report(
                    "fetched",
                    source=self._context.name,
                    location=snapshot.location,
                    ref=snapshot.ref,
                    revision=snapshot.revision,
                    files=len(snapshot.files),
                    bytes=sum(len(file.content) for file in snapshot.files.values()),
                    seconds=round(time.monotonic() - self._begun, 3),
                    **self._inside,
                    **snapshot.details,
                )
                return snapshot

    def close(self) -> None:
        self._closed = True
        self._source.close()


def inside(paths: Sequence[str]) -> dict[str, str]:
    """For an event: the directory of the source that holds all these, if it is not all of it."""
    path = commonpath(paths)
    return {"path": path} if path else {}


class Fetched(NamedTuple):
    """One entry of the settings with the snapshot that serves it."""

    settings: SourceSettings
    snapshot: Snapshot


class Fetching:
    """The sources of one run."""

    def __init__(self, fetches: list[_Fetch], order: tuple[SourceSettings, ...]) -> None:
        self._fetches = fetches
        self._order = order
        self.started = time.time()
        """Wall time at which fetching began; nothing newer can be in the snapshots."""

    def advance(self) -> bool:
        """Carry the work on as far as it goes without waiting: for between imports.

        Whether one then has to wait; of sources whose work goes on by itself, no more is known.
        """
        waiting = False
        for fetch in self._fetches:
            waiting |= fetch.advance()
        return waiting

    def results(self) -> list[Fetched]:
        """Every entry with its snapshot, in the order of the settings.

        Raises:
            HalsyncError: the failure that came first, as :class:`halsync.sources.base.Source`
                lists them.
        """
        if len(self._fetches) == 1:
            snapshots = [self._fetches[0].result()]
        else:
            from halsync.agent.together import together

            snapshots = together([fetch.result for fetch in self._fetches])
        found = {
            entry.name: Fetched(entry, snapshot)
            for fetch, snapshot in zip(self._fetches, snapshots, strict=True)
            for entry in fetch.entries
        }
        return [found[entry.name] for entry in self._order]


@contextmanager
def fetching(settings: Settings, report: Report) -> Iterator[Fetching]:
    """Start all sources; two entries with equal options (repository, ref, …) share one fetch.

    Raises:
        ConfigError: no source is configured, one holds the target, or no temporary directory is
            writable.
    """
    if not settings.sources:
        from halsync.settings.kinds import naming as flags

        raise ConfigError(
            "no source is configured",
            hint=f"give {flags()}, or list sources in halsync.yaml",
        )
    check_apart(settings)
    groups: dict[KindSettings, list[SourceSettings]] = {}
    for entry in settings.sources:
        groups.setdefault(entry.options, []).append(entry)
    if len(groups) > 1:
        from halsync.agent.together import one_at_a_time

        report = one_at_a_time(report)
    with scratch(settings.work_dir, settings.target) as work_dir:
        fetches: list[_Fetch] = []
        try:
            for number, (options, entries) in enumerate(groups.items()):
                context = Context(
                    name=entries[0].name,
                    work_dir=_room(work_dir, number),
                    paths=tuple(sorted({entry.path for entry in entries})),
                    limits=settings.limits,
                    deadline=time.monotonic() + settings.timeout,
                )
                fetches.append(_Fetch(options, entries, context, report))
            yield Fetching(fetches, settings.sources)
        finally:
            for fetch in fetches:
                fetch.close()


def check_apart(settings: Settings) -> None:
    """Refuse a directory that holds the target: each run would publish what the last one did,
    and a run on the target itself would take the source's files for a hand-made ``.hal``."""
    target = realpath(settings.target) if settings.target else ""
    for entry in settings.sources:
        if target and isinstance(entry.options, DirSettings):
            directory = realpath(entry.options.directory)
            if commonpath((directory, target)) == directory:
                raise ConfigError(
                    f"the target {settings.target} lies in this directory, which is source"
                    f" {entry.name}",
                    where=entry.options.directory,
                    hint="name a target outside of it, or a source directory below it",
                )


@contextmanager
def naming(name: str) -> Iterator[None]:
    """An error that names no place is about this source's settings."""
    try:
        yield
    except HalsyncError as error:
        if not isinstance(error, (Interrupted, ProblemsError)):
            error.where = error.where or f"source {name}"
        raise


def _nothing() -> bool:
    """What there is to do for a source whose work goes on by itself."""
    return False


def _pause(attempt: int) -> float:
    """Seconds before the next try: doubling, capped, spread so that agents do not march in step."""
    from random import uniform

    wait: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    return wait * uniform(0.75, 1.25)  # noqa: S311 - no secret hangs on it


def _room(work_dir: str, number: int) -> str:
    room = f"{work_dir}/{number}"
    mkdir(room, 0o700)
    return room
