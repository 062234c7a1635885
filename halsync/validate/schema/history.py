"""Which Halyard releases know a key, a value or drop it.

``tables/history.txt`` holds only what differs from "always"; what is below an entry shares its
history. It is read when a target release is given, or for the words of a problem.
"""

from __future__ import annotations

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.validate.schema.tables import DROPPED, SPAN, VALUES, Node, read_table

_VERSION = r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])"


class Span(NamedTuple):
    """Releases by their numbers in :attr:`History.releases`, both ends included."""

    since: int
    until: int
    gaps: tuple[tuple[int, int], ...] = ()

    def holds(self, release: int) -> bool:
        """Whether the release is one of them."""
        return self.since <= release <= self.until and not any(
            first <= release <= last for first, last in self.gaps
        )


class History:
    """What the table says. Only what is asked for is taken apart."""

    def __init__(self) -> None:
        self._text = read_table("history")
        line = self._text[self._text.index("\nR ") + 3 :].partition("\n")[0]
        self.releases: list[str] = line.split(" ")
        self._numbers = {release: number for number, release in enumerate(self.releases)}
        self._trees: dict[str, Node] = {}

    @property
    def keys(self) -> Node:
        """Of the halconfig, as a tree."""
        return self._tree("F", "I", "V")

    @property
    def settings(self) -> Node:
        """Of service-settings, as a tree."""
        return self._tree("SF", "SV")

    def span(self, tokens: list[str], *, settings: bool = False) -> Span | None:
        """The releases that knew the key at ``tokens``, if that ever changed right there."""
        path = ".".join(tokens).replace(".[", "[").replace(".{", "{")
        start = f"\n{'SF' if settings else 'F'} {path} "
        at = self._text.find(start)
        if at < 0:
            return None
        return self._span(self._text[at + len(start) :].partition("\n")[0].split(" "))

    def _tree(self, *letters: str) -> Node:
        if letters[0] not in self._trees:
            root = self._trees[letters[0]] = {}
            for line in self._text.splitlines():
                letter, _, rest = line.partition(" ")
                if letter in letters:
                    self._add(root, letter, rest.split(" "))
        return self._trees[letters[0]]

    def _add(self, root: Node, letter: str, words: list[str]) -> None:
        tokens = words[0].replace("[", ".[").replace("{", ".{").split(".")
        node = root
        for token in tokens:
            node = node.setdefault(token, {})
        if letter[-1] == "V":
            node.setdefault(VALUES, {})[words[1]] = self._span(words[2:])
        else:
            node[DROPPED if letter == "I" else SPAN] = self._span(words[1:])

    def _span(self, words: list[str]) -> Span:
        since, until, *gaps = words
        pairs = [gap.split("..") for gap in gaps]
        return Span(
            0 if since == "-" else self._numbers[since],
            len(self.releases) - 1 if until == "-" else self._numbers[until],
            tuple((self._numbers[first], self._numbers[last]) for first, last in pairs),
        )

    def number(self, version: str) -> int:
        """The number of a release; of the newest one before it if there is no such release.

        Raises:
            ConfigError: this is no version.
        """
        import re

        found = re.match(_VERSION, version.strip())
        if not found:
            raise ConfigError(
                f"{version!r} is no version of Halyard",
                hint=f"write it like {self.releases[-1]}, or leave it out for the newest",
            )
        wanted = tuple(int(part or 0) for part in found.groups())
        known = [tuple(map(int, release.split("."))) for release in self.releases]
        if found[3] is None:
            # 1.42 means whatever patch release of it is the newest.
            wanted = (wanted[0], wanted[1], 10**9)
        return max((at for at, release in enumerate(known) if release <= wanted), default=0)

    def words(self, span: Span) -> str:
        """``known since 1.33.0``, ``known until 1.24.0``, ``known from 1.16.0 to 1.18.0``."""
        first, last = self.releases[span.since], self.releases[span.until]
        newest = span.until == len(self.releases) - 1
        if span.since == 0 and newest:
            words = "known"
        elif newest:
            words = f"known since {first}"
        elif span.since == 0:
            words = f"known until {last}"
        else:
            words = f"known from {first} to {last}"
        gaps = [f"{self.releases[one]} to {self.releases[two]}" for one, two in span.gaps]
        return words + (f", but not in {', '.join(gaps)}" if gaps else "")


_loaded: list[History] = []


def history() -> History:
    """The table, read once."""
    if not _loaded:
        _loaded.append(History())
    return _loaded[0]
