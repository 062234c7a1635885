"""How a file is written: its indentation, its lists, its quotes, its line breaks."""

from __future__ import annotations

from collections import Counter

from halsync.formats.edit.nodes import BREAK, Node
from halsync.formats.emit import Manner

_ENOUGH = 2_000
"""Nodes looked at; a file does not change its manner later."""


def manner_of(text: str, root: Node | None) -> Manner:
    """The most common manner of a file; Halyard's own where the file shows none."""
    steps: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    quotes: Counter[str] = Counter()
    keys: Counter[bool] = Counter()
    todo = [root] if root else []
    seen = 0
    while todo and seen < _ENOUGH:
        node = todo.pop()
        seen += 1
        if node.kind == "scalar" and node.style in ("'", '"'):
            quotes[node.style] += 1
        if node.kind == "map":
            keys.update(key.style == '"' for key in node.items[::2])
            for value in node.items[1::2]:
                if value.flow or node.flow or not value.items:
                    continue
                if value.kind == "map":
                    steps[value.column - node.column] += 1
                elif value.kind == "seq":
                    dashes[value.column - node.column] += 1
        todo.extend(reversed(node.items))
    found = BREAK.search(text)
    eol = found[0] if found else "\n"
    return Manner(
        step=max(_common(steps, 2), 1),
        dash=max(_common(dashes, 0), 0),
        quote="'" if quotes["'"] > quotes['"'] else '"',
        eol=eol,
        json=root is not None and root.flow and bool(keys[True]) and not keys[False],
    )


def local(manner: Manner, node: Node) -> Manner:
    """The manner of a block mapping's own children, as far as they show one."""
    step, dash = manner.step, manner.dash
    for value in node.items[1:64:2]:
        if value.flow or not value.items:
            continue
        if value.kind == "map" and value.column > node.column:
            step = value.column - node.column
        elif value.kind == "seq":
            dash = max(value.column - node.column, 0)
    return manner._replace(step=step, dash=dash)


def _common(counts: Counter[int], default: int) -> int:
    return counts.most_common(1)[0][0] if counts else default
