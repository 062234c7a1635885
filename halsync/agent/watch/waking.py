"""What ends the loop's sleep before its time: webhooks, signals, file events, ``halsync sync``.

A pipe, because a signal handler and any thread may write to it at any moment; no locks.
"""

from __future__ import annotations

import os
import select
from collections import deque
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 60.0
"""Seconds of one sleep: the kernel's timer stands still while the machine is suspended, and a
check that is overdue afterwards should not wait for the rest of a long one."""
_REMEMBERED = 256
"""Calls between two rounds; a flood of more says nothing new."""


class Call(NamedTuple):
    """Somebody wants the loop to look now."""

    source: str
    """Name of the source that is said to have changed; empty for all."""
    why: str


class Question:
    """``halsync sync``: answered at the end of the first round that began after it was asked."""

    def __init__(self) -> None:
        self.done = Event()
        self.answer: Mapping[str, Any] = {}

    def reply(self, answer: Mapping[str, Any]) -> None:
        """Let the asking thread go on."""
        self.answer = answer
        self.done.set()


class Waker:
    """The loop's alarm clock."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN)
        self._calls: deque[Call] = deque(maxlen=_REMEMBERED)
        self._questions: deque[Question] = deque()

    def wake(self, source: str, why: str) -> None:
        """End the sleep, or the next one. From any thread, and from signal handlers."""
        self._calls.append(Call(source, why))
        with suppress(OSError):  # full: it will wake up anyhow
            os.write(self._write, b"w")

    def ask(self, source: str, why: str) -> Mapping[str, Any]:
        """Have a source checked, or all (empty); return what came of it. Blocks the thread."""
        question = Question()
        self._questions.append(question)
        self.wake(source, why)
        question.done.wait()
        return question.answer

    def sleep(self, seconds: float) -> None:
        """Return after ``seconds``, at most a minute, or as soon as there is a call."""
        if seconds > 0 and not self._calls:
            self._poll.poll(min(seconds, _LONGEST) * 1000)
        with suppress(OSError):
            while len(os.read(self._read, 4096)) == 4096:
                pass

    def calls(self) -> list[Call]:
        """The calls since it was last asked, each said once, oldest first."""
        found: dict[Call, None] = {}
        while self._calls:
            found[self._calls.popleft()] = None
        return list(found)

    def questions(self) -> list[Question]:
        """Those that this round will answer."""
        found = []
        while self._questions:
            found.append(self._questions.popleft())
        return found

    def close(self, answer: Mapping[str, Any]) -> None:
        """Let everybody go who still waits."""
        for question in self.questions():
            question.reply(answer)
        for descriptor in (self._read, self._write):
            with suppress(OSError):
                os.close(descriptor)
        self._write = -1
