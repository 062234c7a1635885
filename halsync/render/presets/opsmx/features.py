"""The features of deck in ``settings-local.js``, which RBAC turns on.

The chart turns the first ``false`` of every line to ``true``. So does this, but for those in
comments, in texts and within longer words.
"""

from __future__ import annotations

from halsync.patterns import Pattern
from halsync.render.code_pieces import javascript_pieces
from halsync.render.edits import Edit, Unreadable, splice
from halsync.render.presets.opsmx.names import DECK
from halsync.settings.steps import Patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.render.presets.opsmx.draft import Draft

_FALSE = Pattern(r"(?<![A-Za-z0-9_$])false(?![A-Za-z0-9_$])")


def turn_on(draft: Draft, key: str) -> None:
    """Add the step; ``key`` of the values is why."""
    text = _text(draft)
    places = _places(text)
    first = _first_of_lines(text, places)
    if len(first) == len(places):
        draft.patch(
            Patch(DECK, "replace", {"text": "false", "with": "true"}, optional=True,
                  declared_at=draft.because(key))
        )  # fmt: skip
    else:
        edits = [Edit(place, place + len("false"), "true") for place in first]
        draft.write(DECK, splice(text, edits), key, always=True)


def _text(draft: Draft) -> str:
    file = draft.file(DECK)
    if file is None:
        return ""
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        return ""


def _places(text: str) -> list[int]:
    try:
        pieces = [piece for piece in javascript_pieces(text) if piece.kind == "code"]
    except Unreadable:
        return []  # which the patch reports
    return [
        found.start() for piece in pieces for found in _FALSE.finditer(text, piece.start, piece.end)
    ]


def _first_of_lines(text: str, places: list[int]) -> list[int]:
    lines: dict[int, int] = {}
    for place in places:
        lines.setdefault(text.rfind("\n", 0, place), place)
    return list(lines.values())
