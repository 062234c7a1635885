"""Whether this is the moment for a reaction. Pure: times and facts are handed in.

A StatefulSet of one has no surge, so that every restart is an outage, however short: reactions
are kept apart, counted, and made when people want them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.records import NamedTuple
from halsync.settings.windows import opening, parse

if TYPE_CHECKING:
    from halsync.restart.base import Marked
    from halsync.settings.watching import GovernorSettings

HOUR = 3_600.0
LOOK_AGAIN = 5.0
"""Seconds until something that only looking tells (a task, a hold file) is looked at again."""


class Verdict(NamedTuple):
    """See :func:`verdict`."""

    go: bool
    until: float
    """Wall time at which to ask again; ``now`` if ``go``."""
    reason: str
    """What stands in the way, for people; empty if ``go``."""


def verdict(
    now: float,
    marked: Marked,
    settings: GovernorSettings,
    *,
    changed_at: float,
    held: str,
    busy: str,
    busy_since: float = 0.0,
) -> Verdict:
    """Whether to react now.

    Args:
        now: wall time, as all times here.
        marked: with the times of earlier reactions.
        settings: the limits.
        changed_at: when the latest change was first seen.
        held: why a person holds everything (:func:`halsync.restart.hold.read`); empty: nobody.
        busy: the Halyard task that would be broken off; empty: none.
        busy_since: when tasks were first in the way of this release; 0: since the change.

    Times in the future, as a clock that was set back leaves them, count as long as they could
    be right and not longer.
    """
    if held:
        return Verdict(False, now + LOOK_AGAIN, f"held: {held}")
    until, reason = _earliest(now, marked, settings, changed_at)
    opens = opening(tuple(parse(text) for text in settings.windows), until)
    if opens > until:
        until, reason = opens, "outside of the maintenance windows"
    if until > now:
        return Verdict(False, until, reason)
    since = busy_since or changed_at
    if busy and not since + settings.task_wait <= now:
        at = min(now + LOOK_AGAIN, max(since + settings.task_wait, now + 1))
        return Verdict(False, at, f"Halyard is working: {busy}")
    return Verdict(True, now, "")


def _earliest(
    now: float, marked: Marked, settings: GovernorSettings, changed_at: float
) -> tuple[float, str]:
    """When the change has rested and earlier reactions leave room, and what that is due to."""
    found = [(now, "")]
    if changed_at <= now + settings.debounce:
        found.append((changed_at + settings.debounce, "the change has to rest first"))
    past = sorted((at for at in marked.reactions if at <= now + HOUR), reverse=True)
    recent = [at for at in past if at <= now + settings.spacing]
    if recent:
        found.append((recent[0] + settings.spacing, "the last reaction was too short a time ago"))
    if len(past) >= settings.budget > 0:
        why = f"{settings.budget} reactions within an hour are the limit"
        found.append((past[settings.budget - 1] + HOUR, why))
    return max(found, key=lambda each: each[0])
