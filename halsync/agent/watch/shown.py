"""Where the loop stands, as records for whoever asks: the server, ``sync``, the log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from halsync.agent.watch import clock
from halsync.agent.watch.blaming import QUARANTINED
from halsync.errors import ContentRefused, HalsyncError, ProblemsError, RenderError
from halsync.observe.turn import Turn
from halsync.records import NamedTuple
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.agent.watch.loop import Parts
    from halsync.agent.watch.polling import Poll
    from halsync.model import Problem
    from halsync.observe.view import View

_SHOWN = 50
"""Problems that are handed on; the rest is counted."""


class Refusal(NamedTuple):
    """Why a revision is not used."""

    stage: str
    """``source``, ``render`` or ``validate``."""
    message: str
    """One line."""
    first: str
    """The first problem in one line; empty if there are none."""
    problems: tuple[Mapping[str, object], ...]


def refusal(error: HalsyncError) -> Refusal:
    """An error as the sidecar tells it."""
    stage = "source"
    if isinstance(error, ProblemsError) and not isinstance(error, ContentRefused):
        stage = "render" if isinstance(error, RenderError) else "validate"
    found = error.problems if isinstance(error, ProblemsError) else ()
    first = _line(found[0]) if found else ""
    message = " ".join(error.message.split())
    text = f"{error.where}: {message}" if error.where else message
    return Refusal(stage, redact(text), redact(first), _records(found))


def _line(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line}: " if problem.line else f"{problem.file}: "
    said = " ".join(problem.message.split())
    return f"{place if problem.file else ''}{problem.code} {said}"


def _records(problems: tuple[Problem, ...]) -> tuple[Mapping[str, object], ...]:
    if not problems:
        return ()
    from halsync.validate.reporters.as_json import records

    return tuple(records(problems[:_SHOWN]))


def turn_of(outcome: Any, message: str, **fields: Any) -> Turn:
    """How a turn ended; the message redacted."""
    return Turn(outcome, redact(message), **fields)


def show(
    before: View,
    parts: Parts,
    *,
    state: str,
    refused: str,
    trouble: str,
    pending: str,
    until: float,
    why: str,
) -> View:
    """The view now; an empty ``state`` is found out from the rest."""
    shift = time.time() - clock.now()
    marked = parts.phases.marked
    polls = parts.polls
    failing = polls.failing
    detail = before.detail if state == before.state else ""
    if not state or state == "idle":
        detail = ""
        held = parts.governing.held
        if (pending and not trouble) or (held and parts.phases.under_way):
            state, detail = ("held", held) if held else ("waiting", why)
            if failing and not held and not parts.phases.strategy.in_place:
                detail, until = f"{_failing(failing)}; the next pod's init could not fetch", 0.0
        elif failing or trouble:
            state = "degraded"
            detail = _failing(failing) if failing else trouble
        elif refused:
            state, detail = "refused", refused
        else:
            state = "idle"
    live = parts.governing.live.state()
    quarantined = tuple(each.identity for each in marked.quarantined if each.identity)
    return before._replace(
        iterated=time.time(),
        state=state,
        detail=" ".join(redact(detail).split()),
        generation=live.current if live else "",
        identity=marked.release.identity if marked.release else "",
        published=live.since if live else 0.0,
        confirmed=marked.since if marked.phase == "confirmed" else 0.0,
        sources=tuple(view for poll in polls.every for view in poll.view(shift)),
        quarantined=quarantined,
        drift=len(parts.drifting.found),
        pending=pending,
        until=until,
        blamed=bool(quarantined)
        and refused in (QUARANTINED, parts.phases.fell_back or QUARANTINED),
    )


def _failing(polls: Sequence[Poll]) -> str:
    return f"{polls[0].name}: {polls[0].error}"
