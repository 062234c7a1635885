"""What ends the loop's sleep, and what ends the loop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from halsync.agent.watch import clock
from halsync.agent.watch.ending import Ending
from halsync.agent.watch.waking import Call, Waker
from halsync.errors import Interrupted

Reported = list[tuple[str, dict[str, object]]]


@pytest.fixture
def waker() -> Iterator[Waker]:
    """An alarm clock."""
    made = Waker()
    yield made
    made.close({})


@pytest.fixture
def told() -> Reported:
    """What was reported."""
    return []


@pytest.fixture
def ending(waker: Waker, told: Reported) -> Iterator[Ending]:
    """Signals in our hands."""
    made = Ending(waker, lambda event, **fields: told.append((event, fields)))
    made.install()
    yield made
    made.restore()


def test_a_call_ends_the_sleep_and_is_told_once(waker: Waker) -> None:
    def thrice() -> None:
        for _ in range(3):
            waker.wake("hal", "webhook")

    threading.Timer(0.05, thrice).start()
    begun = time.monotonic()
    waker.sleep(30)
    assert time.monotonic() - begun < 25
    time.sleep(0.05)
    assert waker.calls() == [Call("hal", "webhook")]
    assert waker.calls() == []


def test_a_call_before_the_sleep_counts(waker: Waker) -> None:
    waker.wake("", "sync")
    waker.sleep(30)
    assert waker.calls() == [Call("", "sync")]


def test_a_flood_is_bounded(waker: Waker) -> None:
    for number in range(100_000):
        waker.wake(str(number), "webhook")
    assert len(waker.calls()) <= 256
    waker.sleep(0)
    begun = time.monotonic()
    waker.sleep(0.05)
    assert time.monotonic() - begun > 0.04, "the pipe is empty again"


def test_a_question_is_answered_once_the_round_is_over(waker: Waker) -> None:
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(waker.ask("hal", "sync")))
    thread.start()
    waker.sleep(30)
    assert waker.calls() == [Call("hal", "sync")]
    [question] = waker.questions()
    question.reply({"outcome": "published"})
    thread.join(10)
    assert answers == [{"outcome": "published"}]


def test_who_waits_at_the_end_is_let_go() -> None:
    waker = Waker()
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(waker.ask("", "sync")))
    thread.start()
    waker.sleep(30)
    waker.close({"outcome": "stopping"})
    thread.join(10)
    assert answers == [{"outcome": "stopping"}]
    waker.wake("", "too late")


def test_sigterm_breaks_off_what_can_be_given_up(ending: Ending, told: Reported) -> None:
    with pytest.raises(Interrupted) as stopped, ending.abandonable():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    assert stopped.value.exit_code == 128 + signal.SIGTERM
    with pytest.raises(Interrupted), ending.abandonable():
        pytest.fail("nothing is begun any more")
    assert ending()
    ending.tell()
    assert told == [("stopping", {"signal": "SIGTERM"})]


def test_sigterm_waits_for_a_boundary_elsewhere(ending: Ending, waker: Waker) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    assert ending(), "and this is where the step asks"
    assert Call("", "stop") in waker.calls()


def test_a_step_that_does_not_end_is_broken_off(ending: Ending) -> None:
    ending.grace = 0.1
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)


def test_sighup_wakes_all(ending: Ending, waker: Waker) -> None:
    os.kill(os.getpid(), signal.SIGHUP)
    assert waker.calls() == [Call("", "signal SIGHUP")]
    assert not ending()


def test_waits_grow_and_are_spread() -> None:
    for attempt, middle in ((1, 2.0), (2, 4.0), (5, 32.0), (50, 60.0)):
        waits = [clock.backoff(2.0, 60.0, attempt) for _ in range(200)]
        assert min(waits) >= middle * 0.9
        assert max(waits) <= middle * 1.1
        assert max(waits) - min(waits) > middle * 0.05
