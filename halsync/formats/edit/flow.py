"""Adding and removing entries of flow collections: the text between entries is rewritten."""

from __future__ import annotations

from halsync.formats.edit.nodes import BREAK, Node, properties, skip
from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.formats.edit.page import Page
    from halsync.formats.edit.slots import Entry

_REST = Pattern("[ \t]*(?:(?<=[ \t])#[^\r\n\x85\u2028\u2029]*)?(?:\r\n|[\n\r\x85\u2028\u2029])")


class _Gap(NamedTuple):
    """What stands behind an entry (or the opening bracket), up to the next or the closing one."""

    tail: str
    """Before the comma."""
    comma: bool
    post: str
    """Behind the comma, to the end of the line if nothing else stands on it; else empty."""
    lead: str
    """In front of what follows."""


class _Item(NamedTuple):
    """One entry of the new collection: an old one by its index, or (-1) a new text."""

    old: int
    text: str


def change_flow_members(
    page: Page,
    node: Node,
    found: Sequence[Entry],
    removed: set[int],
    added: Mapping[int, list[str]],
) -> None:
    """Remove and add entries of a flow collection; arguments as for block collections."""
    text = page.text
    body = properties(text, node).body
    close = node.end - 1
    items: list[_Item] = []
    for index in range(len(found) + 1):
        items += [_Item(-1, new) for new in added.get(index, ())]
        if index < len(found) and index not in removed:
            items.append(_Item(index, ""))
    if all(item.old < 0 for item in items):
        pad = " " if text[body + 1 : body + 2] == " " and items else ""
        inner = ", ".join(item.text for item in items)
        page.replace(body, node.end, f"{text[body]}{pad}{inner}{pad}{text[close]}")
        return
    bounds = [*(entry.start for entry in found), close]
    gaps = [_gap(text, entry.end, bounds[spot + 1]) for spot, entry in enumerate(found)]
    opening = _split(text[body + 1 : bounds[0]])
    _write(page, items, found, opening, gaps, body + 1, close)


def _write(  # noqa: PLR0917
    page: Page,
    items: Sequence[_Item],
    found: Sequence[Entry],
    opening: _Gap,
    gaps: Sequence[_Gap],
    at: int,
    close: int,
) -> None:
    """Replace the text between the entries that stay."""
    befores = [opening, *gaps]
    several = bool(gaps[-1].post) and bool(befores[-2].post)
    blanks = BREAK.split(befores[-2].lead)[-1] if several else ""
    done, pending, broken = at, opening.post, bool(opening.post)
    for number, item in enumerate(items):
        last = number == len(items) - 1
        comma = not last or gaps[-1].comma
        if item.old < 0:
            lead = blanks if several and broken else ("" if not number else " ")
            pending += lead + item.text + ("," if comma else "")
            post = page.eol if several else ""
            pending, broken = pending + post, bool(post)
            continue
        before, gap, entry = befores[item.old], gaps[item.old], found[item.old]
        lead = before.lead
        if not number and not broken and not before.post:
            lead = opening.lead if not opening.post else lead
        elif number and not broken and not lead.startswith(" "):
            lead = " " + lead
        page.replace(done, entry.start, pending + lead)
        done = entry.end
        separator = "," if comma else ""
        pending = gap.tail + separator if gap.comma else separator + gap.tail
        pending, broken = pending + gap.post, bool(gap.post)
    page.replace(done, close, pending + gaps[-1].lead)


def _gap(text: str, start: int, end: int) -> _Gap:
    comma = skip(text, start)
    if comma < end and text[comma] == ",":
        return _split(text[comma + 1 : end])._replace(tail=text[start:comma], comma=True)
    return _split(text[start:end])


def _split(rest: str) -> _Gap:
    found = _REST.match(rest)
    end = found.end() if found else 0
    return _Gap("", False, rest[:end], rest[end:])
