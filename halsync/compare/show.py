"""A comparison as text for people and as data for programs."""

from __future__ import annotations

from halsync.compare.mask import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from halsync.compare.records import FileChange, ValueChange

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "mode": "~", "order": "~"}
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m", "@": "\x1b[36m"}
_PLAIN = "\x1b[0m"
_SHOWN = 100
"""Values of one file that are listed; the rest is counted."""


def text(changes: Sequence[FileChange], *, colour: bool = False) -> str:
    """All changes, one file after the other, then the summary; ends with a line break.

    ``+`` added (green), ``-`` removed (red), ``~`` changed (yellow).
    """
    lines: list[str] = []
    for change in changes:
        lines.append(_paint(f"{_SIGNS[change.kind]} {_headline(change)}", colour))
        shown = [*map(_value, change.values[:_SHOWN])]
        lines += [f"    {_paint(line, colour)}" for line in (*shown, *change.lines)]
        if len(change.values) > _SHOWN:
            lines.append(f"    … and {_plural(len(change.values) - _SHOWN, 'more value')}")
    lines.append(summary(changes))
    return "\n".join(lines) + "\n"


def summary(changes: Sequence[FileChange]) -> str:
    """One line: ``3 files differ: 1 added, 2 changed (4 values)``."""
    if not changes:
        return "no differences"
    kinds = [change.kind for change in changes]
    parts = [
        f"{kinds.count(kind)} {word}"
        for kind, word in (
            ("added", "added"),
            ("removed", "removed"),
            ("changed", "changed"),
            ("mode", "with another mode"),
        )
        if kind in kinds
    ]
    values = sum(len(change.values) for change in changes)
    count = f" ({_plural(values, 'value')})" if values else ""
    verb = "differs" if len(changes) == 1 else "differ"
    return f"{_plural(len(changes), 'file')} {verb}: {', '.join(parts)}{count}"


def as_json(changes: Sequence[FileChange]) -> list[dict[str, Any]]:
    """Plain data, masked like the text; fields that say nothing are left out."""
    return [
        {
            "path": change.path,
            "change": change.kind,
            **({} if change.executable is None else {"executable": change.executable}),
            "size": {"old": change.old_size, "new": change.new_size},
            **(
                {"values": [_value_json(value) for value in change.values]} if change.values else {}
            ),
            **({"lines": list(change.lines)} if change.lines else {}),
            **(
                {"linesAdded": change.added_lines, "linesRemoved": change.removed_lines}
                if change.added_lines or change.removed_lines
                else {}
            ),
            **({"note": change.note} if change.note else {}),
        }
        for change in changes
    ]


def _headline(change: FileChange) -> str:
    facts: list[str] = []
    if change.note:
        facts.append(change.note)
    if change.note == "binary":
        facts.append(_sizes(change))
    elif change.added_lines or change.removed_lines:
        facts.append(_line_counts(change))
    if change.executable is not None:
        facts.append("now executable" if change.executable else "no longer executable")
    return printable(change.path) + (f" ({', '.join(facts)})" if facts else "")


def _sizes(change: FileChange) -> str:
    if change.kind == "added":
        return f"{change.new_size} bytes"
    if change.kind == "removed":
        return f"{change.old_size} bytes"
    return f"{change.old_size} → {change.new_size} bytes"


def _line_counts(change: FileChange) -> str:
    if change.kind in ("added", "removed"):
        return _plural(change.added_lines + change.removed_lines, "line")
    return f"+{change.added_lines} -{change.removed_lines} lines"


def _value(change: ValueChange) -> str:
    sign = _SIGNS[change.kind]
    if change.kind == "order":
        return f"{sign} {change.path}: order {change.old} → {change.new}"
    if change.kind == "changed":
        return f"{sign} {change.path}: {change.old} → {change.new}"
    return f"{sign} {change.path}: {change.new or change.old}"


def _value_json(change: ValueChange) -> dict[str, str]:
    found = {"change": change.kind, "path": change.path}
    if change.kind != "added":
        found["old"] = change.old
    if change.kind != "removed":
        found["new"] = change.new
    return found


def _paint(line: str, colour: bool) -> str:
    code = _COLOURS.get(line[:1])
    return f"{code}{line}{_PLAIN}" if colour and code else line


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
