"""What the stages report, in words. The events are those of ``halsync.agent.report``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.observe.lines import cleaned, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    Fields = Mapping[str, object]

_COMMIT = 40
"""Digits of a commit id."""

RUNNING = frozenset({"fetching"})
"""Events that announce work; another one tells that it is done."""
WARNING = frozenset({"retrying", "pinned", "adopted"})
"""Events that a person should notice."""


def sentence(event: str, fields: Fields) -> str:
    """One line, without a mark, colour or time."""
    make = _SENTENCES.get(event)
    if make is not None:
        return make(fields)
    words = [f"{key}={_plain(value)}" for key, value in cleaned(fields).items()]
    return " ".join([event.replace("_", " "), *words])


def _fetching(fields: Fields) -> str:
    return f"fetching {_revision(fields)}from {_plain(fields.get('location'))}"


def _fetched(fields: Fields) -> str:
    return (
        f"fetched {_revision(fields)}from {_plain(fields.get('location'))}:"
        f" {count(fields.get('files'), 'file')}"
    )


def _retrying(fields: Fields) -> str:
    return (
        f"{_plain(fields.get('source'))}: {_plain(fields.get('error'))};"
        f" trying again in {_plain(fields.get('wait'))} s"
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


def _adopted(fields: Fields) -> str:
    """``paths`` are where things are kept now; what no source has is out of Halyard's sight."""
    left_out = _plain(fields.get("left_out"))
    missing = f"; in no source, so no longer there for Halyard: {left_out}" if left_out else ""
    return f"what stood in the way is kept: {_plain(fields.get('paths'))}{missing}"


_SENTENCES = {
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
}


def count(number: object, noun: str) -> str:
    """``1 file``, ``85 files``, ``no errors``."""
    if not number:
        return f"no {noun}s"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _revision(fields: Fields) -> str:
    """``main@3e25d19 ``, ``main ``, ``3e25d19 `` or nothing, with the space that follows."""
    ref, revision = _plain(fields.get("ref")), _short(fields.get("revision"))
    if ref and revision and not str(fields.get("revision")).startswith(ref):
        return f"{ref}@{revision} "
    return f"{ref or revision} " if ref or revision else ""


def _short(value: object) -> str:
    """As much of a revision as a person compares: a commit like git, a digest with more."""
    text = _plain(value)
    _, colon, digest = text.rpartition(":")
    if colon:
        return digest[:12]
    return text[:7] if len(text) == _COMMIT else text


def _generation(fields: Fields) -> str:
    return _plain(fields.get("generation"))[:12]


def _target(fields: Fields) -> str:
    return _plain(fields.get("target")) or "the target"


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    text = value if isinstance(value, str) else encode(value)
    return "".join(char if char.isprintable() else "?" for char in text)
