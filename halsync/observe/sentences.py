"""What the stages report, in words. The events are those of ``halsync.agent.report``; those
of the sidecar stand in ``sentences_watch``."""

from __future__ import annotations

from halsync.model import short_revision
from halsync.observe.lines import cleaned, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.observe.log import Level

    Fields = Mapping[str, object]

RUNNING = frozenset({"fetching"})
"""Events that announce work; another one tells that it is done."""
WARNING = frozenset({"retrying", "pinned", "adopted"})
"""Events that a person should notice."""


def sentence(event: str, fields: Fields) -> str:
    """One line, without a mark, colour or time."""
    make = _SENTENCES.get(event)
    if make is None:
        from halsync.observe.sentences_watch import SENTENCES

        make = SENTENCES.get(event)
    if make is not None:
        return make(fields)
    words = [f"{key}={plain(value)}" for key, value in cleaned(fields).items()]
    return " ".join([event.replace("_", " "), *words])


def level(event: str, fields: Fields) -> Level:
    """How important an event is: the level of its log line."""
    if event in _SENTENCES:
        return "warning" if event == "retrying" else "info"
    from halsync.observe.sentences_watch import level

    return level(event, fields)


def is_step(event: str) -> bool:
    """Whether it ends a step of one run, so that the time since the last one is what it took."""
    return event in _SENTENCES


def notable(event: str, fields: Fields) -> bool:
    """Whether a person should notice it."""
    return event in WARNING or level(event, fields) in ("warning", "error")


def _fetching(fields: Fields) -> str:
    return f"fetching {_revision(fields)}from {_place(fields)}"


def _fetched(fields: Fields) -> str:
    return f"fetched {_revision(fields)}from {_place(fields)}: {count(fields.get('files'), 'file')}"


def _retrying(fields: Fields) -> str:
    return (
        f"{plain(fields.get('source'))}: {plain(fields.get('error'))};"
        f" trying again in {plain(fields.get('wait'))} s"
    )


def _rendered(fields: Fields) -> str:
    return (
        f"rendered {count(fields.get('files'), 'file')},"
        f" {count(fields.get('placeholders'), 'placeholder')}"
    )


def _validated(fields: Fields) -> str:
    return (
        f"checked {count(fields.get('files'), 'file')}:"
        f" {count(fields.get('errors'), 'error')},"
        f" {count(fields.get('warnings'), 'warning')}"
    )


def _published(fields: Fields) -> str:
    return f"published generation {_generation(fields)} to {_target(fields)}"


def _unchanged(fields: Fields) -> str:
    return f"nothing to publish: {_target(fields)} holds generation {_generation(fields)}"


def _pinned(fields: Fields) -> str:
    return f"{_target(fields)} is pinned to generation {_generation(fields)} until the source moves"


def _superseded(fields: Fields) -> str:
    return f"{_target(fields)} already holds something newer: generation {_generation(fields)}"


def _applied(fields: Fields) -> str:
    words = [f"{plain(number)} {outcome}" for outcome, number in cleaned(fields).items()]
    return f"applied manifests: {', '.join(words) or 'there are none'}"


def _accounts_synced(fields: Fields) -> str:
    told = [
        f"{count(len(names), 'kubeconfig')} {done}"
        for done in ("written", "removed")
        if isinstance(names := fields.get(done), list) and names
    ]
    if fields.get("missing"):
        told.append(f"{plain(fields['missing'])} cannot be had")
    what = ", ".join(told) or "nothing to do"
    return f"{plain(fields.get('directory'))}: {count(fields.get('accounts'), 'account')}, {what}"


def _adopted(fields: Fields) -> str:
    """``paths`` are where things are kept now; what no source has is out of Halyard's sight."""
    left_out = plain(fields.get("left_out"))
    missing = f"; in no source, so no longer there for Halyard: {left_out}" if left_out else ""
    return f"what stood in the way is kept: {plain(fields.get('paths'))}{missing}"


_SENTENCES: dict[str, Callable[[Fields], str]] = {
    "fetching": _fetching,
    "fetched": _fetched,
    "retrying": _retrying,
    "rendered": _rendered,
    "validated": _validated,
    "published": _published,
    "unchanged": _unchanged,
    "pinned": _pinned,
    "superseded": _superseded,
    "adopted": _adopted,
    "applied": _applied,
    "accounts_synced": _accounts_synced,
}


def count(number: object, noun: str) -> str:
    """``1 file``, ``85 files``, ``no errors``."""
    if not number:
        return f"no {noun}s"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _place(fields: Fields) -> str:
    """``https://git.example.com/r.git (production)``; Vault's locations hold their path."""
    location, path = plain(fields.get("location")), plain(fields.get("path"))
    return f"{location} ({path})" if path and not location.endswith(f"/{path}") else location


def _revision(fields: Fields) -> str:
    """``main@3e25d19 ``, ``main ``, ``3e25d19 `` or nothing, with the space that follows."""
    ref, revision = plain(fields.get("ref")), short(fields.get("revision"))
    if ref and revision and not str(fields.get("revision")).startswith(ref):
        return f"{ref}@{revision} "
    return f"{ref or revision} " if ref or revision else ""


def short(value: object) -> str:
    """A revision, or what a log line has in its place, as people compare them."""
    return short_revision(plain(value))


def _generation(fields: Fields) -> str:
    return plain(fields.get("generation"))[:12]


def _target(fields: Fields) -> str:
    return plain(fields.get("target")) or "the target"


def plain(value: object) -> str:
    """A value in one line, without control characters; lists with commas, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    text = value if isinstance(value, str) else encode(value)
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)
