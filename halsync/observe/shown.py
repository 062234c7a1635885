"""The sidecar's state as JSON and as a page for people."""

from __future__ import annotations

from halsync.observe.lines import cleaned, encode, timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.observe.health import Verdict
    from halsync.observe.view import SourceView, View


def as_json(view: View, alive: Verdict, readiness: Verdict, now: float) -> str:
    """What ``/status`` answers. Times are RFC 3339 in UTC, null for never; ages are seconds."""
    from halsync import __version__

    shown: dict[str, Any] = {
        "version": __version__,
        "state": view.state,
        "detail": view.detail,
        "healthy": alive.good,
        "ready": readiness.good,
        "reason": readiness.reason if alive.good else alive.reason,
        "started": _utc(view.started),
        "iterated": _utc(view.iterated),
        "generation": view.generation,
        "identity": view.identity,
        "published": _utc(view.published),
        "confirmed": _utc(view.confirmed),
        "sources": [_source(each, now) for each in view.sources],
        "pending": {"identity": view.pending, "until": _utc(view.until)} if view.pending else None,
        "quarantined": list(view.quarantined),
        "drift": view.drift,
    }
    return encode(cleaned(shown)) + "\n"


def _source(source: SourceView, now: float) -> dict[str, Any]:
    return {
        "name": source.name,
        "revision": source.revision,
        "checked": _utc(source.checked),
        "age": round(max(0.0, now - source.checked), 3) if source.checked else None,
        "failingSince": _utc(source.failing_since),
        "error": source.error,
        "nextCheck": _utc(source.next_check),
    }


def moment(at: float) -> str:
    """``2026-11-23T06:30:00Z``; empty for 0, which means never."""
    return timestamp(int(at) * 1_000_000_000) if at else ""


def _utc(at: float) -> str | None:
    return moment(at) or None


def page(view: View, alive: Verdict, readiness: Verdict, now: float) -> str:
    """A small page without scripts, images or anything else to load."""
    rows = [
        ("state", f"{view.state} · {view.detail}" if view.detail else view.state),
        ("health", alive.reason),
        ("readiness", readiness.reason),
        ("generation", view.generation or "none"),
        ("published", _when(view.published, now)),
        ("confirmed", _when(view.confirmed, now)),
        *[(f"source {each.name}", _told(each, now)) for each in view.sources],
        ("drift", f"{view.drift} paths" if view.drift else "none"),
    ]
    if view.pending:
        rows.append(("waiting", f"{view.pending[:12]} until {_utc(view.until) or 'released'}"))
    rows += [("quarantined", each[:12]) for each in view.quarantined]
    body = "".join(f"<tr><th>{_escaped(name)}<td>{_escaped(value)}" for name, value in rows)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>halsync</title>'
        "<style>body{font:15px/1.5 sans-serif;margin:2em}th{text-align:left;padding-right:2em;"
        "vertical-align:top;font-weight:600}</style>"
        f"<h1>halsync: {_escaped(view.state)}</h1><table>{body}</table>"
        '<p><a href="/status">status</a> · <a href="/metrics">metrics</a>'
        ' · <a href="/healthz">healthz</a> · <a href="/readyz">readyz</a>\n'
    )


def _told(source: SourceView, now: float) -> str:
    seen = f"{source.revision or 'no revision'}, seen {_when(source.checked, now)}"
    if not source.error:
        return seen
    return f"{seen}; failing since {_when(source.failing_since, now)}: {source.error}"


def _when(at: float, now: float) -> str:
    return f"{moment(at)} ({age(now - at)} ago)" if at else "never"


def age(seconds: float) -> str:
    """``3 d``, ``12 min``, ``5 s``."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _escaped(value: str) -> str:
    from halsync.redact import redact

    value = redact(value).encode("utf-8", "replace").decode()
    for char, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        value = value.replace(char, name)
    return value
