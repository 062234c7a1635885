"""What parsing gives: values with the places they came from, and what is wrong with them."""

from __future__ import annotations

from halsync.formats.text import BOM, BadEncoding, Lines, decode
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal

    from halsync.formats.text import Mark

    Kind = Literal[
        "syntax",
        "encoding",
        "control",
        "duplicate-key",
        "alias-limit",
        "depth",
        "size",
        "tag",
        "alias",
        "merge",
        "documents",
    ]
    """What an issue is about; the first gate gives each its code."""
else:  # the names that others import
    Kind = str


Path = tuple[str | int, ...]


class Limits(NamedTuple):
    """How much one text may ask for."""

    bytes: int = 16 * 1024**2
    depth: int = 50
    """Levels below the root; SnakeYAML 1.31 refuses more."""
    aliases: int = 50
    """Aliases of collections in one text; SnakeYAML's default."""
    nodes: int = 2_000_000
    """Values, keys and collections, aliases counted with all they stand for."""
    issues: int = 200
    """Of one text; more are not recorded."""


LIMITS = Limits()


class Issue(NamedTuple):
    """One thing wrong with a text. Lines and columns count from 1; 0: about the whole of it."""

    kind: Kind
    severity: Literal["error", "warning"]
    """``error``: the text has no meaning, and nobody reads it."""
    message: str
    hint: str
    line: int
    column: int
    path: Path = ()


class Document:
    """One document: a plain value, and where each part of it stands.

    ``value`` is made of dict (keys are str), list, str, int, float, bool and None. Aliased parts
    are the same object in each place. A place is that of the key's or value's first character;
    inside an alias it is where the anchor's content stands.
    """

    __slots__ = (
        "_keep",
        "_lines",
        "_offsets",
        "_places",
        "_root",
        "odd_keys",
        "timestamps",
        "value",
    )

    def __init__(
        self,
        value: Any,
        *,
        root: int,
        lines: Lines,
        places: array[int],
        offsets: Mapping[int, int],
        keep: Sequence[object] = (),
        timestamps: frozenset[int] = frozenset(),
        odd_keys: Mapping[int, str] | None = None,
    ) -> None:
        self.value = value
        self.timestamps = timestamps
        """Offsets of the scalars that YAML 1.1 takes for dates; see :meth:`is_timestamp`."""
        self.odd_keys = odd_keys or {}
        """Keys that are no strings, turned into text as Java does: offset → ``int``, ``bool``,
        ``float``, ``null``, ``map``, ``list``."""
        self._root = root
        self._lines = lines
        self._places = places
        self._offsets = offsets
        self._keep = keep

    def locate(self, path: Sequence[str | int]) -> Mark:
        """The place of a value; of the nearest enclosing one that exists."""
        return self._lines.mark(self._walk(path)[1])

    def locate_key(self, path: Sequence[str | int]) -> Mark:
        """The place of the key (or, in a list, of the item) that ends ``path``; as above."""
        return self._lines.mark(self._walk(path)[0])

    @property
    def text(self) -> str:
        """The whole text that this document stands in."""
        return self._lines.text

    def text_at(self, path: Sequence[str | int], *, key: bool = False) -> str:
        """The text from a value's first character (or tag, or anchor) to the end of its line.

        ``key``: the same for the key that ends ``path``.
        """
        mark = self.locate_key(path) if key else self.locate(path)
        return self._lines.line(mark.line)[mark.column - 1 :]

    def is_timestamp(self, path: Sequence[str | int]) -> bool:
        """Whether Halyard reads this value as a date rather than as the text it is here."""
        return self._walk(path)[1] in self.timestamps

    def odd_keys_marks(self) -> list[tuple[Mark, str]]:
        """Where the keys that are no strings stand, and what they are."""
        return [(self._lines.mark(index), kind) for index, kind in sorted(self.odd_keys.items())]

    def _walk(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Offsets of the key and of the value at ``path``."""
        value, key_at, value_at = self.value, self._root, self._root
        for part in path:
            offset = self._offsets.get(id(value))
            if offset is None:
                break
            if isinstance(value, dict):
                if part not in value:
                    break
                at = offset + 2 * list(value).index(str(part))
                key_at, value_at = self._places[at], self._places[at + 1]
                value = value[part]
            else:
                if not isinstance(part, int) or not 0 <= part < len(value):
                    break
                key_at = value_at = self._places[offset + part]
                value = value[part]
        return key_at, value_at


class Parsed(NamedTuple):
    """A text, read. Without an issue of severity ``error`` the documents are complete."""

    documents: tuple[Document, ...]
    issues: tuple[Issue, ...]
    lines: Lines

    @property
    def failed(self) -> bool:
        """Whether an issue makes the whole text unreadable."""
        return any(issue.severity == "error" for issue in self.issues)


def text_of(data: bytes | str, limits: Limits) -> str | Parsed:
    """What a parser is to read, without a byte order mark; or, where that cannot be, why."""
    if len(data) > limits.bytes:
        message = f"{len(data) / 1024**2:.1f} MiB is more than a file to be parsed may have"
        hint = f"the limit is {limits.bytes / 1024**2:.0f} MiB; split the file"
        return Parsed((), (Issue("size", "error", message, hint, 0, 0),), Lines(""))
    try:
        return decode(data) if isinstance(data, bytes) else data.removeprefix(BOM)
    except BadEncoding as bad:
        issue = Issue("encoding", "error", bad.message, bad.hint, bad.line, bad.column)
        return Parsed((), (issue,), Lines(bad.readable))
