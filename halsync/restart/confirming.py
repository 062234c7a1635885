"""Waiting until Halyard is seen to work, and deploying where that belongs to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.errors import AccessDenied, ConfigError, HalsyncError, Interrupted
from halsync.restart.base import Confirmation, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.settings.watching import ConfirmSettings

_POLL = 1.0
_SHORT = 0.1
"""Seconds: how long ``stop`` goes unasked."""


def wait(
    look: Callable[[], Standing],
    settings: ConfirmSettings,
    *,
    old: str,
    stop: Callable[[], bool],
    same: str = "the old process still runs",
) -> Confirmation:
    """Look again and again until a healthy process has stayed the same for a while.

    Args:
        look: what runs now.
        settings: how long to wait, and how long it must stay.
        old: the process that does not count; empty: every one does.
        stop: asked often.
        same: what to say if the old one never went.

    Raises:
        Interrupted: ``stop`` said so.
        AccessDenied, ConfigError: looking is not possible.
    """
    begun = time.monotonic()
    deadline = begun + settings.timeout
    poll = min(_POLL, max(settings.settle / 4, 0.05))
    since, process, restarts, detail = 0.0, "", 0, "nothing was seen of it"
    while True:
        found = _looked(look)
        now = time.monotonic()
        if old and found.process == old:
            since, detail = 0.0, same
        elif not found.healthy or not found.process:
            if since:
                restarts += 1
            since, detail = 0.0, found.detail or "it does not run"
        elif not since or found.process != process:
            if since:
                restarts += 1
            since, process = now, found.process
        if since and now - since >= settings.settle:
            return Confirmation(True, f"healthy {now - begun:.0f} s after it was asked for")
        if now >= deadline:
            again = f"; it got healthy and went down again {restarts} times" if restarts else ""
            if since:
                detail = f"healthy for {now - since:.0f} s of {settings.settle:g} s only"
            return Confirmation(
                False, f"not healthy within {settings.timeout:g} s: {detail}{again}"
            )
        pause(min(poll, max(deadline - now, 0.01)), stop)


def pause(seconds: float, stop: Callable[[], bool]) -> None:
    """Sleep, but not through ``stop``.

    Raises:
        Interrupted: it said so.
    """
    end = time.monotonic() + seconds
    while True:
        if stop():
            raise Interrupted(15)
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, _SHORT))


def _looked(look: Callable[[], Standing]) -> Standing:
    try:
        return look()
    except (AccessDenied, ConfigError, Interrupted):
        raise
    except HalsyncError as error:
        return Standing("", False, error.message)
