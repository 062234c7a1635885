"""Dates of YAML 1.1 as SnakeYAML counts them: milliseconds since 1970, UTC if no zone is said."""

from __future__ import annotations

from halsync.patterns import Pattern

_PARTS = Pattern(
    r"(\d+)-(\d+)-(\d+)"
    r"(?:(?:[Tt]|[ \t]+)(\d+):(\d+):(\d+)(?:\.(\d*))?(?:[ \t]*(?:Z|([-+]\d+)(?::(\d+))?))?)?"
)


def millis(text: str) -> int:
    """Milliseconds of a text that YAML takes for a date; month 13 is the next January.

    Raises:
        ValueError: the text is no date.
    """
    found = _PARTS.fullmatch(text.strip())
    if not found:
        raise ValueError("no date")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = float(f"0.{found[7]}") if found[7] else 0.0
    total = _days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    if found[8]:
        sign = -1 if found[8].startswith("-") else 1
        total -= sign * (abs(int(found[8])) * 3600 + int(found[9] or 0) * 60)
    return total * 1000 + round(fraction * 1000) % 1000


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the Gregorian calendar, whatever the numbers."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
