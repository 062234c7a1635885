"""Fetching everything and carrying it through the gate, in this process, which stays small."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from halsync.agent.fetching import Fetching
from halsync.errors import HalsyncError, ProblemsError, PublishError, SourceUnreachable

if TYPE_CHECKING:
    from halsync.agent.fetching import Fetched
    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.agent.watch.phases import Phases
    from halsync.agent.watch.polling import Polls
    from halsync.restart.base import Release
    from halsync.settings.model import Settings


class _Kept(Fetching):
    """The kept sources as the pipeline wants them."""

    def __init__(self, polls: Polls) -> None:
        super().__init__([], ())
        self._polls = polls

    def results(self) -> list[Fetched]:
        return self._polls.fetch()


def prepared(settings: Settings, polls: Polls, report: Report) -> tuple[Candidate, float]:
    """What would be published now, and the wall time at which its content began to be fetched.

    Raises:
        HalsyncError: whatever ``init`` raises before it publishes.
    """
    from halsync.agent.pipeline import prepare

    running = _Kept(polls)
    return prepare(settings, running, report), running.started


def give_back() -> None:
    """Return what the last turn needed to the machine; glibc keeps most of it otherwise."""
    import ctypes
    import gc

    gc.collect()
    with suppress(AttributeError, OSError):  # musl has none
        ctypes.CDLL(None).malloc_trim(0)


def explained(error: HalsyncError | OSError) -> HalsyncError:
    """What the machine lacks (descriptors, room, memory) as an error that passes."""
    if isinstance(error, HalsyncError):
        return error
    return SourceUnreachable(
        f"a step failed: {(error.strerror or str(error)).lower()}",
        where=str(error.filename or ""),
        hint="look at what the machine lacks; it is tried again",
    )


def failed_step(error: HalsyncError, phases: Phases, waits: Release | None) -> dict[str, str]:
    """For an event: which release a step failed for, and which stage that is.

    ``waits``: the release whose first step it would have been.
    """
    under_way = phases.under_way
    release = phases.marked.release if under_way else waits
    begun = "publish" if phases.strategy.in_place else "react"
    stage = {"accepted": begun, "published": "react", "acted": "confirm"}
    phase = phases.marked.phase if under_way else "published" if waits else ""
    return {
        "identity": release.identity if release else "",
        "stage": "publish" if isinstance(error, PublishError) else stage.get(phase, "fetch"),
    }


def may_pass(error: HalsyncError) -> bool:
    """Whether what was refused may become good without any change that a check shows: a right
    is given, a secret is made."""
    if not isinstance(error, ProblemsError):
        return True
    from halsync.render.secret_codes import DENIED, MISSING, UNFIT, UNREACHABLE

    outside = {each.code for each in (MISSING, DENIED, UNREACHABLE, UNFIT)}
    return any(each.code in outside for each in error.problems)


def unless_away(error: HalsyncError) -> None:
    """Return if the configuration is at fault: a secret store that does not answer is not.

    Raises:
        SourceUnreachable: that is all that is wrong.
    """
    if not isinstance(error, ProblemsError) or not error.problems:
        return
    from halsync.render.secret_codes import UNREACHABLE

    failing = [each for each in error.problems if each.severity in ("fatal", "error")]
    if failing and all(each.code == UNREACHABLE.code for each in failing):
        first = failing[0]
        raise SourceUnreachable(first.message, where=f"{first.file}:{first.line}") from error
