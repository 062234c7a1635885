"""Every node of a YAML text with its exact place, from the parser's events."""

from __future__ import annotations

from halsync.formats.libyaml import (
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
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from halsync.formats.events import Stream

    Kind = Literal["scalar", "map", "seq", "alias"]

BREAK = Pattern("\r\n|[\n\r\x85\u2028\u2029]")
_SKIP = Pattern("(?:[ \t\r\n\x85\u2028\u2029]+|#[^\r\n\x85\u2028\u2029]*)*")
_PROPERTY = Pattern(r"&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*")
_HEADER = Pattern(r"[|>][-+0-9]*")
_BLANK = " \t\n\r\x85\u2028\u2029"
_PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


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
    """The document."""

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


def read(text: str, stream: Stream) -> Tree | None:
    """The tree of a text that is known to be good, and to hold one document at most.

    Raises:
        YAMLError, UnicodeEncodeError: from the parser.
    """
    root: Node | None = None
    top: Node | None = None
    after = -1
    anchors: dict[str, Node] = {}
    anchored: list[Node] = []
    aliases: list[Node] = []
    get = stream.open()
    while (event := get()) is not None:
        kind = type(event)
        if kind is ScalarEvent:
            node = _scalar(text, event, top, stream.restore(event.value))
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            node = _collection(text, event, top)
        elif kind is AliasEvent:
            node = Node("alias", event.start_mark.index, event.end_mark.index, top, None)
            node.value = anchors[event.anchor]
            aliases.append(node)
        else:
            if top is not None and (kind is MappingEndEvent or kind is SequenceEndEvent):
                _close(top, event.end_mark.index)
                top = top.parent
            elif kind is DocumentStartEvent and event.explicit:
                after = event.end_mark.index
            continue
        if top is None:
            root = node
        else:
            top.items.append(node)
        if node.anchor is not None:
            anchored.append(node)
            anchors[node.anchor] = node
        if node.kind in {"map", "seq"}:
            top = node
    return None if root is None else Tree(root, after, anchored, aliases)


def _scalar(text: str, event: Any, parent: Node | None, value: str) -> Node:
    node = Node("scalar", event.start_mark.index, event.end_mark.index, parent, event.anchor)
    node.value = value
    node.tag = event.tag
    node.implicit = event.implicit[0]
    node.style = event.style or ""
    if node.style and node.style in "|>":
        node.end = _block_end(text, node)
    elif node.start == node.end:
        _place_empty(text, node)
    return node


def _collection(text: str, event: Any, parent: Node | None) -> Node:
    name: Kind = "map" if type(event) is MappingStartEvent else "seq"
    node = Node(name, event.start_mark.index, event.end_mark.index, parent, event.anchor)
    node.tag = event.tag
    node.flow = event.flow_style
    if not node.flow:
        node.column = event.start_mark.column
        if event.anchor is not None or event.tag is not None:
            body = properties(text, node).body
            node.column = body - _line_start(text, body)
    return node


def _close(node: Node, end: int) -> None:
    """The parser has come to the end of a collection."""
    if node.flow and not node.pair:
        node.end = end
    elif node.items:
        node.end = max(node.items[-1].end, node.items[-2].end if len(node.items) > 1 else 0)


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
