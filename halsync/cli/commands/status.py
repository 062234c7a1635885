"""``halsync status``."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from halsync.publish import drift, read_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

    from halsync.model import SourceState
    from halsync.observe.console import Console
    from halsync.publish import Drift, Publication, State
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Show what is live, where it came from and what was changed by hand."""
    state = read_state(settings.target)
    drifted = drift(settings.target, settings.daemon_config)
    if arguments.output == "json":
        console.print(json.dumps(as_json(state, drifted, settings.target), indent=2))
    elif state is None:
        console.print(f"nothing is published in {settings.target}")
        console.print("  fix: run halsync init")
    else:
        _print(state, drifted, settings.target, console)
    return 0


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
        ("since", f"{_utc(state.since)} ({_age(time.time() - state.since)} ago)"),
        *[("source", _source(source)) for source in state.sources],
    ]
    if state.pin:
        rows.append(("pinned", f"since {_utc(state.pin.at)}, until a source moves"))
    for entry in drifted:
        rows.append(("drift", f"{entry.path}: {entry.detail}"))
    if not drifted:
        rows.append(("drift", "none"))
    rows += [("earlier", _publication(entry)) for entry in state.history[1:]]
    last = ""
    for name, value in rows:
        style = "yellow" if name == "drift" and drifted else "dim"
        console.print(f"{console.paint(f'{name if name != last else str():<11}', style)} {value}")
        last = name
    if drifted:
        remedy = "halsync init publishes again; what stands there is kept aside"
        if state.pin:
            remedy = "halsync rollback to another generation, or a new revision of the source;"
            remedy += " while it is pinned, init leaves what was edited alone"
        console.print(f"  fix: {remedy}")


def _publication(entry: Publication) -> str:
    where = ", ".join(_source(source) for source in entry.sources) or entry.kind
    return f"{entry.generation[:12]}  {_utc(entry.since)}  {where}"


def _source(source: SourceState) -> str:
    """``hal-config: main@3e25d19b587a from https://…``."""
    revision = source.revision[:12] if len(source.revision) == 40 else source.revision[:19]
    at = f"{source.ref}@{revision}" if source.ref else revision
    inside = f" ({source.path})" if source.path else ""
    return f"{source.name}: {at} from {source.location}{inside}"


def _utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def _age(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
