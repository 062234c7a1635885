"""``halsync sync``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from halsync.errors import ConfigError, SourceUnreachable
from halsync.observe.asking import ask
from halsync.observe.sentences import short
from halsync.observe.shown import moment

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings

_LONGEST = 7_200.0
"""Seconds; a turn with a deployment, and the way back from it, can take more than an hour."""
_STYLES = {
    "refused": "red",
    "failed": "red",
    "unconfirmed": "red",
    "quarantined": "red",
    "waiting": "yellow",
    "stopping": "yellow",
}


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Have the sidecar look now; tell what came of it."""
    from urllib.parse import urlencode

    query = {"source": arguments.source} if arguments.source else {}
    if arguments.no_wait:
        query["wait"] = "false"
    if arguments.retry:
        query["retry"] = "true"
    path = f"/sync?{urlencode(query)}" if query else "/sync"
    answer = ask(settings.target, "POST", path, timeout=10 if arguments.no_wait else _LONGEST)
    if answer.status == 404:
        raise ConfigError(
            answer.text.strip(), where="--source", hint="name one of the sidecar's sources"
        )
    if answer.status not in (200, 202):
        raise SourceUnreachable(
            f"the sidecar answers {answer.status}: {answer.text.strip()}",
            where=settings.target,
            hint="see its log; ask again in a moment",
        )
    turn = answer.json()
    code = turn.pop("exit_code", 0)
    code = code if isinstance(code, int) else 1
    if arguments.output == "json":
        until = moment(turn.get("until") or 0) or None
        console.print(json.dumps({**turn, "until": until, "exitCode": code}, indent=2))
    else:
        _print(turn, console)
    return code


def _print(turn: dict[str, Any], console: Console) -> None:
    outcome = str(turn.get("outcome"))
    style = _STYLES.get(outcome, "green")
    message = str(turn.get("message") or "")
    console.print(f"{console.paint(outcome, style)}: {message}" if message else outcome)
    for name, revision in (turn.get("revisions") or {}).items():
        console.print(f"  {name:<16} {short(revision)}")
    if turn.get("generation"):
        console.print(f"  {'generation':<16} {str(turn['generation'])[:12]}")
    if turn.get("until"):
        console.print(f"  {'not before':<16} {moment(turn['until'])}")
    for problem in turn.get("problems") or ():
        console.print(f"  {_problem(problem)}")
    if turn.get("hint"):
        console.print(f"  fix: {turn['hint']}")


def _problem(problem: dict[str, Any]) -> str:
    """``config:12:3 HAL0401 error: …``, as far as it is known."""
    places = [str(problem[each]) for each in ("file", "line", "column") if problem.get(each)]
    words = [":".join(places), problem.get("code"), problem.get("severity")]
    return f"{' '.join(str(each) for each in words if each)}: {problem.get('message', '')}"
