"""What the daemon says, fit to be shown: masked and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from halsync.errors import RestartFailed
from halsync.records import NamedTuple
from halsync.redact import mask_line

if TYPE_CHECKING:
    from collections.abc import Iterator

State = Literal["NOT_STARTED", "RUNNING", "SUCCEEDED", "INTERRUPTED", "TIMED_OUT", "FAILED"]

ENDED = ("SUCCEEDED", "INTERRUPTED", "TIMED_OUT", "FAILED")
_LONGEST = 2_000
_LONGEST_LINE = 600
_CAUSES = 5


class Health(NamedTuple):
    """What ``GET /health`` says."""

    up: bool
    detail: str
    """``UP``, ``DOWN``, or what was answered instead."""


class Finding(NamedTuple):
    """One problem of a problem set (``Problem.java:26``)."""

    severity: Literal["INFO", "WARNING", "ERROR", "FATAL"]
    message: str
    remediation: str
    options: tuple[str, ...]
    """What would be right instead."""
    location: str
    """Dotted names of nodes, which are not keys: ``default.provider.kubernetes.my-account``;
    empty if it is not about a place."""


class Event(NamedTuple):
    """A line of a task's log."""

    stage: str
    message: str


class Task(NamedTuple):
    """A task as the daemon tells of it (``DaemonTask.java:27``)."""

    uuid: str
    name: str
    state: State
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    failure: str
    """Why it ended as it did, where an exception did that; empty otherwise."""
    version: str
    """Of Halyard; ``Unknown`` where it does not know."""
    body: Any = None
    """The result: may hold secrets, and is never shown."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED


class Failed(RestartFailed):
    """A task did not succeed."""

    def __init__(self, message: str, task: Task | None, *, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.findings = task.findings if task else ()


def shown(value: object) -> str:
    """A text of the daemon's on one line: masked, bounded, without control characters."""
    if not isinstance(value, str):
        return ""
    # Masking takes time by the square of a line's length.
    cut = (line.strip()[:_LONGEST_LINE] for line in value[: 4 * _LONGEST].splitlines())
    lines = (mask_line(line) for line in cut)
    text = " ".join(line for line in lines if line)
    return "".join(char if char.isprintable() else "?" for char in text)[:_LONGEST]


def task_of(found: Any, where: str) -> Task:
    """The task in an answer.

    Raises:
        RestartFailed: the answer is no task.
    """
    state = found.get("state") if isinstance(found, dict) else None
    if not isinstance(state, str) or state not in ("NOT_STARTED", "RUNNING", *ENDED):
        raise RestartFailed(
            "the answer is not that of a Halyard daemon",
            where=where,
            hint="check restart.daemonUrl: something else listens there",
        )
    response = found.get("response")
    response = response if isinstance(response, dict) else {}
    return Task(
        str(found.get("uuid") or ""),
        shown(found.get("name")),
        state,  # type: ignore[arg-type]
        tuple(_events(found)),
        tuple(_findings(response.get("problemSet"))),
        _failure(found.get("fatalError")),
        shown(found.get("version")),
        response.get("responseBody"),
    )


def _events(found: Any) -> Iterator[Event]:
    for event in _list(found.get("events")):
        if isinstance(event, dict):
            yield Event(shown(event.get("stage")), shown(event.get("message")))
    for child in _list(found.get("children")):
        if isinstance(child, dict):
            yield from _events(child)


def _findings(found: Any) -> Iterator[Finding]:
    problems = found.get("problems") if isinstance(found, dict) else None
    for problem in _list(problems):
        if isinstance(problem, dict):
            severity = problem.get("severity")
            yield Finding(
                severity if severity in ("INFO", "WARNING", "ERROR") else "FATAL",
                shown(problem.get("message")) or "a problem without a message",
                shown(problem.get("remediation")),
                tuple(filter(None, map(shown, _list(problem.get("options"))))),
                shown(problem.get("location")),
            )


def _failure(found: Any) -> str:
    """The messages of an exception and of its causes; never the stack trace."""
    messages: list[str] = []
    while isinstance(found, dict) and len(messages) < _CAUSES:
        message = shown(found.get("message"))
        if message and message not in messages:
            messages.append(message)
        found = found.get("cause")
    return ": ".join(messages)


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
