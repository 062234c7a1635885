"""Every node of a YAML text with its exact place, from the parser's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from halsync.formats.resolve import MERGE, WORDS, key_text, number, tagged
from halsync.patterns import Pattern

if TYPE_CHECKING:
    from halsync.formats.events import Stream

BREAK = Pattern("\r\n|[\n\r\x85\u2028\u2029]")
_SKIP = Pattern("(?:[ \t\r\n\x85\u2028\u2029]+|#[^\r\n\x85\u2028\u2029]*)*")
_PROPERTY = Pattern(r"&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*")
_HEADER = Pattern(r"[|>][-+0-9]*")
_BLANK = " \t\n\r\x85\u2028\u2029"
_PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

Kind = Literal["scalar", "map", "seq", "alias"]


class Node:
    """One node. ``text[start:end]`` is its source, anchor and tag included; the line break that
    ends it is not part of it, and neither is a comment behind it."""

    __slots__ = (
        "anchor",
        "column",
        "end",
        "flow",
        "implicit",
        "items",
        "kind",
        "parent",
        "start",
        "style",
        "tag",
        "value",
    )

    def __init__(
        self, kind: Kind, start: int, end: int, parent: Node | None, anchor: str | None
    ) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.parent = parent
        self.anchor = anchor
        self.tag: str | None = None
        self.style = ""
        """Of a scalar: ``""`` plain, ``'``, ``"``, ``|``, ``>``."""
        self.implicit = False
        """A plain scalar without a tag: its type is what it looks like."""
        self.value: Any = None
        """Of a scalar its text, of an alias the node it stands for."""
        self.flow = False
        self.column = 0
        """Of a block collection: where its keys or dashes stand, from 0."""
        self.items: list[Node] = []
        """Of a list its items; of a mapping key, value, key, value …"""

    @property
    def pair(self) -> bool:
        """A mapping of one key in a flow list, without braces: ``[a: b]``."""
        if self.kind != "map" or not self.flow or not self.items:
            return False
        return self.items[0].start == self.start

    @property
    def opaque(self) -> bool:
        """A collection that is changed only as a whole: ``!!set``, ``!!omap``, ``!!pairs``."""
        return self.tag not in _PLAIN_TAGS


class Properties(NamedTuple):
    """Anchor and tag in front of a node."""

    end: int
    """Where the last of them ends."""
    body: int
    """Where the node itself begins."""
    anchor: tuple[int, int] | None


class Tree(NamedTuple):
    """One document."""

    root: Node
    after: int
    """Offset behind ``---``; -1 where there is none."""
    anchored: list[Node]
    aliases: list[Node]


def skip(text: str, at: int) -> int:
    """The next character that is neither white space nor part of a comment."""
    found = _SKIP.match(text, at)
    return found.end() if found else at


def properties(text: str, node: Node) -> Properties:
    """Where the anchor and the tag of a node stand."""
    at = end = node.start
    anchor = None
    if node.anchor is None and node.tag is None:
        return Properties(at, at, None)
    while at < node.end and (found := _PROPERTY.match(text, at)):
        end = found.end()
        if text[at] == "&":
            anchor = (at, end)
        at = skip(text, end)
    return Properties(end, min(at, node.end), anchor)


def header_end(text: str, body: int) -> int:
    """Where the indicators of a block scalar end."""
    found = _HEADER.match(text, body)
    return found.end() if found else body


def read(text: str, stream: Stream) -> list[Tree]:  # noqa: PLR0912, PLR0915 - the hot loop
    """The trees of all documents of a text that is known to be good.

    Raises:
        yaml.YAMLError, UnicodeEncodeError: from the parser.
    """
    trees: list[Tree] = []
    after = -1
    anchors: dict[str, Node] = {}
    stack: list[Node] = []
    top: Node | None = None
    get = stream.open()
    restore = stream.restore
    while (event := get()) is not None:
        kind = type(event)
        if kind is ScalarEvent:
            node = Node("scalar", event.start_mark.index, event.end_mark.index, top, event.anchor)
            node.value = restore(event.value)
            node.tag = event.tag
            node.implicit = event.implicit[0]
            node.style = event.style or ""
            if node.style and node.style in "|>":
                node.end = _block_end(text, node)
            elif node.start == node.end:
                _place_empty(text, node)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            name: Kind = "map" if kind is MappingStartEvent else "seq"
            node = Node(name, event.start_mark.index, event.end_mark.index, top, event.anchor)
            node.tag = event.tag
            node.flow = event.flow_style
            if not node.flow:
                node.column = event.start_mark.column
                if event.anchor is not None or event.tag is not None:
                    body = properties(text, node).body
                    node.column = body - _line_start(text, body)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            if top is None:
                continue
            if top.flow and not top.pair:
                top.end = event.end_mark.index
            elif top.items:
                top.end = max(top.items[-1].end, top.items[-2].end if len(top.items) > 1 else 0)
            top = stack.pop() if stack else None
            continue
        elif kind is AliasEvent:
            node = Node("alias", event.start_mark.index, event.end_mark.index, top, None)
            node.value = anchors[event.anchor]
        elif kind is DocumentStartEvent:
            after = event.end_mark.index if event.explicit else -1
            anchors = {}
            continue
        else:
            continue
        if top is None:
            trees.append(Tree(node, after, [], []))
        else:
            top.items.append(node)
        if node.anchor is not None:
            anchors[node.anchor] = node
            trees[-1].anchored.append(node)
        elif kind is AliasEvent:
            trees[-1].aliases.append(node)
        if node.kind in ("map", "seq"):
            if top is not None:
                stack.append(top)
            top = node
    return trees


def _line_start(text: str, at: int) -> int:
    while at and text[at - 1] not in "\n\r\x85\u2028\u2029":
        at -= 1
    return at


def _block_end(text: str, node: Node) -> int:
    """End of a block scalar's last line; blank lines count only where they are kept."""
    source = text[node.start : node.end]
    body = properties(text, node).body
    if "+" in text[body : header_end(text, body)]:
        stripped = source.rstrip(" \t")
        found = list(BREAK.finditer(stripped))
        if found and found[-1].end() == len(stripped):
            return node.start + found[-1].start()
        return node.start + len(stripped)
    content = node.start + len(source.rstrip(_BLANK))
    ends = BREAK.search(text, content, node.end)
    return ends.start() if ends else node.end


def _place_empty(text: str, node: Node) -> None:
    """An empty value stands right behind its colon, or its key where there is no colon."""
    parent = node.parent
    if parent is None or parent.kind != "map" or len(parent.items) % 2 == 0:
        return
    key = parent.items[-1]
    at = skip(text, key.end)
    node.start = node.end = at + 1 if text[at : at + 1] == ":" else key.end


def value_of(node: Node) -> Any:  # noqa: PLR0911 - one return for each kind
    """The plain value of a node, as :func:`halsync.formats.yaml.parse` reads it."""
    if node.kind == "alias":
        return value_of(node.value)
    if node.kind == "scalar":
        if node.tag is not None and node.tag != "!":
            return tagged(node.tag, node.value)
        if not node.implicit:
            return node.value
        found = WORDS.get(node.value, node.value)
        return number(node.value) if found is node.value else found
    tag = (node.tag or "").rpartition(":")[2]
    if node.kind == "seq":
        items = [value_of(item) for item in node.items]
        if tag in ("omap", "pairs"):
            pairs = [next(iter(item.items())) for item in items]
            return dict(pairs) if tag == "omap" else [list(pair) for pair in pairs]
        return items
    value: dict[str, Any] = {}
    merged: set[str] = set()
    for key, item in zip(node.items[::2], node.items[1::2], strict=True):
        name = key_of(key)
        if name is not None:
            value[name] = value_of(item)
            merged.discard(name)
            continue
        source = value_of(item)
        for part in source if isinstance(source, list) else [source]:
            for inner, found in part.items():
                if inner not in value:
                    value[inner] = found
                    merged.add(inner)
    return list(value) if tag == "set" else value


def key_of(key: Node) -> str | None:
    """The text of a key; None for ``<<``."""
    if key.kind == "scalar" and not key.implicit and key.tag in (None, "!"):
        return str(key.value)
    value = value_of(key)
    return None if value is MERGE else key_text(value) if not isinstance(value, str) else value
