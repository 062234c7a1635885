"""How the stages' progress reaches whoever watches: a terminal, a log, a test."""

from __future__ import annotations

from typing import Protocol


class Report(Protocol):
    """Called at every step worth telling.

    Events and their fields: ``fetching`` (source, location, ref), ``fetched`` (source,
    location, ref, revision, files, bytes, seconds, plus the source's details), ``retrying``
    (source, error, attempt, wait), ``rendered`` (placeholders, files), ``validated`` (files,
    errors, warnings), ``published``, ``unchanged``, ``pinned`` or ``superseded`` (generation,
    previous, target), ``adopted`` (paths, left_out).
    """

    def __call__(self, event: str, **fields: object) -> None:
        """Tell it; must not raise."""


def silent(event: str, **fields: object) -> None:
    """A report that nobody reads."""
