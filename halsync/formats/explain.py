"""What is wrong with a text that is not YAML, in plain words, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from halsync.formats.events import Broken
    from halsync.formats.text import Lines


class Explanation(NamedTuple):
    """A parser's complaint rewritten. ``index`` is where a person has to look."""

    message: str
    hint: str
    index: int


def explain(broken: Broken, lines: Lines) -> Explanation:
    """Rewrite what the parser says; ``lines`` are those of the same text."""
    index = broken.index if broken.index >= 0 else max(broken.context_index, 0)
    return Explanation(broken.problem, "", index)
