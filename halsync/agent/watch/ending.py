"""SIGTERM: at once where nothing is lost by it, else at the next boundary, at last by force."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from halsync.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from halsync.agent.watch.waking import Waker

_STOP = (signal.SIGTERM, signal.SIGINT)
_RESERVE = 0.9
"""Share of the grace time after which a step that has not come to an end is broken off. It is
then as if the process had been killed there: the next one goes on from what is on disk."""


class Ending:
    """Whether the loop is asked to end, and what that may interrupt."""

    def __init__(self, waker: Waker, report: Callable[..., None]) -> None:
        self.grace = 25.0
        self.number = 0
        """The signal that asked for it; 0 as long as none did."""
        self._waker = waker
        self._report = report
        self._abandonable = self._told = False
        self._previous: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Whether it is time to end: what confirmations ask."""
        self.tell()
        return bool(self.number)

    def tell(self) -> None:
        """Say that the end has begun, once. Not from a handler: it may have broken into a line."""
        if self.number and not self._told:
            self._told = True
            self._report("stopping", signal=signal.Signals(self.number).name)

    def install(self) -> None:
        """Take over the signals."""
        for number in (*_STOP, signal.SIGHUP, signal.SIGALRM):
            handler = {signal.SIGHUP: self._look, signal.SIGALRM: self._force}.get(
                number, self._stop
            )
            self._previous[number] = signal.signal(number, handler)

    def restore(self) -> None:
        """Hand the signals back."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @contextmanager
    def abandonable(self) -> Iterator[None]:
        """A step that may be broken off anywhere: nothing that it does outlives the process.

        Raises:
            Interrupted: it is time to end.
        """
        if self.number:
            raise Interrupted(self.number)
        self._abandonable = True
        try:
            yield
        finally:
            self._abandonable = False

    def _stop(self, number: int, _frame: object) -> None:
        if self.number:
            return
        self.number = number
        signal.setitimer(signal.ITIMER_REAL, max(self.grace * _RESERVE, 0.001))
        self._waker.wake("", "stop")
        if self._abandonable:
            self._abandonable = False
            raise Interrupted(number)

    def _look(self, _number: int, _frame: object) -> None:
        self._waker.wake("", "signal SIGHUP")

    def _force(self, _number: int, _frame: object) -> None:
        if self.number:
            raise Interrupted(self.number)
