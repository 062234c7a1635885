"""Finding declared names in text."""

from __future__ import annotations

import re

from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from halsync.render.placeholders import Placeholder

_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_INTEGER = Pattern(r"(?:0|-?[1-9][0-9]{0,17})\Z")
"""Fits 64 bits; longer rows of digits are names and stay text, as nobody calculates with them."""


class Value(NamedTuple):
    """What is written in the place of a name."""

    text: str
    typed: bool
    """A boolean or an integer in the canonical writing, which every format reads as such."""
    secret: bool


class Found(NamedTuple):
    """A declared name in a text; offsets count characters."""

    start: int
    end: int
    name: str
    whole: bool
    """Neither preceded nor followed by ``[A-Za-z0-9_]``."""


class Escapes(NamedTuple):
    """The escape sequences of a format, which begin with a backslash."""

    pattern: re.Pattern[str]
    """Matches one of them."""
    decode: Callable[[str], str]
    """What one stands for."""


class Tokens:
    """The declared names, compiled once for a run."""

    values_only = False
    """Whether only values are a place for them: no keys in YAML, nothing but strings in code."""

    def __init__(self, placeholders: Iterable[Placeholder]) -> None:
        self.values = {item.name: _value(item) for item in placeholders}
        # The longest first: of FOO and FOO-BAR, both declared, the text FOO-BAR is the latter.
        names = sorted(self.values, key=lambda name: (-len(name), name))
        either = "|".join(map(re.escape, names))
        self._any = re.compile(either.encode())
        # Of names with other characters in them, a shorter one may be whole where a longer one is
        # not; the pattern for that is five times slower.
        plain = all(_WORD.issuperset(name) for name in names)
        self._text = re.compile(either if plain else f"(?:{either})(?![A-Za-z0-9_])|{either}")

    def occur(self, content: bytes) -> bool:
        """Whether a declared name occurs at all, as a word of its own or within another."""
        return self._any.search(content) is not None

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Found]:
        """Every occurrence in order, never overlapping a whole one."""
        found: list[Found] = []
        search = self._text.search
        stop = len(text) if end is None else end
        match = search(text, start, stop)
        while match:
            first, last = match.span()
            whole = not (first and text[first - 1] in _WORD) and not (
                last < len(text) and text[last] in _WORD
            )
            found.append(Found(first, last, match[0], whole))
            # A name that is no word of its own may hide another that is: A-B within xA-B.
            match = search(text, last if whole else first + 1, stop)
        return found

    def fill(self, value: str) -> tuple[str, list[str]]:
        """``value`` with every whole name replaced once, and the names in order."""
        if value in self.values:
            return self.values[value].text, [value]
        return self._replace(value, (found for found in self.find(value) if found.whole))

    def _replace(self, value: str, those: Iterable[Found]) -> tuple[str, list[str]]:
        parts: list[str] = []
        names: list[str] = []
        done = 0
        for found in those:
            parts += (value[done : found.start], self.values[found.name].text)
            names.append(found.name)
            done = found.end
        return "".join((*parts, value[done:])), names


def is_word(char: str) -> bool:
    """Whether a character continues a word, so that a name beside it is a part of it."""
    return char in _WORD


def _value(placeholder: Placeholder) -> Value:
    value = placeholder.value
    if isinstance(value, bool):
        return Value("true" if value else "false", True, placeholder.secret)
    if isinstance(value, int):
        return Value(str(value), True, placeholder.secret)
    typed = value in ("true", "false") or _INTEGER.match(value) is not None
    return Value(value, typed, placeholder.secret)


def settle(
    text: str,
    start: int,
    end: int,
    found: Sequence[Found],
    escapes: Escapes,
) -> list[Found]:
    r"""``found``, all between ``start`` and ``end``, with ``whole`` judged by what is *read*.

    In ``"a\nNAME"`` the character before NAME is a line break and not an ``n``; in ``"\NAME"``
    there is no NAME at all.
    """
    if "\\" not in text[start:end]:
        return list(found)
    starts: dict[int, str] = {}
    ends: dict[int, str] = {}
    inner: set[int] = set()
    for match in escapes.pattern.finditer(text, start, end):
        starts[match.start()] = ends[match.end()] = escapes.decode(match[0])
        inner.update(range(match.start() + 1, match.end()))
    settled: list[Found] = []
    for item in found:
        before = ends.get(item.start, text[item.start - 1 : item.start])
        after = starts.get(item.end, text[item.end : item.end + 1])
        whole = (
            item.start not in inner
            and not (item.start > start and before and before[-1] in _WORD)
            and not (item.end < end and after and after[0] in _WORD)
        )
        if not (settled and settled[-1].whole and item.start < settled[-1].end):
            settled.append(item._replace(whole=whole))
    return settled


def counted(names: Iterable[str]) -> Mapping[str, int]:
    """How often each name occurs."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts
