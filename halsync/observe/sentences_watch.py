"""What the sidecar reports, in words. A module of its own: ``init`` never loads it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.observe.sentences import count, plain, short

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.observe.log import Level

    Fields = Mapping[str, object]

_REACTIONS = {
    "none": "nothing that Halyard would notice",
    "configuration": "Halyard's configuration",
    "daemon": "the daemon's own settings",
}
_STRATEGIES = {
    "rollout": "the StatefulSet's pods are replaced",
    "pod": "the pod is deleted",
    "daemon": "the daemon is told to end; Kubernetes starts it anew",
    "apply": "the running daemon deploys",
    "exec": "the command has run",
    "signal": "the signal is sent",
    "none": "nothing is restarted",
}
_HOOKS = {
    "missing": "it is not signed",
    "signature": "its signature is wrong",
    "timestamp": "its timestamp is not of now",
    "length": "it does not tell its length",
    "too-large": "its body is too large",
    "flood": "there are too many",
    "secret": "the webhook's secret cannot be used",
    "unknown": "it names no source",
}
_DRIFT = {"report": "left alone", "revert": "put back", "keep": "kept as a patch"}


def _watching(fields: Fields) -> str:
    return (
        f"watching {_names(fields.get('sources'))} every {span(fields.get('interval'))};"
        f" strategy {plain(fields.get('strategy')) or 'none'}"
    )


def _checked(fields: Fields) -> str:
    what = "has changed" if fields.get("changed") else "is unchanged"
    return f"{_source(fields)} {what}: {short(fields.get('revision')) or 'no revision'}"


def _check_failed(fields: Fields) -> str:
    return (
        f"{_source(fields)} does not answer (try {plain(fields.get('attempt')) or 1}):"
        f" {plain(fields.get('error'))}; next try in {span(fields.get('wait'))}"
    )


def _recovered(fields: Fields) -> str:
    return f"{_source(fields)} answers again, after {span(fields.get('seconds'))}"


def _refused(fields: Fields) -> str:
    if plain(fields.get("stage")) == "settings":
        hint = plain(fields.get("hint"))
        return (
            f"the new settings cannot be used, those before stay: {plain(fields.get('error'))}"
            f"{f'; {hint}' if hint else ''}"
        )
    stage = {
        "source": "its content may not be used",
        "render": "it cannot be rendered",
        "validate": "it is not valid",
    }.get(plain(fields.get("stage")), "it cannot be used")
    problems = fields.get("problems")
    many = f" ({count(problems, 'problem')})" if problems and isinstance(problems, int) else ""
    first = plain(fields.get("first"))
    return (
        f"release {_identity(fields)} is refused, what is live stays: {stage}{many}:"
        f" {plain(fields.get('error'))}{f'; first {first}' if first else ''}"
    )


def _accepted(fields: Fields) -> str:
    what = _REACTIONS.get(plain(fields.get("reaction")), plain(fields.get("reaction")))
    revisions = _revisions(fields.get("sources"))
    return (
        f"release {_identity(fields)} is accepted{f' ({revisions})' if revisions else ''}:"
        f" it changes {what or 'something'}"
    )


def _step_failed(fields: Fields) -> str:
    stage = plain(fields.get("stage"))
    step = {
        "fetch": "fetching what changed",
        "publish": "publishing",
        "react": "making Halyard take notice",
        "confirm": "confirming",
    }.get(stage, stage)
    of = f"release {_identity(fields)}: " if fields.get("identity") else ""
    return (
        f"{of}{step} failed: {plain(fields.get('error'))}; trying again in"
        f" {plain(fields.get('wait'))} s"
    )


def _waiting(fields: Fields) -> str:
    return (
        f"release {_identity(fields)} waits{_until(fields.get('until'))}: "
        f"{plain(fields.get('reason'))}"
    )


def _acted(fields: Fields) -> str:
    strategy = plain(fields.get("strategy"))
    return f"release {_identity(fields)}: {_STRATEGIES.get(strategy, strategy)}"


def _confirmed(fields: Fields) -> str:
    detail = plain(fields.get("detail"))
    after = f" after {span(fields['seconds'])}" if "seconds" in fields else ""
    return f"release {_identity(fields)} is confirmed{after}{f': {detail}' if detail else ''}"


def _unconfirmed(fields: Fields) -> str:
    return (
        f"release {_identity(fields)} was not seen to work within"
        f" {span(fields.get('seconds'))}: {plain(fields.get('detail'))}"
    )


def _quarantined(fields: Fields) -> str:
    revisions = _revisions(fields.get("sources"))
    return (
        f"release {_identity(fields)}{f' ({revisions})' if revisions else ''} is in quarantine:"
        " nothing that means the same is tried again, except by halsync sync --retry"
    )


def _rolled_back(fields: Fields) -> str:
    generation = plain(fields.get("generation"))[:12]
    return (
        f"the last known good release {_identity(fields)} is live again"
        f"{f' (generation {generation})' if generation else ''}"
    )


def _drift(fields: Fields) -> str:
    action = plain(fields.get("action"))
    done = _DRIFT.get(action, action)
    if action == "revert" and fields.get("left"):
        done = "to be published again"
    more = fields.get("more")
    names = _names(fields.get("paths"), more=more if isinstance(more, int) else 0)
    return f"changed by somebody else, {done}: {names}"


def _drift_gone(_fields: Fields) -> str:
    return "everything published is again as it was published"


def _held(fields: Fields) -> str:
    reason = plain(fields.get("reason"))
    return f"on hold{f' ({reason})' if reason else ''}: halsync resume lets it go on"


def _resumed(fields: Fields) -> str:
    reason = plain(fields.get("reason"))
    return f"no longer on hold{f' ({reason})' if reason else ''}"


def _woken(fields: Fields) -> str:
    who = plain(fields.get("source")) or "every source"
    return f"{who} is checked ahead of time: {plain(fields.get('why'))}"


def _hook_refused(fields: Fields) -> str:
    why = plain(fields.get("why"))
    source, peer = plain(fields.get("source")), plain(fields.get("from"))
    error = plain(fields.get("error"))
    more = fields.get("more")
    return (
        f"a webhook{f' for {source}' if source else ''}{f' from {peer}' if peer else ''} is"
        f" refused: {_HOOKS.get(why, why)}{f' ({error})' if error else ''}"
        f"{f'; {plain(more)} more like it since the last time' if more else ''}"
    )


def _no_socket(fields: Fields) -> str:
    return f"halsync sync will not work, its socket cannot be made: {plain(fields.get('error'))}"


def _not_told(fields: Fields) -> str:
    more = fields.get("more")
    return (
        f"{plain(fields.get('receiver'))} is not told: {plain(fields.get('error'))}"
        f"{f'; {plain(more)} more since the last time' if more else ''}"
    )


def _stopping(fields: Fields) -> str:
    return f"{plain(fields.get('signal')) or 'a signal'} came: ending at the next boundary"


def _stopped(_fields: Fields) -> str:
    return "ended; what is live is complete"


def _deploying(fields: Fields) -> str:
    return f"Halyard, {plain(fields.get('task'))}: {plain(fields.get('message'))}"


def _halyard_problem(fields: Fields) -> str:
    place = plain(fields.get("location"))
    hint = plain(fields.get("hint"))
    return (
        f"{plain(fields.get('severity'))}: {plain(fields.get('message'))}"
        f"{f' (at {place})' if place else ''}{f'; fix: {hint}' if hint else ''}"
    )


def _passed_over(fields: Fields) -> str:
    return (
        f"the newest revisions are passed over ({plain(fields.get('why'))}); taken instead:"
        f" {_revisions(fields.get('sources'))}"
    )


def _marks_unknown(fields: Fields) -> str:
    return f"what took Halyard down before is not known: {plain(fields.get('error'))}"


def _marks_damaged(fields: Fields) -> str:
    return (
        f"what was remembered cannot be read ({plain(fields.get('error'))}) and is kept in"
        f" {plain(fields.get('path'))}"
    )


SENTENCES: dict[str, Callable[[Fields], str]] = {
    "watching": _watching,
    "checked": _checked,
    "check-failed": _check_failed,
    "recovered": _recovered,
    "refused": _refused,
    "accepted": _accepted,
    "step-failed": _step_failed,
    "waiting": _waiting,
    "acted": _acted,
    "confirmed": _confirmed,
    "unconfirmed": _unconfirmed,
    "quarantined": _quarantined,
    "rolled-back": _rolled_back,
    "drift": _drift,
    "drift-gone": _drift_gone,
    "deploying": _deploying,
    "halyard-problem": _halyard_problem,
    "passed-over": _passed_over,
    "marks-unknown": _marks_unknown,
    "marks-damaged": _marks_damaged,
    "held": _held,
    "resumed": _resumed,
    "woken": _woken,
    "hook-refused": _hook_refused,
    "no-socket": _no_socket,
    "not-told": _not_told,
    "stopping": _stopping,
    "stopped": _stopped,
}

_WARNINGS = frozenset(
    {
        "check-failed",
        "step-failed",
        "rolled-back",
        "drift",
        "held",
        "hook-refused",
        "no-socket",
        "not-told",
        "passed-over",
        "marks-unknown",
        "marks-damaged",
    }
)
_ERRORS = frozenset({"refused", "unconfirmed", "quarantined"})


def level(event: str, fields: Fields) -> Level:
    """How important an event is: the level of its log line."""
    if event == "halyard-problem":
        severity = fields.get("severity")
        return "error" if severity in ("fatal", "error") else "warning"
    if event in _ERRORS:
        return "error"
    if event in _WARNINGS:
        return "warning"
    return "debug" if event == "checked" and not fields.get("changed") else "info"


def span(seconds: object) -> str:
    """``0.4 s``, ``30 s``, ``10 min``, ``2 h``, ``3 d``."""
    if not isinstance(seconds, (int, float)):
        return "some time"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{max(seconds, 0):.1f} s"


def _identity(fields: Fields) -> str:
    return plain(fields.get("identity"))[:12]


def _source(fields: Fields) -> str:
    return plain(fields.get("source")) or "a source"


def _names(value: object, most: int = 5, more: int = 0) -> str:
    if not isinstance(value, (list, tuple)):
        return plain(value) or "nothing"
    shown = [plain(getattr(each, "path", None) or each) for each in value[:most]]
    more += len(value) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _revisions(value: object) -> str:
    """``accounts 3e25d19, hal main@0a1b2c3``: of source states, mappings or plain texts."""
    if isinstance(value, dict):
        return ", ".join(f"{plain(name)} {short(each)}" for name, each in value.items())
    if not isinstance(value, (list, tuple)):
        return plain(value)
    parts = []
    for each in value:
        name, revision = getattr(each, "name", None), getattr(each, "revision", None)
        if isinstance(each, dict):
            name, revision = each.get("name"), each.get("revision")
        if name is None:
            name, at, revision = plain(each).rpartition("@")
            parts.append(f"{name}{at}{short(revision)}")
        else:
            parts.append(f"{plain(name)} {short(revision)}")
    return ", ".join(parts)


def _until(value: object) -> str:
    if not isinstance(value, (int, float)) or not value:
        return ""
    return f" until {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(value))} UTC"
