"""``signal``: a signal to the halyard process, where its processes can be seen.

In Kubernetes that needs ``shareProcessNamespace: true`` and the same user in both containers.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from halsync.errors import AccessDenied, RestartFailed, SourceUnreachable
from halsync.restart.base import Standing
from halsync.restart.in_place import InPlace
from halsync.restart.processes import Process, matching, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings

_ENDING = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGKILL", "SIGABRT")
_WHERE = "restart.process"


class SignalStrategy(InPlace):
    """``restart.signal`` to the process whose command line holds ``restart.process``."""

    name = "signal"

    def __init__(self, settings: Settings, report: Callable[..., None]) -> None:
        super().__init__(settings, report)
        self._tried = ("", "")
        """Identity of the release that a signal was last sent for, and to which process."""

    def standing(self) -> Standing:
        found = matching(self._restart.process)
        if len(found) != 1:
            return Standing("", False, self._none() if not found else _several(found))
        try:
            health = self._daemon.health()
        except SourceUnreachable as error:
            return Standing(found[0].identity, False, error.message)
        detail = "" if health.up else f"the daemon says {health.detail}"
        return Standing(found[0].identity, health.up, detail)

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:  # noqa: ARG002
        if reaction == "none":
            return
        found = matching(self._restart.process)
        if not found:
            raise SourceUnreachable(
                self._none(),
                where=_WHERE,
                hint="set shareProcessNamespace: true for the pod; if Halyard is just starting,"
                " this passes",
            )
        if len(found) > 1:
            raise RestartFailed(
                _several(found), where=_WHERE, hint="name a word that only Halyard's has"
            )
        identity, asked = self._tried
        if identity == release.identity and self._ends() and found[0].identity != asked:
            return
        self._tried = (release.identity, found[0].identity)
        send(found[0], signal.Signals[self._restart.signal])

    def _replaces(self, reaction: Reaction) -> bool:
        return reaction == "daemon" or self._ends()

    def _ends(self) -> bool:
        return self._restart.signal in _ENDING

    def _none(self) -> str:
        return f"no process that can be seen here has {self._restart.process!r} in its command line"


def send(process: Process, number: signal.Signals) -> None:
    """Signal exactly this process, whatever has become of its number meanwhile.

    Raises:
        AccessDenied: it belongs to another user.
    """
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    except OSError:
        handle = -1  # the kernel, or what guards it, knows no such call
    try:
        now = read(process.pid)
        if now is None or now.identity != process.identity:
            return
        if handle >= 0:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(process.pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise AccessDenied(
            f"this user may not send {number.name} to process {process.pid}",
            where=_WHERE,
            hint="run both containers as the same user, or give this one the capability KILL",
        ) from error
    finally:
        if handle >= 0:
            os.close(handle)


def _several(found: list[Process]) -> str:
    pids = ", ".join(str(process.pid) for process in found[:5])
    return f"several processes match: {pids}"


def make(settings: Settings, report: Callable[..., None]) -> SignalStrategy:
    """As :func:`halsync.restart.open_strategy`."""
    return SignalStrategy(settings, report)
