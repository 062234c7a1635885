"""Counting what happens, and showing it to Prometheus."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from halsync.observe import metric_table as table
from halsync.observe.exposition import empty, family, histogram, observe
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from halsync.observe.exposition import Labels, Metric, Series
    from halsync.observe.view import View

    Fields = Mapping[str, object]

STATES = (
    "starting", "idle", "working", "waiting", "confirming", "held", "degraded", "refused",
    "stopping",
)  # fmt: skip
"""Values of ``View.state``."""
_WAKES = ("webhook", "sync", "signal", "files")
"""How the reason of a wake begins, which is its label."""
_STAGES = {
    "ok": ("fetch", "render", "validate", "publish", "react", "confirm"),
    "failed": ("fetch", "publish", "react", "confirm"),
    "refused": ("settings", "source", "render", "validate", "quarantine", "confirm"),
}
"""How a stage can end → the stages that can."""
_CHECKS = ("unchanged", "changed", "failed")
_RESTARTS = ("requested", "confirmed", "unconfirmed")
_DRIFTS = ("report", "revert", "keep")
_SENT = ("sent", "failed", "dropped")
_TIMED = ("check", "fetch", "prepare", "publish", "confirm")
_LONGEST_LABEL = 128


class Metrics:
    """Everything that is counted. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[Labels, float]] = {each.name: {} for each in table.COUNTERS}
        self._durations: dict[Labels, Series] = {}
        self._strategy = ""
        self._fetched_at = 0.0
        for metric in (table.QUARANTINES, table.ROLLBACKS, table.WAITS):
            self._begin(metric, [()])
        self._begin(
            table.STAGES, [(stage, end) for end, stages in _STAGES.items() for stage in stages]
        )
        self._begin(table.DRIFTS, [(each,) for each in _DRIFTS])
        self._begin(table.WAKES, [(each,) for each in (*_WAKES, "other")])
        for stage in _TIMED:
            self._durations[stage,] = empty(table.DURATIONS)

    def report(self, event: str, **fields: object) -> None:
        """Count an event of the loop or of a stage (:class:`halsync.agent.report.Report`).

        ``seconds`` is the duration of ``checked``, ``fetched``, ``published`` and ``confirmed``;
        preparing lasts from the last ``fetched`` to ``validated``.
        """
        count = _EVENTS.get(event)
        if count is not None:
            count(self, fields)

    def hooks(self, source: str, outcomes: Sequence[str]) -> None:
        """Begin to count deliveries for a source; see :meth:`hook`."""
        self._begin(table.HOOKS, [(redact(source), outcome) for outcome in outcomes])

    def receiver(self, name: str) -> None:
        """Begin to count what a receiver is sent."""
        self._begin(table.NOTIFICATIONS, [(redact(name), outcome) for outcome in _SENT])

    def hook(self, source: str, outcome: str) -> None:
        """Count a webhook delivery; ``source`` is empty if it named none of ours."""
        self._add(table.HOOKS, redact(source), outcome)

    def notification(self, receiver: str, outcome: str) -> None:
        """Count an outbound message: ``sent``, ``failed`` or ``dropped``."""
        self._add(table.NOTIFICATIONS, redact(receiver), outcome)

    def text(self, view: View, *, ready: bool = False) -> str:
        """What ``/metrics`` answers."""
        lines: list[str] = []
        for metric, values in _standing(view, ready):
            lines += family(metric, values)
        with self._lock:
            for metric in table.COUNTERS:
                lines += family(metric, self._counts[metric.name])
            lines += histogram(table.DURATIONS, self._durations)
        for metric, value in _process():
            lines += family(metric, {(): value})
        return "\n".join(lines) + "\n"

    def _begin(self, metric: Metric, series: Sequence[Labels]) -> None:
        """Show them before anything happens: ``increase()`` does not see a first event that
        brings its series along."""
        with self._lock:
            for labels in series:
                self._counts[metric.name].setdefault(_short(labels), 0)

    def _add(self, metric: Metric, *labels: str) -> None:
        short = _short(labels)
        with self._lock:
            values = self._counts[metric.name]
            values[short] = values.get(short, 0) + 1

    def _with(self, fields: Fields) -> str:
        """The strategy, which not every event names."""
        self._strategy = str(fields.get("strategy") or self._strategy)
        return self._strategy

    def _watching(self, fields: Fields) -> None:
        strategy = self._with(fields)
        self._begin(table.RESTARTS, [(strategy, outcome) for outcome in _RESTARTS])

    def _took(self, stage: str, fields: Fields) -> None:
        seconds = fields.get("seconds")
        if isinstance(seconds, (int, float)) and seconds >= 0:
            with self._lock:
                observe(table.DURATIONS, self._durations, (stage,), float(seconds))

    def _stage(self, stage: str, outcome: str) -> None:
        self._add(table.STAGES, stage if stage in _STAGES[outcome] else "other", outcome)

    def _check(self, fields: Fields, outcome: str) -> None:
        """Which sources are asked is known when they are: several entries may share one."""
        source = redact(str(fields.get("source")))
        self._begin(table.CHECKS, [(source, each) for each in _CHECKS])
        self._add(table.CHECKS, source, outcome)

    def _checked(self, fields: Fields) -> None:
        self._check(fields, "changed" if fields.get("changed") else "unchanged")
        self._took("check", fields)

    def _check_failed(self, fields: Fields) -> None:
        self._check(fields, "failed")

    def _fetched(self, fields: Fields) -> None:
        self._stage("fetch", "ok")
        self._took("fetch", fields)
        self._fetched_at = time.monotonic()

    def _retrying(self, _fields: Fields) -> None:
        self._stage("fetch", "failed")

    def _step_failed(self, fields: Fields) -> None:
        self._stage(str(fields.get("stage")), "failed")

    def _refused(self, fields: Fields) -> None:
        self._stage(str(fields.get("stage")), "refused")

    def _rendered(self, _fields: Fields) -> None:
        self._stage("render", "ok")

    def _validated(self, fields: Fields) -> None:
        if not fields.get("errors"):  # else it is told as `refused`
            self._stage("validate", "ok")
        if self._fetched_at:
            self._took("prepare", {"seconds": time.monotonic() - self._fetched_at})
            self._fetched_at = 0.0

    def _published(self, fields: Fields) -> None:
        self._stage("publish", "ok")
        self._took("publish", fields)

    def _acted(self, fields: Fields) -> None:
        self._stage("react", "ok")
        self._add(table.RESTARTS, self._with(fields), "requested")

    def _confirmed(self, fields: Fields) -> None:
        self._stage("confirm", "ok")
        self._add(table.RESTARTS, self._with(fields), "confirmed")
        self._took("confirm", fields)

    def _unconfirmed(self, fields: Fields) -> None:
        self._stage("confirm", "refused")
        self._add(table.RESTARTS, self._with(fields), "unconfirmed")

    def _quarantined(self, _fields: Fields) -> None:
        self._add(table.QUARANTINES)

    def _rolled_back(self, _fields: Fields) -> None:
        self._add(table.ROLLBACKS)

    def _waiting(self, _fields: Fields) -> None:
        self._add(table.WAITS)

    def _drift(self, fields: Fields) -> None:
        self._add(table.DRIFTS, str(fields.get("action")))

    def _woken(self, fields: Fields) -> None:
        why = str(fields.get("why"))
        self._add(table.WAKES, next((each for each in _WAKES if why.startswith(each)), "other"))


_EVENTS: dict[str, Callable[[Metrics, Fields], None]] = {
    "watching": Metrics._watching,
    "checked": Metrics._checked,
    "check-failed": Metrics._check_failed,
    "fetched": Metrics._fetched,
    "retrying": Metrics._retrying,
    "step-failed": Metrics._step_failed,
    "refused": Metrics._refused,
    "rendered": Metrics._rendered,
    "validated": Metrics._validated,
    "published": Metrics._published,
    "acted": Metrics._acted,
    "confirmed": Metrics._confirmed,
    "unconfirmed": Metrics._unconfirmed,
    "quarantined": Metrics._quarantined,
    "rolled-back": Metrics._rolled_back,
    "waiting": Metrics._waiting,
    "drift": Metrics._drift,
    "woken": Metrics._woken,
}


def _short(labels: Labels) -> Labels:
    return tuple(label[:_LONGEST_LABEL] for label in labels)


def _standing(view: View, ready: bool) -> Iterable[tuple[Metric, dict[Labels, float]]]:
    """What is so now, and needs no counting."""
    from halsync import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    yield table.BUILD, {(__version__, python): 1}
    yield table.STATE, {(state,): float(state == view.state) for state in STATES}
    yield table.ITERATED, {(): view.iterated}
    yield table.READY, {(): float(ready)}
    # The values of labels, and not the whole text: a secret may be a word of ours.
    named = [(redact(each.name), each) for each in view.sources]
    yield table.SOURCE_CHECKED, {(name,): each.checked for name, each in named}
    yield table.SOURCE_FAILING, {(name,): each.failing_since for name, each in named}
    seen = [(name, redact(each.revision)) for name, each in named if each.revision]
    yield table.SOURCE_INFO, dict.fromkeys(seen, 1)
    if view.generation:
        yield table.APPLIED_INFO, {(view.generation, view.identity): 1}
        yield table.APPLIED_TIME, {(): view.published}
        yield table.CONFIRMED_TIME, {(): view.confirmed}
    yield table.PENDING, {(): float(bool(view.pending))}
    yield table.QUARANTINED, {(): float(len(view.quarantined))}
    yield table.BLAMED, {(): float(view.blamed)}
    yield table.DRIFT, {(): float(view.drift)}


def _process() -> Iterable[tuple[Metric, float]]:
    """Of this process, from /proc; nothing where there is none."""
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
        with open("/proc/stat", encoding="ascii") as stream:
            boot = next(float(line.split()[1]) for line in stream if line.startswith("btime"))
        ticks = os.sysconf("SC_CLK_TCK")
        # Counted from the third field of proc(5): utime, stime, starttime, rss.
        yield table.CPU, (int(fields[11]) + int(fields[12])) / ticks
        yield table.RSS, float(int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))
        yield table.STARTED, boot + int(fields[19]) / ticks
        yield table.FDS, float(len(os.listdir("/proc/self/fd")))
    except (OSError, ValueError, IndexError, StopIteration):
        return
