"""Telling others without waiting for them: a short queue, and a thread while there is work."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Item = TypeVar("Item")

_IDLE = 10.0
"""Seconds after which the thread ends, and its stack goes with it."""


class Outbox(Generic[Item]):
    """Hands items to a function, one after the other, in a thread of its own."""

    def __init__(self, name: str, work: Callable[[Item], None], size: int) -> None:
        """``work`` must not raise; while it waits it should look at :attr:`ending`."""
        self._name = name
        self._work = work
        self._items: deque[Item] = deque()
        self._size = size
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy: list[Item] = []
        """The one that is being told."""
        self._closing = False
        self.ending = threading.Event()
        """Set when there is no time left."""

    def put(self, item: Item) -> bool:
        """Queue it. False if the oldest one had to make room: the newest says most."""
        with self._changed:
            full = len(self._items) >= self._size
            if full:
                self._items.popleft()
            self._items.append(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return not full

    def rest(self, seconds: float) -> bool:
        """For ``work``: let that time pass, unless something else has come meanwhile: then True,
        and what rests should be put again. Nothing rests once it is being closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closing, seconds)
            return bool(self._items) and not self._closing

    def close(self, seconds: float) -> list[Item]:
        """Wait until everything is told, at most ``seconds``; then give up. What was not told."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            while self._items or self._busy:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            untold = [*self._busy, *self._items]
            self._items.clear()
            self._changed.notify_all()
        self.ending.set()
        return untold

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._items and not self.ending.is_set():
                    self._changed.wait(_IDLE)
                if not self._items:
                    self._thread = None
                    return
                item = self._items.popleft()
                self._busy = [item]
            try:
                self._work(item)
            finally:
                with self._changed:
                    self._busy = []
                    self._changed.notify_all()
