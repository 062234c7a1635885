"""Placeholders in files of no known format: the values are inserted as they are."""

from __future__ import annotations

from halsync.render.edits import Edit, Filled, splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.render.tokens import Found, Tokens


def fill(text: str, found: Sequence[Found], tokens: Tokens) -> Filled:
    """Fill in the names that ``found`` lists, which are all in ``text``."""
    whole = [item for item in found if item.whole]
    edits = [Edit(item.start, item.end, tokens.values[item.name].text) for item in whole]
    inside = [item for item in found if not item.whole]
    return Filled(splice(text, edits), [item.name for item in whole], [], inside, [], edits)
