"""Adding and removing entries of block collections, line by line."""

from __future__ import annotations

from halsync.formats.edit.nodes import Node, header_end, properties
from halsync.formats.edit.slots import depth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from halsync.formats.edit.page import Page
    from halsync.formats.edit.slots import Entry

    New = Callable[[bool], list[str]]
    """Lines of a new entry; the argument says whether literal blocks are allowed."""


def change_members(  # noqa: PLR0917
    page: Page,
    node: Node,
    found: Sequence[Entry],
    removed: set[int],
    added: Mapping[int, list[New]],
    floor: int,
) -> None:
    """Remove and add entries of a block collection of which at least one entry remains or is new.

    Args:
        removed: indexes in ``found``.
        added: new entries, by the index of the old entry before which they go; ``len(found)``
            for those at the end.
        floor: where comments above the first entry begin at the earliest; those above the first
            entry of a document are the file's own.
    """
    level = depth(node)
    if len(removed) == len(found):
        _replace_last(page, found, [new for index in sorted(added) for new in added[index]], level)
        removed = removed - {len(found) - 1}
        added = {}
    above = _kept_above(len(found), removed)
    floors = [floor, *(entry.end for entry in found)]
    cuts = {
        index: (
            page.attached(found[index].start, node.column, floors[index]),
            page.trail(found[index].end, node.column),
        )
        for index in sorted(removed)
    }
    shared = not page.first_on_line(found[0].start)
    first = found[0].start
    if shared and 0 in cuts:
        first = _shared_end(page, cuts)
        cuts[0] = (found[0].start, first)
        cuts = {index: cut for index, cut in cuts.items() if not index or cut[0] >= first}
    _cut(page, found, cuts, above)
    for index in sorted(added):
        kept = above[index]
        if kept >= 0:
            at = page.trail(found[kept].end, node.column)
        elif shared:
            at = first
        else:
            at = page.attached(found[index].start, node.column, floors[index])
        literals = page.takes_literal(at, node.column + 1)
        lines = [line for new in added[index] for line in new(literals)]
        if at == first and shared:
            text = page.joined(lines)[node.column :] + page.eol + " " * node.column
            page.replace(first, first, text)
        else:
            page.insert_lines(at, lines, level)


def _cut(
    page: Page,
    found: Sequence[Entry],
    cuts: Mapping[int, tuple[int, int]],
    above: Sequence[int],
) -> None:
    """Remove entries, and blank lines that would otherwise become part of what is above them."""
    for index, (start, end) in cuts.items():
        page.replace(start, end, "")
        kept = above[index]
        if page.careful or (kept >= 0 and _keeps_blank_lines(page.text, found[kept].slot.node)):
            # Apart from the first cut: something may be inserted between the two.
            page.replace(end, page.past_blank_lines(end), "")


def _replace_last(page: Page, found: Sequence[Entry], new: list[New], level: int) -> None:
    """The new entries in place of the last one, so that the collection never vanishes."""
    last = found[-1]
    below = page.line_end(last.end)
    literals = page.takes_literal(below, 1)
    lines = new[0](literals and page.last_on_line(last.end))
    page.replace(last.start, last.end, page.joined(lines).lstrip(" "))
    others = [line for make in new[1:] for line in make(literals)]
    page.insert_lines(below, others, level)


def _kept_above(count: int, removed: set[int]) -> list[int]:
    """For each index, and one more, the last entry before it that stays; -1 if none does."""
    above = [-1]
    for index in range(count):
        above.append(above[-1] if index in removed else index)
    return above


def _keeps_blank_lines(text: str, node: Node) -> bool:
    """Whether blank lines behind a node would become part of its last scalar (``|+``)."""
    while node.items and not node.flow:
        node = node.items[-1]
    if node.kind != "scalar" or node.style not in ("|", ">"):
        return False
    body = properties(text, node).body
    return "+" in text[body : header_end(text, body)]


def _shared_end(page: Page, cuts: Mapping[int, tuple[int, int]]) -> int:
    """Where the text continues that moves up to the dash when the first entries are removed."""
    starts = {start: end for index, (start, end) in cuts.items() if index}
    at = cuts[0][1]
    while True:
        line = page.past_blank_lines(at)
        if line in starts:
            at = starts[line]
            continue
        while page.text[line] in " \t":
            line += 1
        return line
