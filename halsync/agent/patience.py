"""Trying again what failed for a reason that may pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from halsync.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.settings.model import Settings

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0

Result = TypeVar("Result")


def patiently(settings: Settings, work: Callable[[], Result]) -> Result:
    """``work()``, called again after transient failures until the settings' time is over.

    Raises:
        HalsyncError: what ``work`` raises; a transient failure when no time is left.
    """
    deadline = time.monotonic() + settings.timeout
    wait = _FIRST_WAIT
    while True:
        try:
            return work()
        except TransientError as error:
            pause = max(wait, float(getattr(error, "retry_after", 0.0)))
            if time.monotonic() + pause >= deadline:
                raise
            time.sleep(pause)
            wait = min(_LONGEST_WAIT, wait * 2)
