"""Maintenance windows: ``Mon-Fri 08:00-18:00 Europe/Berlin``.

Days (a day, a range, several with commas, or ``daily``), times in 24 hours, and a time zone of
the IANA database (UTC if left out). A window whose end is not after its beginning runs over
midnight. Times that a change of the clock skips or repeats are what :mod:`datetime` makes of
them: skipped ones move on by the length of the gap, of repeated ones the first counts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.settings.values import BadValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TEXT = Pattern(r"(?P<days>\S+)\s+(?P<start>\d{2}:\d{2})-(?P<end>\d{2}:\d{2})(\s+(?P<zone>\S+))?")
_HINT = "write days, times and a time zone: Mon-Fri 08:00-18:00 Europe/Berlin"
_AHEAD = 9
"""Days: a window opens at least once a week, and never mind what the clocks do."""


class Window(NamedTuple):
    """One window. Minutes count from midnight."""

    days: frozenset[int]
    """0 is Monday."""
    start: int
    end: int
    """1440 is midnight at the end of the day; not after ``start``: on the next day."""
    zone: str

    def periods(self, moment: float) -> Iterator[tuple[float, float]]:
        """``(opens, closes)`` around and after ``moment``, in the order of their days."""
        zone = zone_of(self.zone)
        today = datetime.fromtimestamp(moment, zone).date()
        for offset in range(-2, _AHEAD):
            day = today + timedelta(days=offset)
            if day.weekday() in self.days:
                closes = self.end if self.end > self.start else self.end + 1440
                yield _moment(day, self.start, zone), _moment(day, closes, zone)


def parse(text: str) -> Window:
    """The window that a text describes.

    Raises:
        BadValue: it describes none, or the time zone is not known.
    """
    found = _TEXT.fullmatch(text.strip())
    if not found:
        raise BadValue(f"{text!r} is not a window", _HINT)
    start, end = _minutes(found["start"], text), _minutes(found["end"], text)
    if start in (1440, end):
        raise BadValue(f"{text!r} is empty", "write for example 00:00-24:00 for a whole day")
    zone = found["zone"] or "UTC"
    try:
        zone_of(zone)
    except (LookupError, ValueError, OSError):
        raise BadValue(
            f"the time zone {zone!r} is not known here",
            "use a name of the IANA database, such as Europe/Berlin; where the machine has no"
            " such database, pip install tzdata",
        ) from None
    return Window(_days(found["days"], text), start, end, zone)


def opening(windows: tuple[Window, ...], moment: float) -> float:
    """The first moment, not before ``moment``, at which a window is open; no windows: always."""
    if not windows:
        return moment
    return min(
        max(opens, moment)
        for window in windows
        for opens, closes in window.periods(moment)
        if closes > max(moment, opens)
    )


def zone_of(name: str) -> tzinfo:
    """The time zone.

    Raises:
        LookupError, ValueError, OSError: it is not known.
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _moment(day: date, minutes: int, zone: tzinfo) -> float:
    day += timedelta(days=minutes // 1440)
    at = time(minutes % 1440 // 60, minutes % 60)
    return datetime.combine(day, at, zone).timestamp()


def _minutes(text: str, whole: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if minutes > 59 or hours * 60 + minutes > 1440:
        raise BadValue(f"{text} in {whole!r} is not a time of day", _HINT)
    return hours * 60 + minutes


def _days(text: str, whole: str) -> frozenset[int]:
    if text.lower() == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise BadValue(f"{part!r} in {whole!r} is not a day", _HINT)
        begin = _DAYS.index(first)
        count = (_DAYS.index(last) - begin) % 7 + 1 if dash else 1
        found.update((begin + step) % 7 for step in range(count))
    return frozenset(found)
