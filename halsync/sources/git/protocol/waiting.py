"""Work on the network that never blocks: a generator that yields what it waits for.

Whoever has something else to do meanwhile calls :meth:`Work.advance` now and then; there is no
thread that would compete with the imports for the interpreter.
"""

from __future__ import annotations

import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, TypeVar

    _T = TypeVar("_T")

    Wait = tuple[int, int]
    """A descriptor, and the events of ``select.poll`` that it must show."""
    Steps = Generator[Wait, None, _T]

READABLE, WRITABLE = select.POLLIN, select.POLLOUT


_PATIENCE = 10.0
"""Seconds of silence after which git gets its chance, which knows more ways."""


class Unusual(Exception):
    """This is not the plain case, or something failed: git is to be asked. Says why."""


class TooLarge(Unusual):
    """There is more to fetch than is fetched without git."""


class Work:
    """Steps under way."""

    def __init__(self, steps: Steps[object]) -> None:
        self._steps = steps
        self._wait: Wait | None = None
        self._over = False
        self._result: Any = None
        self._failure: Exception | None = None

    def advance(self) -> bool:
        """Go as far as it goes without waiting; whether there is something left to wait for.

        Failures surface in :meth:`result`.
        """
        self._go(0.0)
        return not self._over

    def result(self, deadline: float) -> Any:
        """What the steps return.

        Raises:
            Unusual: also when they are not over at ``deadline`` (``time.monotonic()``).
        """
        self._go(deadline)
        if not self._over:
            self.close()
            raise Unusual("no answer in time")
        if self._failure:
            raise self._failure
        return self._result

    def close(self) -> None:
        """Give up; the steps clean up after themselves."""
        self._steps.close()

    def _go(self, deadline: float) -> None:
        """Until the steps are over, or something does not come in time."""
        try:
            while not self._over:
                if self._wait and not _comes(self._wait, deadline):
                    return
                if deadline and time.monotonic() >= deadline:
                    return  # something always comes: it is late all the same
                self._wait = next(self._steps)
        except StopIteration as end:
            self._over, self._result = True, end.value
        except (OSError, ValueError, ImportError) as error:
            self._over, self._failure = True, Unusual(str(error))
        except Exception as error:
            self._over, self._failure = True, error


def finish(steps: Steps[_T], deadline: float) -> _T:
    """Go through ``steps``, waiting where they wait. Raises as :meth:`Work.result` does."""
    result: _T = Work(steps).result(deadline)
    return result


def _comes(wait: Wait, deadline: float) -> bool:
    poller = select.poll()
    poller.register(*wait)
    left = min(deadline - time.monotonic(), _PATIENCE)
    return bool(poller.poll(max(left, 0) * 1000))
