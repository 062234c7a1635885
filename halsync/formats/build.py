"""From events to documents: values, places and duplicate keys in one pass."""

from __future__ import annotations

from array import array

from halsync.formats.document import Document, Issue, Limits
from halsync.formats.libyaml import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from halsync.formats.refusals import (
    Refused,
    collection_tag,
    no_merge,
    shown,
    too_deep,
    too_many,
    unknown_tag,
)
from halsync.formats.resolve import (
    MERGE,
    NUMERIC_START,
    TIMESTAMP_TAG,
    WORDS,
    is_timestamp,
    key_text,
    number,
    tagged,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from halsync.formats.events import Stream
    from halsync.formats.text import Lines

_NO_KEY: Any = object()
_LIST: Any = object()
_OPEN: Any = object()


class _Level:
    """What is rarely asked about an open collection."""

    __slots__ = ("anchor", "at", "before", "how", "merged", "order")

    def __init__(self, anchor: str | None, how: str, before: int, at: int) -> None:
        self.anchor = anchor
        self.how = how
        """Why it is put into its parent only at its end: ``key``, ``merge``, ``set``, ``omap``,
        ``pairs``; empty if it is there already."""
        self.before = before
        """Values counted before it began."""
        self.at = at
        self.order: dict[str, int] | None = None
        """Key → how many keys stand before it; made at the first duplicate."""
        self.merged: set[str] = set()
        """Keys that so far only a merge has brought: an explicit one replaces them."""


class Builder:
    """Builds the documents of one text; afterwards ``documents`` and ``issues`` hold them."""

    def __init__(self, stream: Stream, lines: Lines, limits: Limits) -> None:
        self.documents: list[Document] = []
        self.issues: list[Issue] = []
        self._stream = stream
        self._lines = lines
        self._limits = limits
        self._aliases = 0
        self._begin()

    def _begin(self) -> None:
        self._places = array("I")
        self._offsets: dict[int, int] = {}
        self._keep: list[object] = []
        self._timestamps: set[int] = set()
        self._odd_keys: dict[int, str] = {}
        self._anchors: dict[str, tuple[Any, int, int]] = {}

    def run(self, get: Callable[[], Any]) -> None:  # noqa: PLR0912, PLR0915 - the hot loop
        """Consume all events.

        One function, because a call and its arguments for each event would take as long as what
        is done with it: this loop sees every scalar of every file of the tree.

        Raises:
            Refused: at what Halyard would not take.
            yaml.YAMLError, UnicodeEncodeError: from the parser.
        """
        limit, depth = self._limits.nodes, self._limits.depth + 1
        altered, restore = self._stream.altered, self._stream.restore
        count = 0
        keys: dict[str, str] = {}
        # The innermost open collection lives in these variables, the outer ones on the stack.
        # ``key`` is _LIST inside a list, _NO_KEY where a mapping's next scalar is a key.
        stack: list[tuple[Any, ...]] = []
        current: Any = []
        key: Any = _LIST
        key_at = 0
        places: list[int] = []
        root = level = _Level(None, "", 0, 0)
        while True:
            event = get()
            kind = type(event)
            opened: _Level | None = None
            value: Any
            if kind is ScalarEvent:
                count += 1
                at = event.start_mark.index
                value = text = restore(event.value) if altered else event.value
                plain, quoted = event.implicit
                if plain:
                    if key is _NO_KEY and text in keys and event.anchor is None:
                        key, key_at = keys[text], at
                        continue
                    value = WORDS.get(text, text)
                    if value is text and text[0] in NUMERIC_START:
                        value = self._number(text, at)
                elif not quoted:
                    value = self._tagged(event.tag, text, at)
                if event.anchor is not None:
                    self._anchors[event.anchor] = (value, 1, at)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                count += 1
                at = event.start_mark.index
                if len(stack) >= depth:
                    raise too_deep(depth - 1, at)
                value = {} if kind is MappingStartEvent else []
                how = "" if event.tag is None else collection_tag(event.tag, value, at)
                if not how:
                    how = "key" if key is _NO_KEY else "merge" if key is MERGE else ""
                opened = _Level(event.anchor, how, count, at)
                if event.anchor is not None:
                    self._anchors[event.anchor] = (_OPEN, 0, at)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._offsets[id(current)] = len(self._places)
                self._places.extend(places)
                self._keep.append(current)
                value, at, how = current, level.at, level.how
                if places and len(stack) >= depth:
                    raise too_deep(depth - 1, places[0])
                if how not in ("", "key", "merge"):
                    value = self._convert(how, current, places, at)
                if level.anchor is not None and self._anchors[level.anchor][::2] == (_OPEN, at):
                    # Unless something inside took the name: SnakeYAML gives it out at the start.
                    self._anchors[level.anchor] = (value, count - level.before + 1, at)
                current, key, key_at, places, level = stack.pop()
                if not how:
                    continue
            elif kind is AliasEvent:
                at = event.start_mark.index
                value, size = self._alias(event.anchor, at)
                plain = False
                count += size
            elif kind is DocumentStartEvent:
                self._begin()
                current, places, level, key = [], [], root, _LIST
                continue
            elif kind is DocumentEndEvent:
                self._finish(current[0], places[0])
                continue
            elif event is None:
                return
            else:
                continue

            if count > limit:
                raise too_many(limit, at)
            if opened is None or not opened.how:
                if key is _LIST:
                    current.append(no_merge(value, at) if value is MERGE else value)
                    places.append(at)
                elif key is _NO_KEY:
                    key_at = at
                    if type(value) is str:
                        key = keys.setdefault(value, value) if plain else value
                    else:
                        key = MERGE if value is MERGE else self._odd_key(value, at)
                    continue
                else:
                    if key is MERGE:
                        self._merge(level, current, places, value, at)
                    elif key in current:
                        self._again(level, current, places, (key, key_at, value, at))
                    else:
                        current[key] = no_merge(value, at) if value is MERGE else value
                        places.append(key_at)
                        places.append(at)
                        if level.order is not None:
                            level.order[key] = len(level.order)
                    key = _NO_KEY
            if opened is not None:
                stack.append((current, key, key_at, places, level))
                current, level, places = value, opened, []
                key = _NO_KEY if kind is MappingStartEvent else _LIST

    def _finish(self, value: Any, root: int) -> None:
        self.documents.append(
            Document(
                value,
                root=root,
                lines=self._lines,
                places=self._places,
                offsets=self._offsets,
                keep=self._keep,
                timestamps=frozenset(self._timestamps),
                odd_keys=self._odd_keys,
            )
        )

    def _number(self, text: str, at: int) -> str | int | float:
        try:
            value = number(text)
        except ValueError:
            raise Refused(
                "tag", "this looks like a number and is none", "quote it to keep it as text", at
            ) from None
        if value is text and is_timestamp(text):
            self._timestamps.add(at)
        return value

    def _tagged(self, tag: str, text: str, at: int) -> Any:
        try:
            value = tagged(tag, text)
        except LookupError:
            raise unknown_tag(tag, at) from None
        except ValueError as error:
            raise Refused("tag", str(error), "remove the tag, or correct the value", at) from None
        if tag == TIMESTAMP_TAG:
            self._timestamps.add(at)
        return value

    def _alias(self, name: str, at: int) -> tuple[Any, int]:
        if name not in self._anchors:
            raise Refused(
                "alias",
                f"the alias *{name} stands for nothing: no anchor &{name} comes before it",
                "define the anchor earlier; a text that begins with * must be quoted",
                at,
            )
        value, size, origin = self._anchors[name]
        if value is _OPEN:
            raise Refused(
                "alias",
                f"the alias *{name} stands inside what it stands for",
                "a value cannot contain itself; write it out",
                at,
            )
        if origin in self._timestamps:
            self._timestamps.add(at)
        if isinstance(value, dict | list):
            self._aliases += 1
            if self._aliases > self._limits.aliases:
                raise Refused(
                    "alias-limit",
                    f"more than {self._limits.aliases} aliases of mappings and lists",
                    "write some of them out; Halyard refuses so many",
                    at,
                )
        return value, size

    def _again(
        self,
        level: _Level,
        current: dict[str, Any],
        places: list[int],
        entry: tuple[str, int, Any, int],
    ) -> None:
        """A key that is there already: the last one wins, in the place of the first."""
        key, key_at, value, at = entry
        if level.order is None:
            level.order = {name: number for number, name in enumerate(current)}
        spot = 2 * level.order[key]
        if key in level.merged:
            level.merged.discard(key)
        elif len(self.issues) < self._limits.issues:
            first = self._lines.mark(places[spot]).line
            mark = self._lines.mark(key_at)
            message = f"the key {shown(key)} is already in line {first}"
            hint = "remove one of the two"
            self.issues.append(Issue("duplicate-key", "warning", message, hint, *mark))
        current[key] = no_merge(value, at) if value is MERGE else value
        places[spot], places[spot + 1] = key_at, at

    def _merge(
        self, level: _Level, current: dict[str, Any], places: list[int], value: Any, at: int
    ) -> None:
        """``<<``: take over what ``current`` does not have, the earlier source first."""
        sources = value if isinstance(value, list) else [value]
        for source in sources:
            if not isinstance(source, dict):
                raise Refused(
                    "merge",
                    "'<<' merges mappings, and this is none",
                    "give it an alias of a mapping, or a list of such aliases",
                    at,
                )
            offset = self._offsets.get(id(source))
            for spot, (key, item) in enumerate(source.items()):
                if key in current:
                    continue
                current[key] = item
                level.merged.add(key)
                if level.order is not None:
                    level.order[key] = len(level.order)
                if offset is None:
                    places += (at, at)
                else:
                    places += self._places[offset + 2 * spot : offset + 2 * spot + 2]

    def _odd_key(self, value: Any, at: int) -> str:
        kinds = {dict: "map", list: "list", bool: "bool", int: "int", float: "float"}
        self._odd_keys[at] = kinds.get(type(value), "null")
        return key_text(value)

    def _convert(self, how: str, value: Any, places: list[int], at: int) -> Any:
        """``!!set``, ``!!omap`` and ``!!pairs`` as Jackson sees them: list, mapping, pairs."""
        if how == "set":
            result: Any = list(value)
            inner = places[::2]
        else:
            if not all(isinstance(item, dict) and len(item) == 1 for item in value):
                message = f"!!{how} wants a list of mappings with one key each"
                raise Refused("tag", message, "remove the tag", at)
            pairs = [next(iter(item.items())) for item in value]
            result = dict(pairs) if how == "omap" else [list(pair) for pair in pairs]
            if how == "omap":
                where = {key: place for (key, _), place in zip(pairs, places, strict=True)}
                inner = [place for key in result for place in (where[key], where[key])]
            else:
                inner = places
        self._offsets[id(result)] = len(self._places)
        self._places.extend(inner)
        self._keep.append(result)
        return result
