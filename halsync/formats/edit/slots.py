"""Slots: where a value stands, and how another one is written there."""

from __future__ import annotations

from halsync.formats import emit
from halsync.formats.edit.manner import local
from halsync.formats.edit.nodes import BREAK, header_end, properties, skip
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from halsync.formats.edit.nodes import Node, Tree
    from halsync.formats.edit.page import Page
    from halsync.formats.emit import Manner


class Slot(NamedTuple):
    """The place of one value."""

    node: Node
    kind: Literal["map", "seq", "flow", "bare", "root"]
    """``bare``: a key without a colon, ``{a, b}`` or ``? a``."""
    after: int
    """Offset behind the colon, dash or ``---``; -1 at a root without ``---``."""
    column: int
    """Of the keys or dashes around; -1 at the root and inside flow collections."""


class Entry(NamedTuple):
    """One key with its value, or one item with its dash."""

    start: int
    end: int
    slot: Slot
    key: Node | None


def entries(text: str, node: Node) -> list[Entry]:
    """The entries of a mapping or list, in the order of the text."""
    found: list[Entry] = []
    at = properties(text, node).body + (1 if node.flow and not node.pair else 0)
    column = -1 if node.flow else node.column
    if node.kind == "seq":
        for item in node.items:
            if node.flow:
                found.append(Entry(item.start, item.end, Slot(item, "flow", item.start, -1), None))
                continue
            dash = skip(text, at)
            at = max(item.end, dash + 1)
            found.append(Entry(dash, at, Slot(item, "seq", dash + 1, column), None))
        return found
    for key, value in zip(node.items[::2], node.items[1::2], strict=True):
        start = skip(text, at)
        if node.flow and text[start : start + 1] == ",":
            start = skip(text, start + 1)
        start = min(start, key.start)
        colon = skip(text, key.end)
        if text[colon : colon + 1] == ":" and colon <= max(value.start, key.end):
            slot = Slot(value, "flow" if node.flow else "map", colon + 1, column)
            at = max(value.end, colon + 1)
        else:
            slot = Slot(value, "bare", key.end, column)
            at = key.end
        found.append(Entry(start, at, slot, key))
    return found


def slot_of(text: str, node: Node, tree: Tree) -> Slot | None:
    """The slot of any node; None for a key."""
    if node.parent is None:
        return Slot(node, "root", tree.after, -1)
    for entry in entries(text, node.parent):
        if entry.slot.node is node:
            return entry.slot
    return None


def depth(node: Node | None) -> int:
    """Collections around a node, itself included."""
    found = 0
    while node is not None:
        node = node.parent
        found += 1
    return found


class _New(NamedTuple):
    """A value ready to be written in block context."""

    head: str
    """What stands on the line of the colon or dash; may be empty."""
    lines: list[str]


class Filler:
    """Writes values into slots."""

    def __init__(self, page: Page, manner: Manner, referenced: frozenset[int]) -> None:
        """``referenced``: identities of the nodes that aliases stand for; they lose their anchor
        together with their value."""
        self.page = page
        self._referenced = referenced
        self.manner = manner

    def put(self, slot: Slot, value: Any, props: str = "") -> None:
        """Replace what stands in the slot.

        Args:
            props: anchor to put in front of the value.
        """
        node = slot.node
        if not props and node.anchor and not node.tag and id(node) not in self._referenced:
            props = f"&{node.anchor}"
        if slot.kind == "flow" or (slot.kind == "bare" and slot.column < 0):
            self._put_flow(slot, value, props)
        elif slot.kind == "bare":
            below = self.page.line_end(slot.after)
            literals = self.page.takes_literal(below, slot.column + 1)
            lines = emit.entry("x", value, slot.column, self.manner, literals=literals)
            lines[0] = " " * slot.column + lines[0][slot.column + 1 :]
            self.page.insert_lines(below, lines, depth(node))
        elif node.kind == "scalar" and node.style in ("|", ">"):
            self._put_over_literal(slot, value, props)
        elif node.kind in ("map", "seq") and not node.flow:
            self._put_over_block(slot, value, props)
        else:
            self._put_inline(slot, value, props)

    def _put_flow(self, slot: Slot, value: Any, props: str) -> None:
        node = slot.node
        like = node.style if node.style in ("'", '"') else ""
        if isinstance(value, str) and like:
            text = emit.scalar(value, flow=True, like=like)
        else:
            text = emit.flow(value, self.manner)
        text = f"{props} {text}" if props else text
        if slot.kind == "bare":
            self.page.replace(slot.after, slot.after, f": {text}")
        elif node.start == node.end:
            self.page.replace(node.start, node.end, f" {text}")
        else:
            self.page.replace(node.start, node.end, text)

    def new(self, slot: Slot, value: Any, props: str, *, literals: bool = True) -> _New:
        """``value`` written for the slot."""
        node = slot.node
        manner = self.manner
        if slot.kind == "map" and node.parent is not None:
            manner = local(manner, node.parent)
        was_block = node.kind in ("map", "seq") and not node.flow
        if isinstance(value, dict | list) and value:
            is_map = isinstance(value, dict)
            if was_block and ((node.kind == "map") == is_map or self._compact(node)):
                column = node.column
            elif slot.kind == "seq":
                column = slot.column + 2
            else:
                column = max(slot.column, 0)
                if slot.kind == "map":
                    column += manner.step if is_map else manner.dash
            literals = literals and self.page.takes_literal(
                self._below(slot), max(slot.column, 0) + 1
            )
            return _New(props, emit.block(value, column, manner, literals=literals))
        lines: list[str] = []
        if isinstance(value, dict | list):
            head = emit.flow(value)
        else:
            found = self._literal(slot, value) if literals and isinstance(value, str) else None
            margin = found and next(
                len(line) - len(line.lstrip(" ")) for line in found.lines if line
            )
            if found and self.page.takes_literal(self._below(slot), margin or 0):
                head, lines = found
            else:
                like = node.style if node.style in ("'", '"') else ""
                if node.style in ("|", ">") and isinstance(value, str) and "\n" in value:
                    like = '"'
                if node.kind == "scalar" and node.implicit and node.start < node.end:
                    manner = manner._replace(quote='"')
                head = emit.scalar(value, like=like, quote=manner.quote)
        return _New(f"{props} {head}" if props else head, lines)

    def _compact(self, node: Node) -> bool:
        """Whether a block collection begins on the line of its dash."""
        return not self.page.first_on_line(properties(self.page.text, node).body)

    def _below(self, slot: Slot) -> int:
        """The line below the last that a block scalar in the slot would have."""
        page, node = self.page, slot.node
        if slot.kind == "root" or node.kind == "scalar" or node.flow or self._compact(node):
            return page.line_end(node.end)
        above = page.line_end(slot.after)
        start = page.attached(properties(page.text, node).body, node.column, above)
        return above if above < start else page.trail(node.end, slot.column)

    def _literal(self, slot: Slot, text: str) -> emit.Block | None:
        node = slot.node
        base = max(slot.column, 0)
        was = node.style if node.kind == "scalar" else ""
        if was in ("|", ">") and node.items == []:
            margin = self._margin(node, base)
            if was == ">":
                found = emit.literal(text, margin, base, folded=True)
                if found:
                    return found
            return emit.literal(text, margin, base)
        if "\n" not in text or was in ("'", '"'):
            return None
        step = 2 if slot.kind != "map" else self.manner.step
        return emit.literal(text, base + step, base)

    def _margin(self, node: Node, base: int) -> int:
        """The column of an existing block scalar's lines."""
        content = self.page.text[self.page.line_end(node.start) : node.end]
        line = next((line for line in BREAK.split(content) if line.strip(" ")), "")
        value = next((line for line in str(node.value).split("\n") if line.strip(" ")), "")
        margin = len(line) - len(line.lstrip(" ")) - (len(value) - len(value.lstrip(" ")))
        return margin if margin > base else base + self.manner.step

    def _put_inline(self, slot: Slot, value: Any, props: str) -> None:
        """Over a scalar on the line, an alias, a flow collection, or nothing."""
        page, node = self.page, slot.node
        start, end = node.start, node.end
        head, lines = self.new(slot, value, props)
        if start == end:
            start = end = max(slot.after, 0) if slot.kind != "root" or slot.after >= 0 else end
        if head:
            page.replace(start, end, f" {head}" if start == end else head)
            page.insert_lines(page.line_end(end), lines, depth(node))
            return
        alone, own = page.last_on_line(end), page.first_on_line(start) and start < end
        if alone and (own or slot.kind == "seq"):
            lines = self.new(slot, value, props, literals=alone).lines
            if own:
                page.replace(page.line_start(start), end, page.joined(lines))
            else:
                page.replace(slot.after, end, " " + page.joined(lines).lstrip(" "))
            return
        if start < end:
            page.replace(page.before_blanks(start) if not own else start, end, "")
        page.insert_lines(page.line_end(end), lines, depth(node))

    def _put_over_literal(self, slot: Slot, value: Any, props: str) -> None:
        page, node = self.page, slot.node
        marks_end = header_end(page.text, properties(page.text, node).body)
        content = page.line_end(marks_end)
        content_end = max(content, page.line_end(node.end))
        head, lines = self.new(slot, value, props)
        start = node.start if head else page.before_blanks(node.start)
        page.replace(start, marks_end, head)
        page.replace(content, content_end, page.joined([*lines, ""]) if lines else "")

    def _put_over_block(self, slot: Slot, value: Any, props: str) -> None:
        page, node = self.page, slot.node
        around = properties(page.text, node)
        head, lines = self.new(slot, value, props)
        if self._compact(node):
            alone = page.last_on_line(node.end)
            if head:
                page.replace(node.start, node.end, head)
                page.insert_lines(page.line_end(node.end), lines, depth(node))
            else:
                lines = self.new(slot, value, props, literals=alone).lines
                page.replace(node.start, node.end, page.joined(lines).lstrip(" "))
            return
        floor = max(slot.after, around.end if around.end > node.start else 0, 0)
        start = page.attached(around.body, node.column, floor)
        if slot.kind == "root":
            start = page.line_start(around.body)
        end = page.trail(node.end, slot.column)
        if around.end > node.start and start >= around.end:
            cut = node.start if head else page.before_blanks(node.start)
            if slot.kind == "root" and slot.after < 0 and not head:
                cut = page.line_start(node.start)
            page.replace(cut, around.end, head)
        elif head and slot.after >= 0:
            page.replace(slot.after, slot.after, f" {head}")
        elif head:
            lines = [head, *lines]
        if head and slot.after >= 0:
            page.insert_lines(page.line_end(slot.after), lines, depth(node))
            lines = []
        page.replace(start, end, page.joined([*lines, ""]) if lines else "")
