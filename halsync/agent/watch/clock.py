"""Time for intervals: never set back, and it goes on while the machine is suspended."""

from __future__ import annotations

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

NEVER = float("inf")


def now() -> float:
    """Seconds since some moment in the past. What is due is due once, however late it is."""
    return time.clock_gettime(_CLOCK)


def spread(seconds: float) -> float:
    """``seconds``, give or take a tenth, so that agents do not march in step."""
    from random import uniform

    return seconds * uniform(0.9, 1.1)  # noqa: S311 - no secret hangs on it


def backoff(first: float, longest: float, attempt: int) -> float:
    """The wait after the ``attempt``-th failure in a row (from 1): doubling, capped, spread."""
    return spread(min(longest, first * 2.0 ** min(attempt - 1, 30)))
