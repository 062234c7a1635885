"""What rendering did to each file, kept so that a place can be followed back to where it came from.

Recording is cheap: the files as they were (which exist anyway), the edits, and the values that
steps stated. Everything else is computed when somebody asks (:mod:`halsync.render.origins`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import File
    from halsync.render.claims import Step
    from halsync.render.merging import Place


class TextEdit(NamedTuple):
    """Characters ``start`` to ``end`` of the text before became ``text``; no byte order mark."""

    start: int
    end: int
    text: str


class Stated(NamedTuple):
    """A value that a step set."""

    step: Step
    place: Place
    file: str
    """Where the step says so: a path of the tree for overlays, else as in ``declared_at``."""
    line: int
    """0 if not known."""


class Change(NamedTuple):
    """What one step, or several steps together, did to one file."""

    kind: Literal["values", "placeholders", "content", "moved"]
    """``values``: by overlays and patches. ``content``: the file was made or replaced."""
    step: Step
    before: File | None
    """None: there was no such file."""
    was: str
    """The file's path before."""
    edits: Sequence[TextEdit] | None = None
    """None where nothing of the text before is in the text after."""
    stated: tuple[Stated, ...] = ()
    values: Any = None
    """For ``placeholders``: name → where it is declared."""


class Trail:
    """The changes of all files, by the path that each has now."""

    def __init__(self) -> None:
        self.changes: dict[str, list[Change]] = {}
        self.gone: dict[str, Step] = {}
        """Files that were removed or moved away → by which step."""

    def __bool__(self) -> bool:
        return bool(self.changes)

    def add(self, path: str, change: Change) -> None:
        """Remember a change of the file that is at ``path`` after it."""
        self.gone.pop(path, None)
        self.changes.setdefault(path, []).append(change)

    def carry(self, old: str, new: str, *, keep: bool) -> None:
        """The history of ``old`` becomes that of ``new``, too (``keep``) or instead."""
        history = self.changes.get(old, []) if keep else self.changes.pop(old, [])
        self.changes.pop(new, None)
        if history:
            self.changes[new] = list(history)

    def remove(self, path: str, step: Step) -> None:
        """The file is no longer there."""
        self.changes.pop(path, None)
        self.gone[path] = step
