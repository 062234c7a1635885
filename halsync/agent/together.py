"""Several sources at the same time. Not loaded by a run that has one."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.agent.report import Report

Result = TypeVar("Result")


def together(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do all of it at once, each in a thread of its own; the results in the order of ``works``.

    The first failure is raised when it happens, whatever the others still do: nothing would be
    made of their results. The threads are daemons, so that they hold up no exit.
    """
    done: SimpleQueue[tuple[int, Result | None, BaseException | None]] = SimpleQueue()

    def run(index: int) -> None:
        try:
            done.put((index, works[index](), None))
        except BaseException as error:
            done.put((index, None, error))

    for index in range(len(works)):
        threading.Thread(target=run, args=(index,), daemon=True).start()
    found: dict[int, Result | None] = {}
    while len(found) < len(works):
        index, result, failure = done.get()
        if failure is not None:
            raise failure
        found[index] = result
    return [found[index] for index in range(len(works))]  # type: ignore[misc]  # all are there


def one_at_a_time(report: Report) -> Report:
    """``report`` for several threads: lines do not mix."""
    lock = threading.Lock()

    def safe(event: str, **facts: object) -> None:
        with lock:
            report(event, **facts)

    return safe
