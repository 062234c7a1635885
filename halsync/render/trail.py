"""What rendering did to each file, kept so that a place can be followed back to where it came from.

Recording is cheap: the files as they were (which exist anyway), the edits, and the values that
steps stated. Everything else is computed when somebody asks (:mod:`halsync.render.origins`).
"""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal

    from halsync.model import File, Tree
    from halsync.render.edits import Edit
    from halsync.render.filling import Rendered
    from halsync.render.placeholders import Placeholder
    from halsync.render.places import Place


class Step(NamedTuple):
    """One step of the plan, as people are told about it."""

    what: str
    """``overlay environments/prod``, ``patch 2 (merge)``, ``variant s3`` …"""
    declared_at: str
    """``halsync.yaml:12``; for an overlay, where the directory is named."""


class Stated(NamedTuple):
    """A value that a step set."""

    step: Step
    place: Place
    file: str
    """Where the step says so: a path of the tree for overlays, else as in ``declared_at``."""
    line: int
    """0 if not known."""
    value: Any
    """What it set: a plain value, or ``REMOVED``."""


class Change(NamedTuple):
    """What one step, or several steps together, did to one file."""

    kind: Literal["values", "placeholders", "secrets", "content", "moved"]
    """``values``: by overlays and patches. ``content``: the file was made or replaced."""
    step: Step
    before: File | None
    """None: there was no such file."""
    was: str
    """The file's path before; for ``content``, where the content comes from: a path of the tree,
    or empty if the settings hold it."""
    edits: Sequence[Edit] | None = None
    """Offsets count in the text before, without byte order mark. None where nothing of that text
    is in the text after."""
    stated: tuple[Stated, ...] = ()
    placeholders: Mapping[str, Placeholder] = {}
    """For ``placeholders``: those that were declared, by name. For ``secrets``: the references by
    their text, without values."""


class Trail:
    """The changes of all files, by the path that each has now."""

    def __init__(self) -> None:
        self.changes: dict[str, list[Change]] = {}
        self.gone: dict[str, Step] = {}
        """Files that were removed or moved away → by which step."""
        self.taken: dict[str, File] = {}
        """The files of overlays, which are not in the tree any more."""

    def __bool__(self) -> bool:
        return bool(self.changes)

    def copy(self) -> Trail:
        """One that can go on without changing this."""
        new = Trail()
        new.changes = {path: list(changes) for path, changes in self.changes.items()}
        new.gone, new.taken = dict(self.gone), dict(self.taken)
        return new

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

    def fill_in(
        self, tree: Tree, edits: Mapping[str, Sequence[Edit]], placeholders: Sequence[Placeholder]
    ) -> None:
        """Placeholders were filled in; ``tree`` is what it was before."""
        self._fill("placeholders", tree, edits, placeholders)

    def resolve(
        self, tree: Tree, edits: Mapping[str, Sequence[Edit]], references: Sequence[Placeholder]
    ) -> None:
        """Secret references were filled in; ``tree`` is what it was before."""
        self._fill("secrets", tree, edits, references)

    def _fill(
        self,
        kind: Literal["placeholders", "secrets"],
        tree: Tree,
        edits: Mapping[str, Sequence[Edit]],
        names: Sequence[Placeholder],
    ) -> None:
        step = Step(kind, "")
        named = {item.name: item for item in names}
        for path, done in edits.items():
            before = tree.files[path]
            self.add(path, Change(kind, step, before, path, done, placeholders=named))


def trail_of(composed: Tree, rendered: Rendered, placeholders: Sequence[Placeholder]) -> Trail:
    """The trail of a rendering, which is only made here if there were placeholders only."""
    if rendered.trail is not None:
        return rendered.trail
    trail = Trail()
    trail.fill_in(composed, rendered.edits, placeholders)
    return trail
