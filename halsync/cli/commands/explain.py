"""``halsync explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.model import short_revision
from halsync.redact import is_secret_name, mask_line, mask_values

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.model import Origin, SourceState
    from halsync.observe.console import Console
    from halsync.render.explaining import Explained, Touched
    from halsync.settings.model import Settings

_LONG = 200
"""Characters of a value that are shown to a person."""


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Say what a code means, or where a value comes from.

    Raises:
        SettingsError: it is about a value, and the settings are bad.
    """
    from halsync.cli.code_page import is_code, tell_code

    if is_code(arguments.path):
        tell_code(arguments.path, arguments.output, console)
        return 0
    if arguments.mistaken is not None:
        raise arguments.mistaken
    from halsync.agent.look import explained

    found, states = explained(settings, arguments.path, console.report)
    console.close()
    report = as_json(found, {state.name: state for state in states})
    if arguments.output == "json":
        import json

        console.print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _print(report, console)
    return 0


def as_json(found: Explained, states: dict[str, SourceState]) -> dict[str, Any]:
    """``file``, ``path``, ``value`` (secrets masked), ``line``, ``source``, ``steps``."""
    hidden = found.secret or _secret_place(found.place)
    report: dict[str, Any] = {"file": found.file, "path": found.place, "line": found.line}
    if found.place:
        report["value"] = mask_values(found.value, hidden)
    origin = found.spot.origin
    report["source"] = {
        **_source(origin, states),
        "file": found.spot.file,
        "line": found.spot.line,
        "text": mask_line(found.spot.excerpt.strip()),
    }
    if hidden and found.place:
        report["source"]["text"] = ""
    report["steps"] = [_step(step, found, hidden) for step in found.steps]
    return report


def _source(origin: Origin | None, states: dict[str, SourceState]) -> dict[str, str]:
    if origin is None:
        return {"name": "settings"}
    state = states.get(origin.source)
    return {
        "name": origin.source,
        "location": state.location if state else "",
        "revision": origin.revision,
        "path": origin.path,
    }


def _step(step: Touched, found: Explained, hidden: bool) -> dict[str, Any]:
    from halsync.render.places import REMOVED

    report: dict[str, Any] = {"step": step.what, "at": step.where}
    if step.value is REMOVED:
        report["removed"] = True
    elif step.shows and found.place:
        report["value"] = mask_values(step.value, hidden)
    return report


def _secret_place(place: str) -> bool:
    return is_secret_name(place.rpartition(".")[2].partition("[")[0])


def _print(report: dict[str, Any], console: Console) -> None:
    source = report["source"]
    title = f"{report['file']}:{report['path'] or report['line'] or ''}".rstrip(":")
    console.print(console.paint(title, "bold"))
    if "value" in report:
        console.print(f"  value     {_shown(report['value'])}")
    if report["line"]:
        console.print(f"  published {report['file']}:{report['line']}")
    place = f"{source['file']}:{source['line']}" if source["line"] else source["file"]
    console.print(f"  written   {place}")
    if source["text"]:
        console.print(f"            {console.paint(source['text'][:_LONG], 'dim')}")
    if "revision" in source:
        revision = short_revision(source["revision"]) or "-"
        console.print(f"  source    {source['name']} at {revision}")
        if source["location"]:
            console.print(f"            {source['location']}")
    console.print("  steps")
    for number, step in enumerate(report["steps"], 1):
        line = f"  {number:>4}. {step['step']}"
        if step["at"]:
            line += f" ({step['at']})"
        if step.get("removed"):
            line += ": removed"
        elif "value" in step:
            line += f": {_shown(step['value'])}"
        console.print(line)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        text = value if value.isprintable() else repr(value)
    else:
        import json

        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
