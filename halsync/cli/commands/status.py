"""``halsync status``: what is on disk, and what the sidecar says of itself if one runs."""

from __future__ import annotations

import json
import os
import time

from halsync.errors import ConfigError, HalsyncError
from halsync.halyard import CONFIG
from halsync.model import short_revision
from halsync.observe.asking import ask, socket_path
from halsync.observe.shown import age
from halsync.publish import drift, read_state
from halsync.records import NamedTuple
from halsync.restart import hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import Any

    from halsync.model import SourceState
    from halsync.observe.console import Console
    from halsync.publish import Drift, Publication, State
    from halsync.settings.model import Settings

_SHOWN = 20
"""Drifted paths that a person is shown, changed modes last: a chmod -R touches hundreds."""
_ANSWER = 5.0
"""Seconds for the sidecar's answer, which it has at hand."""


class _Sidecar(NamedTuple):
    """What is known of the running sidecar."""

    status: dict[str, Any] | None
    """What ``/status`` answers; None if there is no answer."""
    why: str = ""
    """Why there is none."""


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Show what is live, where it came from and what was changed by hand.

    Raises:
        SettingsError: once that is shown, if that can be, and the settings are bad.
    """
    if arguments.mistaken is not None and not settings.target:
        raise arguments.mistaken
    state = read_state(settings.target)
    drifted = drift(settings.target, settings.daemon_config)
    held = hold.read(settings.target)
    sidecar = _ask(settings.target)
    if arguments.output == "json":
        found = {
            **as_json(state, drifted, settings.target),
            "sidecar": sidecar.status,
            "held": held,
        }
        if arguments.mistaken is None:
            console.print(json.dumps(found, indent=2))
        else:
            arguments.result.update(found)
    else:
        _tell(settings.target, state, drifted, sidecar, console)
        _print_rows([("held", held)] if held else [], console)
        _print_rows(_sidecar_rows(sidecar), console)
        console.flush()
    if arguments.mistaken is not None:
        raise arguments.mistaken
    return 0


def _tell(
    target: str,
    state: State | None,
    drifted: Sequence[Drift],
    sidecar: _Sidecar,
    console: Console,
) -> None:
    if state is not None:
        _print(state, drifted, target, console)
        return
    console.print(f"nothing is published in {target}")
    if sidecar.status is None:
        by_hand = os.path.lexists(os.path.join(target, CONFIG))
        keeps = ": it takes over what was made by hand, and keeps every byte" if by_hand else ""
        console.print(f"  fix: run halsync init{keeps}")


def _ask(target: str) -> _Sidecar:
    if not os.path.lexists(socket_path(target)):
        return _Sidecar(None, "none runs for this target")
    try:
        answer = ask(target, "GET", "/status", timeout=_ANSWER)
        return _Sidecar(answer.json())
    except ConfigError:
        return _Sidecar(None, "none runs; the last one was killed, the next goes on where it was")
    except HalsyncError as error:
        return _Sidecar(None, f"no answer: {error.message}")


def _sidecar_rows(sidecar: _Sidecar) -> list[tuple[str, str]]:
    status = sidecar.status
    if status is None:
        return [("sidecar", sidecar.why)]
    detail = f": {status['detail']}" if status.get("detail") else ""
    rows = [("sidecar", f"{status.get('state')}{detail}")]
    for name, bad in (("healthy", "unhealthy"), ("ready", "not ready")):
        if not status.get(name):
            rows.append(("", f"{bad}: {status.get('reason')}"))
            break
    for source in status.get("sources") or ():
        seen = f"seen {age(source['age'])} ago" if source.get("age") is not None else "never seen"
        failing = f", failing: {source['error']}" if source.get("error") else ""
        revision = short_revision(source["revision"])
        rows.append(("checks", f"{source['name']}: {revision} {seen}{failing}"))
    pending = status.get("pending")
    if pending:
        until = f" until {pending['until']}" if pending.get("until") else ""
        rows.append(("waiting", f"release {pending['identity'][:12]}{until}"))
    rows += [("quarantine", f"release {each[:12]}") for each in status.get("quarantined") or ()]
    return rows


def as_json(state: State | None, drifted: Sequence[Drift], target: str) -> dict[str, Any]:
    """``published`` tells whether there is anything; times are RFC 3339 in UTC."""
    if state is None:
        return {"target": target, "published": False}
    pin = state.pin
    return {
        "target": target,
        "published": True,
        "generation": state.current,
        "meaning": state.meaning,
        "kind": state.kind,
        "since": _utc(state.since),
        "sources": [source._asdict() for source in state.sources],
        "previous": state.previous,
        "pinned": {"generation": pin.generation, "at": _utc(pin.at)} if pin else None,
        "drift": [entry._asdict() for entry in drifted],
        "history": [
            {
                "generation": entry.generation,
                "kind": entry.kind,
                "since": _utc(entry.since),
                "sources": [source._asdict() for source in entry.sources],
            }
            for entry in state.history
        ],
    }


def _print(state: State, drifted: Sequence[Drift], target: str, console: Console) -> None:
    rows = [
        ("target", target),
        ("generation", state.current[:12] + (" (made by hand)" if state.kind == "adopted" else "")),
        ("since", f"{_utc(state.since)} ({age(time.time() - state.since)} ago)"),
        *[("source", _source(source)) for source in state.sources],
    ]
    if state.pin:
        rows.append(("pinned", f"since {_utc(state.pin.at)}, until a source moves"))
    shown = sorted(drifted, key=lambda entry: entry.kind == "mode")[:_SHOWN]
    rows += [("drift", f"{entry.path}: {entry.detail}") for entry in shown]
    if len(drifted) > _SHOWN:
        rows.append(("drift", f"and {len(drifted) - _SHOWN} more; -o json names them all"))
    if drifted:
        remedy = "halsync init publishes again; what stands there is kept aside"
        if state.pin:
            remedy = "halsync rollback to another generation, or a new revision of the source;"
            remedy += " while it is pinned, init leaves what was edited alone"
        rows.append(("drift", f"fix: {remedy}"))
    else:
        rows.append(("drift", "none"))
    rows += [("earlier", _publication(entry)) for entry in state.history[1:]]
    _print_rows(rows, console, "drift" if drifted else "")


def _print_rows(rows: Sequence[tuple[str, str]], console: Console, loud: str = "-") -> None:
    last = ""
    for name, value in rows:
        style = "yellow" if name == loud else "dim"
        console.print(f"{console.paint(f'{name if name != last else str():<11}', style)} {value}")
        last = name


def _publication(entry: Publication) -> str:
    where = ", ".join(_source(source) for source in entry.sources) or entry.kind
    return f"{entry.generation[:12]}  {_utc(entry.since)}  {where}"


def _source(source: SourceState) -> str:
    """``hal-config: main@3e25d19 from https://…``."""
    revision = short_revision(source.revision)
    at = f"{source.ref}@{revision}" if source.ref else revision
    # The location of a source in Vault holds its path.
    told = source.location.endswith(f"/{source.path}")
    inside = f" ({source.path})" if source.path and not told else ""
    return f"{source.name}: {at} from {source.location}{inside}"


def _utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
