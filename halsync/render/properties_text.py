"""Placeholders in Java property files, by the rules of ``java.util.Properties.load``.

Such files are ISO 8859-1 for Java; everything beyond ASCII is written as ``\\uXXXX``, which every
reader understands whatever encoding it assumes.
"""

from __future__ import annotations

from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.render.edits import Edit, Filled, Mismatch, Refusal, splice
from halsync.render.tokens import Escapes, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from halsync.render.tokens import Found, Tokens

_BREAK = Pattern(r"[\r\n]")
_KEY = Pattern(r"(?:\\(?:\r\n|[\s\S])|[^\\:=\s])*")
_SEPARATOR = Pattern(r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*[:=]?(?:[ \t\f]|\\(?:\r\n|\r|\n))*")
_ESCAPE = Pattern(r"\\(?:u[0-9A-Fa-f]{4}|(?:\r\n|\r|\n)[ \t\f]*|[\s\S])")
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
_SHORT_READ = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
_UNUSUAL = Pattern(r"[\\\x00-\x1f]|[^\x00-\x7e]")
_IN_KEY = Pattern(r"[ :=#!]")


class _Entry(NamedTuple):
    """One key and its value as written, line continuations included."""

    start: int
    key_end: int
    value_start: int
    end: int


def fill(text: str, found: Sequence[Found], tokens: Tokens) -> Filled:
    """Fill in the names that ``found`` lists, which are all in ``text``.

    Raises:
        Mismatch: the result does not read back as intended.
    """
    filled = Filled("", [], [], [], [])
    edits: list[Edit] = []
    wanted: list[tuple[int, str]] = []
    position = 0
    for entry in _entries(text):
        for start, end in ((entry.start, entry.key_end), (entry.value_start, entry.end)):
            while position < len(found) and found[position].start < start:
                filled.commented.append(found[position].name)
                position += 1
            first = position
            while position < len(found) and found[position].start < end:
                position += 1
            here = settle(text, start, end, found[first:position], Escapes(_ESCAPE, _read_escape))
            filled.inside.extend(item for item in here if not item.whole)
            value = _wanted(text, start, end, here, tokens)
            if start == entry.start and not value and end > start:
                message = "it is the whole key here, and the value is empty"
                filled.refusals.append(Refusal(here[0], message, "give it a value"))
                here = [item._replace(whole=False) for item in here]
                value = _wanted(text, start, end, here, tokens)
            made = [_edit(entry, item, tokens) for item in here if item.whole]
            filled.used.extend(item.name for item in here if item.whole)
            edits += made
            wanted.append((start, value))
    filled.commented.extend(item.name for item in found[position:])
    new = splice(text, edits)
    _check(new, wanted)
    return filled._replace(text=new, edits=edits)


def _entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    position = 0
    while position < len(text):
        line_end = _line_end(text, position)
        start = position
        while start < line_end and text[start] in " \t\f":
            start += 1
        if start == line_end or text[start] in "#!\r\n":
            position = _next_line(text, line_end)
            continue
        while _continues(text, start, line_end) and line_end < len(text):
            line_end = _line_end(text, _next_line(text, line_end))
        key = _KEY.match(text, start, line_end)
        key_end = key.end() if key else start
        separator = _SEPARATOR.match(text, key_end, line_end)
        entries.append(_Entry(start, key_end, separator.end() if separator else key_end, line_end))
        position = _next_line(text, line_end)
    return entries


def _line_end(text: str, position: int) -> int:
    found = _BREAK.search(text, position)
    return found.start() if found else len(text)


def _next_line(text: str, line_end: int) -> int:
    return line_end + (2 if text.startswith("\r\n", line_end) else 1)


def _continues(text: str, start: int, line_end: int) -> bool:
    line = text[start:line_end]
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _edit(entry: _Entry, item: Found, tokens: Tokens) -> Edit:
    value = tokens.values[item.name].text
    written = _UNUSUAL.sub(_escaped, value)
    if item.start < entry.key_end:
        written = _IN_KEY.sub(lambda found: "\\" + found[0], written)
    elif value.startswith(" ") or item.start == entry.value_start:
        # Spaces, and one separator, are skipped before a value and on a continued line.
        written = _escaped_start(written)
    return Edit(item.start, item.end, written)


def _escaped_start(written: str) -> str:
    core = written.lstrip(" ")
    return "\\ " * (len(written) - len(core)) + ("\\" if core[:1] in (":", "=") else "") + core


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _wanted(text: str, start: int, end: int, here: Sequence[Found], tokens: Tokens) -> str:
    parts: list[str] = []
    done = start
    for item in here:
        if item.whole:
            parts += (_read(text[done : item.start]), tokens.values[item.name].text)
            done = item.end
    return "".join((*parts, _read(text[done:end])))


def _read(raw: str) -> str:
    if "\\" not in raw:
        return raw
    read = _ESCAPE.sub(lambda found: _read_escape(found[0]), raw)
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_escape(escape: str) -> str:
    kind = escape[1:2]
    if kind == "u" and len(escape) == 6:
        return chr(int(escape[2:], 16))
    return "" if kind in ("\r", "\n") else _SHORT_READ.get(kind, kind)


def _check(new: str, wanted: Sequence[tuple[int, str]]) -> None:
    read = [
        _read(part)
        for entry in _entries(new)
        for part in (new[entry.start : entry.key_end], new[entry.value_start : entry.end])
    ]
    for text, (offset, value) in zip(read, wanted, strict=False):
        if text != value:
            raise Mismatch(offset)
    if len(read) != len(wanted):
        raise Mismatch(wanted[-1][0] if wanted else 0)
