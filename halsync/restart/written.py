"""Marks as JSON: what stands in ``agent.json`` and in the annotation."""

from __future__ import annotations

import json
from typing import Any

from halsync.model import SourceState
from halsync.restart.base import Marked, Release, Standing

VERSION = 1


class OtherVersion(ValueError):
    """A newer halsync wrote it."""


_PHASES = ("", "accepted", "published", "acted", "confirmed")
_REACTIONS = ("none", "configuration", "daemon")


def text_of(marked: Marked) -> str:
    """One line of JSON."""
    return json.dumps({"version": VERSION, **_plain(marked)}, separators=(",", ":"))


def marked_of(text: str | bytes) -> Marked:
    """What :func:`text_of` wrote.

    Raises:
        OtherVersion: a newer halsync wrote it.
        ValueError: it did not write this.
    """
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("is not a JSON object")
    if found.get("version") != VERSION:
        raise OtherVersion(f"has version {found.get('version')!r}, and {VERSION} is known here")
    try:
        before = found.get("before")
        phase, reaction = found.get("phase", ""), found.get("reaction", "none")
        if phase not in _PHASES or reaction not in _REACTIONS:
            raise ValueError(f"has a phase {phase!r} with reaction {reaction!r}")
        return Marked(
            phase,
            _release(found.get("release")),
            reaction,
            Standing(str(before[0]), bool(before[1]), str(before[2])) if before else None,
            float(found.get("since", 0.0)),
            _release(found.get("good")),
            tuple(_known(each) for each in found.get("quarantined", ())),
            tuple(float(at) for at in found.get("reactions", ())),
        )
    except (TypeError, AttributeError, IndexError, KeyError, RecursionError) as error:
        raise ValueError("is not what halsync wrote") from error


def _plain(marked: Marked) -> dict[str, Any]:
    values = marked._asdict()
    for name in ("release", "good"):
        values[name] = _told(values[name])
    values["before"] = list(marked.before) if marked.before else None
    values["quarantined"] = [_told(each) for each in marked.quarantined]
    values["reactions"] = list(marked.reactions)
    return values


def _told(release: Release | None) -> list[Any] | None:
    if release is None:
        return None
    sources = [list(source) for source in release.sources]
    told = [release.identity, release.generation, sources]
    # Most have none, and annotations are small.
    return [*told, release.effect] if release.effect else told


def _release(found: Any) -> Release | None:
    return _known(found) if found else None


def _known(found: Any) -> Release:
    identity, generation, sources, *more = found
    return Release(
        str(identity),
        str(generation),
        tuple(SourceState(*(str(part) for part in source)) for source in sources),
        str(more[0]) if more else "",
    )
