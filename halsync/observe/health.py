"""Whether the sidecar lives, and whether what is live is to be trusted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.observe.view import View
    from halsync.settings.watching import RestartSettings, WatchSettings

_MARGIN = 60.0
_CHECK = 30.0
"""Seconds for which a source that swallows packets keeps the next one waiting, at most."""
_BUSY = ("starting", "working", "confirming", "stopping")
"""States in which the loop is in the middle of something that has a deadline of its own."""


class Verdict(NamedTuple):
    """What a probe is told."""

    good: bool
    reason: str


def longest_turn(timeout: float, restart: RestartSettings) -> float:
    """Seconds that one turn of the loop may take if every step uses its deadline up: fetching,
    reacting and confirming, and once more for the return to the last known good release."""
    confirm = restart.confirm
    deploy = confirm.deploy_timeout if confirm.deploy or restart.strategy == "apply" else 0.0
    return timeout + 2 * (confirm.timeout + confirm.settle + deploy + timeout)


class Pulse:
    """Whether the loop comes round. Counted by the monotonic clock, which neither a corrected
    clock nor a suspended machine moves: neither is a reason to be killed."""

    def __init__(self, settings: WatchSettings, turn: float, view: Callable[[], View]) -> None:
        """``turn``: see :func:`longest_turn`."""
        self._idle = max(settings.interval, settings.max_backoff, settings.full_check) * 1.1
        self._turn = turn
        self._view = view
        self._iterated = view().iterated
        self._at = time.monotonic()

    def look(self) -> Verdict:
        """Look at the loop now; also called every few seconds when nobody asks."""
        view, now = self._view(), time.monotonic()
        if view.iterated != self._iterated:
            self._iterated, self._at = view.iterated, now
        silent = now - self._at
        limit = self.limit(view)
        if silent <= limit:
            return Verdict(True, f"the loop came round {silent:.0f} s ago ({view.state})")
        return Verdict(
            False,
            f"the loop has not come round for {silent:.0f} s, {limit:.0f} s are allowed"
            f" ({view.state})",
        )

    def limit(self, view: View) -> float:
        """Seconds for which the loop may be silent in this state."""
        if view.state in _BUSY:
            return max(self._turn, self._idle) + _MARGIN
        # It says itself when it wants to look again; a clock that jumps must not count.
        planned = [each.next_check - view.iterated for each in view.sources if each.next_check]
        soonest = min([wait for wait in planned if wait > 0], default=self._idle)
        return min(soonest, self._idle) + _MARGIN + _CHECK * max(0, len(view.sources) - 1)


def ready(view: View, settings: WatchSettings, now: float) -> Verdict:
    """Whether an accepted generation is live and its sources were seen lately."""
    if view.state == "stopping":
        return Verdict(False, "the sidecar is ending")
    if not view.generation:
        return Verdict(False, f"nothing is published yet: {view.detail or view.state}")
    for source in view.sources:
        age = now - source.checked
        if source.checked and age <= settings.stale_after:
            continue
        since = f"for {age:.0f} s" if source.checked else "since the sidecar started"
        why = f": {source.error}" if source.error else ""
        # A sidecar that has just started has an accepted generation and has seen nothing yet.
        if not source.checked and now - view.started <= settings.stale_after:
            continue
        return Verdict(False, f"{source.name} was not seen {since}{why}")
    return Verdict(True, f"generation {view.generation[:12]} is live ({view.state})")
