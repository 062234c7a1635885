"""Secret references as the fillers of each format see them: names with values."""

from __future__ import annotations

import re

from halsync.render.reference_grammar import EITHER, SPINNAKER
from halsync.render.reference_marks import holds_marks
from halsync.render.tokens import Found, Tokens, Value, is_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class SecretTokens(Tokens):
    """References that have a value, by their text.

    Unlike placeholders they have a grammar: of ``encrypted:n:a`` and ``encrypted:n:ab`` each ends
    where it ends, whether or not both have a value. What they bring is text, whatever it looks
    like, and keys are no place for them.
    """

    values_only = True

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = {text: Value(value, False, True) for text, value in values.items()}
        wholes = sorted((text for text in values if SPINNAKER.match(text)), key=len, reverse=True)
        self._wholes = frozenset(wholes)
        either = [*map(re.escape, wholes), EITHER.pattern]
        self._pattern = re.compile("|".join(either)) if wholes else EITHER

    def occur(self, content: bytes) -> bool:
        """Whether there may be one."""
        return holds_marks(content)

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Found]:
        """Every reference with a value, in order."""
        found: list[Found] = []
        for match in self._pattern.finditer(text, start, len(text) if end is None else end):
            if match[0] in self.values:
                first, last = match.span()
                whole = not is_word(text[first - 1 : first]) if first else True
                found.append(Found(first, last, match[0], whole))
        return found

    def fill(self, value: str) -> tuple[str, list[str]]:
        """``value`` with its references replaced, and their texts in order."""
        if value in self.values:
            return self.values[value].text, [value]
        # Spinnaker's own count only as whole values.
        found = (item for item in self.find(value) if item.name not in self._wholes)
        return self._replace(value, (item for item in found if item.whole))
