"""From a tree of nodes and the value that it should have to the edits that bring it about."""

from __future__ import annotations

from bisect import bisect_right

from halsync.formats import emit
from halsync.formats.align import align, same
from halsync.formats.edit.flow import change_flow_members
from halsync.formats.edit.manner import local
from halsync.formats.edit.members import change_members
from halsync.formats.edit.nodes import Node, header_end, key_of, properties, value_of
from halsync.formats.edit.slots import Filler, Slot, entries, slot_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from halsync.formats.edit.nodes import Tree
    from halsync.formats.edit.page import Page
    from halsync.formats.edit.slots import Entry
    from halsync.formats.emit import Manner


class Reconciler:
    """Makes one document say another value. Use once."""

    def __init__(self, page: Page, tree: Tree, manner: Manner) -> None:
        self._page = page
        self._tree = tree
        self._manner = manner
        self._users: dict[int, list[Node]] = {}
        for user in tree.aliases:
            self._users.setdefault(id(user.value), []).append(user)
        self._filler = Filler(page, manner, frozenset(self._users))
        self._gone: list[tuple[int, int]] = []
        self._changed: set[int] = set()

    def run(self, old: Any, new: Any) -> None:
        """Collect all edits in the page."""
        root = self._tree.root
        self._visit(Slot(root, "root", self._tree.after, -1), old, new)
        self._keep_anchors()

    def _visit(self, slot: Slot, old: Any, new: Any) -> None:
        if same(old, new):
            return
        node = slot.node
        self._changed.add(id(node))
        if not node.opaque and node.kind in ("map", "seq") and (node.items or node.flow):
            if isinstance(old, dict) and isinstance(new, dict) and new:
                if not node.pair or old.keys() <= new.keys():
                    self._map(slot, old, new)
                    return
            elif isinstance(old, list) and isinstance(new, list) and new:
                self._seq(slot, old, new)
                return
        self._put(slot, new)

    def _put(self, slot: Slot, value: Any, props: str = "") -> None:
        node = slot.node
        if node.start < node.end:
            self._gone.append((node.start, node.end))
        self._filler.put(slot, value, props)

    def _map(self, slot: Slot, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        node = slot.node
        found = entries(self._page.text, node)
        explicit: dict[str, int] = {}
        merges: list[int] = []
        removed: set[int] = set()
        for index, entry in enumerate(found):
            name = key_of(entry.key) if entry.key else None
            if name is None:
                merges.append(index)
            else:
                if name not in new:
                    removed.add(index)
                explicit[name] = index
        if any(name not in explicit and name not in new for name in old) or any(
            name not in new and name in explicit and self._merged(found, merges, name)
            for name in old
        ):
            # What '<<' brings cannot be taken away from it: its keys are written out instead.
            removed.update(merges)
            inherited = False
        else:
            inherited = True
        fresh: dict[str, Any] = {}
        for name, value in new.items():
            if name in explicit:
                self._visit(found[explicit[name]].slot, old[name], value)
            elif not (inherited and name in old and same(old[name], value)):
                fresh[name] = value
        self._members(slot, found, removed, {len(found): list(fresh.items())})

    def _merged(self, found: Sequence[Entry], merges: Sequence[int], name: str) -> bool:
        """Whether a merge would bring this key if the mapping did not have it."""
        for index in merges:
            source = value_of(found[index].slot.node)
            if any(name in part for part in (source if isinstance(source, list) else [source])):
                return True
        return False

    def _seq(self, slot: Slot, old: Sequence[Any], new: list[Any]) -> None:
        found = entries(self._page.text, slot.node)
        added: dict[int, list[tuple[str | None, Any]]] = {}
        waiting: list[tuple[str | None, Any]] = []
        kept: set[int] = set()
        for value, origin in zip(new, align(list(old), new), strict=True):
            if origin is None:
                waiting.append((None, value))
                continue
            kept.add(origin)
            if waiting:
                added[origin], waiting = waiting, []
            self._visit(found[origin].slot, old[origin], value)
        if waiting:
            added[len(found)] = waiting
        self._members(slot, found, set(range(len(found))) - kept, added)

    def _members(
        self,
        slot: Slot,
        found: Sequence[Entry],
        removed: set[int],
        added: Mapping[int, list[tuple[str | None, Any]]],
    ) -> None:
        added = {index: new for index, new in added.items() if new}
        if not removed and not added:
            return
        node, page = slot.node, self._page
        self._gone += [(found[index].start, found[index].end) for index in removed]
        if (
            not found
            and slot.kind not in ("flow", "bare")
            and "#" not in page.text[node.start : node.end]
        ):
            pairs = added[0]
            keyed = {name: value for name, value in pairs if name is not None}
            self._put(slot, keyed or [value for _, value in pairs])
        elif node.pair:
            more = "".join(f", {self._flow(pair)}" for pair in added[len(found)])
            page.replace(node.start, node.start, "{")
            page.replace(node.end, node.end, more + "}")
        elif node.flow:
            texts = {index: [self._flow(pair) for pair in new] for index, new in added.items()}
            change_flow_members(page, node, found, removed, texts)
        else:
            manner = local(self._manner, node) if node.kind == "map" else self._manner
            lines = {
                index: [_block(pair, node.column, manner) for pair in new]
                for index, new in added.items()
            }
            floor = slot.after if node.parent is not None else found[0].start
            change_members(page, node, found, removed, lines, floor)

    def _flow(self, pair: tuple[str | None, Any]) -> str:
        name, value = pair
        text = emit.flow(value, self._manner)
        if name is None:
            return text
        like = '"' if self._manner.json else ""
        return f"{emit.key(name, flow=True, like=like, quote=self._manner.quote)}: {text}"

    def _keep_anchors(self) -> None:
        """Give the other users of every changed or removed anchor what it stood for."""
        users = self._users
        if not users:
            return
        self._gone.sort()
        spans = _merge(self._gone)
        for node in self._tree.anchored:
            gone = _inside(spans, node.start, node.end)
            if id(node) not in users or not (gone or id(node) in self._changed):
                continue
            left = [user for user in users[id(node)] if not _inside(spans, user.start, user.end)]
            if left:
                self._define(left[0], node)
                if not gone:
                    self._undefine(node)

    def _define(self, user: Node, node: Node) -> None:
        """Turn an alias into the definition."""
        slot = slot_of(self._page.text, user, self._tree)
        if slot is not None:
            self._filler.put(slot, value_of(node), f"&{node.anchor}")
            return
        value = value_of(node)
        self._page.replace(user.start, user.end, f"&{node.anchor} {emit.flow(value)}")

    def _undefine(self, node: Node) -> None:
        page = self._page
        found = properties(page.text, node).anchor
        if found is None:
            return
        start, end = found
        while page.text[end] in " \t":
            end += 1
        if page.last_on_line(found[1]) or page.text[end] == "#":
            start, end = page.before_blanks(start), found[1]
        page.replace(start, end, "")


def end_without_break(page: Page, tree: Tree) -> None:
    """A block scalar that ends the file without a line break gets one when something follows;
    its header then says that this break is not part of it."""
    node = tree.root
    while node.items and not node.flow:
        node = node.items[-1]
    if node.kind != "scalar" or node.style not in ("|", ">") or str(node.value).endswith("\n"):
        return
    body = properties(page.text, node).body
    end = header_end(page.text, body)
    header = page.text[body:end]
    edits = page.edits()
    replaced = any(edit.start <= body < edit.end for edit in edits)
    followed = any(edit.start > node.end for edit in edits)
    if node.value and "-" not in header and followed and not replaced:
        page.replace(body, end, header.replace("+", "") + "-")


def _block(
    pair: tuple[str | None, Any], column: int, manner: Manner
) -> Callable[[bool], list[str]]:
    name, value = pair
    if name is None:
        return lambda literals: emit.item(value, column, manner, literals=literals)
    return lambda literals: emit.entry(name, value, column, manner, literals=literals)


def _merge(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_right(spans, (start, float("inf"))) - 1
    return index >= 0 and spans[index][0] <= start and end <= spans[index][1]
