"""Many requests at a time.

The threads are daemons: a server that never answers keeps neither the run nor the exit of the
process waiting beyond the deadline.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from halsync.errors import HalsyncError, SourceUnreachable, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = 16
"""What gains most against a server 20 ms away without being a burden to it (performance.md)."""


GRACE = 0.5
"""Seconds beyond the deadline: what waits for itself knows better what is late."""


class Outcome(Generic[Item, Result]):
    """One item with its result, or with why there is none."""

    def __init__(self, item: Item, found: Result | None, failure: BaseException | None) -> None:
        self.item = item
        self.failure = failure
        self._found = found

    @property
    def value(self) -> Result:
        """The result.

        Raises:
            BaseException: what the work raised.
        """
        if self.failure is not None:
            raise self.failure
        return self._found  # type: ignore[return-value]  # None only where the work returns it


class Aside(Generic[Result]):
    """One piece of work that goes on beside its caller."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._done: SimpleQueue[Outcome[None, Result]] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def result(self, deadline: float) -> Result:
        """Wait for it; to be called once.

        Raises:
            SourceUnreachable: it is not done at the ``deadline``.
            BaseException: what the work raised.
        """
        try:
            return self._done.get(timeout=max(0.0, deadline - time.monotonic()) + GRACE).value
        except Empty:
            raise SourceUnreachable(
                "the answers did not come in time",
                hint="raise timeout, or see what slows the server down",
            ) from None

    def _run(self) -> None:
        try:
            self._done.put(Outcome(None, self._work(), None))
        except BaseException as error:
            self._done.put(Outcome(None, None, error))


def parallel(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    deadline: float,
    threads: int = THREADS,
) -> list[Outcome[Item, Result]]:
    """Do ``work`` on every item and return all outcomes in the order of the items.

    A failure that is worth another try (:class:`TransientError`), or a bug, ends everything at
    once; the others stand in their outcomes, so that every one can be reported.

    Raises:
        TransientError: the first that came up, or SourceUnreachable at the ``deadline``
            (a ``time.monotonic()`` value).
    """
    todo: SimpleQueue[tuple[int, Item]] = SimpleQueue()
    done: SimpleQueue[tuple[int, Outcome[Item, Result]]] = SimpleQueue()
    ordered = list(items)
    for pair in enumerate(ordered):
        todo.put(pair)
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            try:
                index, item = todo.get_nowait()
            except Empty:
                return
            try:
                outcome = Outcome(item, work(item), None)
            except BaseException as error:
                outcome = Outcome(item, None, error)
            done.put((index, outcome))

    for _ in range(min(threads, len(ordered))):
        threading.Thread(target=run, daemon=True).start()
    found: dict[int, Outcome[Item, Result]] = {}
    try:
        while len(found) < len(ordered):
            index, outcome = done.get(timeout=max(0.0, deadline - time.monotonic()) + GRACE)
            failure = outcome.failure
            if isinstance(failure, TransientError) or (
                failure is not None and not isinstance(failure, HalsyncError)
            ):
                raise failure
            found[index] = outcome
    except Empty:
        raise SourceUnreachable(
            f"not all answers came in time ({len(found)} of {len(ordered)})",
            hint="raise timeout, or see what slows the server down",
        ) from None
    finally:
        stopped.set()
    return [found[index] for index in range(len(ordered))]
