"""Filling declared placeholders into a tree, each file by the rules of its format."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.model import Problem, Tree
    from halsync.render.edits import Edit
    from halsync.render.placeholders import Placeholder
    from halsync.render.trail import Trail


class Rendered(NamedTuple):
    """A tree whose placeholders are filled in."""

    tree: Tree
    """Files without placeholders are the same objects as before."""
    replaced: Mapping[str, int]
    """How often each placeholder was filled in; 0 for those that occur nowhere."""
    problems: list[Problem]
    edits: Mapping[str, Sequence[Edit]] = {}
    """What was replaced in each file with placeholders; offsets without byte order mark."""
    trail: Trail | None = None
    """What the stages did to each file; None if there were placeholders only, see
    :func:`halsync.render.trail.trail_of`."""


def render(tree: Tree, placeholders: Sequence[Placeholder]) -> Rendered:
    """Fill the placeholders into every file of the tree.

    Whole words only (neither preceded nor followed by a letter, a digit or ``_``), every
    occurrence, never twice: a value that holds another placeholder's name stays as it is.
    Comments are left alone. Values are written so that the format reads them back unchanged;
    booleans and integers keep their type where the placeholder is the whole of a plain value.
    Where a value cannot be written, the place is left as it was and an error is reported.

    Raises:
        RenderError: a file does not read back as intended after rendering: a bug.
    """
    if not placeholders:
        return Rendered(tree, {}, [])
    # The rest is loaded only here: most installations declare no placeholders.
    from halsync.render.run import Run
    from halsync.render.tokens import counted

    run = Run(placeholders)
    files = {path: run.file(path, file) for path, file in tree.files.items()}
    run.report_unused(placeholders, tree)
    if run.edits:
        tree = tree._replace(files=files)
    names = [item.name for item in placeholders]
    counts = counted(run.used)
    return Rendered(tree, {name: counts.get(name, 0) for name in names}, run.problems, run.edits)
