"""Placeholders in JSON and JavaScript: within strings, or bare in the place of a literal.

The text is cut into pieces (strings, comments, regular expressions, and the code between them),
names are filled in by the rules of the piece they stand in, and the new text is cut again: it
must give the same pieces, with the wanted values.
"""

from __future__ import annotations

from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.render.code_pieces import ESCAPE, Piece, javascript_pieces, json_pieces
from halsync.render.edits import Edit, Filled, Mismatch, Refusal, Unreadable, splice
from halsync.render.tokens import Escapes, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from halsync.render.tokens import Found, Tokens, Value

_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_SHORT_READ = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_CONTROL = Pattern("[\\\\\x00-\x1f\x7f\u2028\u2029]")
_IDENTIFIER = Pattern(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_DECLARES = Pattern(r"(?:^|[^A-Za-z0-9_$.])(?:const|let|var|function|class|import)\s+\Z")
_ASSIGNS = Pattern(r"\s*(?:=(?!=)|[-+*/%&|^]=|\+\+|--|\()")
_NEAR = 200
"""Characters around a bare name that are looked at."""
_LITERAL = "write it within quotation marks"


class _Language(NamedTuple):
    pieces: Callable[[str], list[Piece]]
    bare: Callable[[str, Found, Value], str]
    """What a bare name becomes. Raises ValueError with the reason where it cannot stand."""


def fill_json(text: str, found: Sequence[Found], tokens: Tokens) -> Filled:
    """Fill in the names that ``found`` lists, which are all in ``text``.

    Raises:
        Unreadable: a string does not end.
        Mismatch: the result does not read back as intended.
    """
    return _fill(text, found, tokens, _Language(json_pieces, _bare_json))


def fill_javascript(text: str, found: Sequence[Found], tokens: Tokens) -> Filled:
    """Fill in the names that ``found`` lists, which are all in ``text``.

    Raises:
        Unreadable: a string, a comment or a regular expression does not end.
        Mismatch: the result does not read back as intended.
    """
    return _fill(text, found, tokens, _Language(javascript_pieces, _bare_javascript))


def _fill(text: str, found: Sequence[Found], tokens: Tokens, language: _Language) -> Filled:
    filled = Filled("", [], [], [], [])
    edits: list[Edit] = []
    expected: list[tuple[Piece, str | None]] = []
    """Every piece that is not code, with its new value if it changes."""
    position = 0
    for piece in language.pieces(text):
        start = position
        while position < len(found) and found[position].start < piece.end:
            position += 1
        here = found[start:position]
        if piece.kind == "code":
            for item in () if tokens.values_only else here:
                literal = _code(text, item, tokens, language, filled)
                if literal is not None:
                    edits.append(Edit(item.start, item.end, literal))
                    if literal.startswith('"'):
                        wanted = tokens.values[item.name].text
                        expected.append((Piece('"', item.start, item.end), wanted))
            continue
        if piece.kind == "comment":
            filled.commented.extend(item.name for item in here)
        elif piece.kind == "regex":
            _regex(here, filled)
        elif here:
            made, wanted = _string(text, piece, here, tokens, filled)
            edits += made
            expected.append((piece, wanted if made else None))
            continue
        expected.append((piece, None))
    if not edits:
        return filled._replace(text=text)
    new = splice(text, edits)
    _check(text, new, language, expected)
    return filled._replace(text=new, edits=edits)


def _string(
    text: str, piece: Piece, here: Sequence[Found], tokens: Tokens, filled: Filled
) -> tuple[list[Edit], str]:
    """The edits within one string, and the value it is to have."""
    settled = settle(text, piece.start, piece.end, here, Escapes(ESCAPE, _read_escape))
    edits: list[Edit] = []
    parts: list[str] = []
    done = piece.start
    for item in settled:
        if not item.whole:
            filled.inside.append(item)
            continue
        value = tokens.values[item.name].text
        after = text[item.end : item.end + 1]
        edits.append(
            Edit(item.start, item.end, _escape(value, piece.kind, text[item.start - 1], after))
        )
        filled.used.append(item.name)
        parts += (_read(text[done : item.start]), value)
        done = item.end
    return edits, "".join((*parts, _read(text[done : piece.end])))


def _code(
    text: str, item: Found, tokens: Tokens, language: _Language, filled: Filled
) -> str | None:
    if not item.whole or "$" in (text[item.start - 1 : item.start], text[item.end : item.end + 1]):
        filled.inside.append(item)
        return None
    try:
        literal = language.bare(text, item, tokens.values[item.name])
    except ValueError as refused:
        filled.refusals.append(Refusal(item, str(refused), _LITERAL))
        return None
    filled.used.append(item.name)
    return literal


def _regex(here: Sequence[Found], filled: Filled) -> None:
    for item in here:
        if item.whole:
            message = "it stands in a regular expression, where the value would be a pattern"
            filled.refusals.append(Refusal(item, message, "build it from a string: new RegExp(…)"))
        else:
            filled.inside.append(item)


def _bare_json(text: str, item: Found, value: Value) -> str:
    before = text[max(0, item.start - _NEAR) : item.start].rstrip()[-1:]
    after = text[item.end : item.end + _NEAR].lstrip()[:1]
    if before not in ("", ":", "[", ",", "{") or after not in ("", ":", "]", ",", "}"):
        raise ValueError("it stands outside a string, but not in the place of a JSON value")
    key = after == ":"
    return value.text if value.typed and not key else _literal(value.text)


def _bare_javascript(text: str, item: Found, value: Value) -> str:
    before = text[max(0, item.start - _NEAR) : item.start]
    if _DECLARES.search(before) or _ASSIGNS.match(text, item.end):
        raise ValueError("it is the name of a variable or function here")
    if before.rstrip().endswith(".") and not before.rstrip().endswith("..."):
        if _IDENTIFIER.match(value.text):
            return value.text
        raise ValueError("it is the name of a property here, and the value is no such name")
    return value.text if value.typed else _literal(value.text)


def _literal(text: str) -> str:
    return f'"{_escape(text, chr(34), "", "")}"'


def _escape(value: str, quote: str, before: str, after: str) -> str:
    """``value`` as the inside of a string, between the characters ``before`` and ``after``."""
    plain = value.isprintable() and "\\" not in value
    text = (value if plain else _CONTROL.sub(_escaped, value)).replace(quote, "\\" + quote)
    if quote == "`":
        text = text.replace("${", "\\${")
        # No "${" may arise at the seams.
        if before == "$" and (text or after).startswith("{"):
            text = "\\" + text
        if after == "{" and text.endswith("$"):
            text = text[:-1] + "\\$"
    return text


def _escaped(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _read(raw: str) -> str:
    return ESCAPE.sub(lambda found: _read_escape(found[0]), raw) if "\\" in raw else raw


def _read_escape(escape: str) -> str:
    kind, rest = escape[1:2], escape[2:].strip("{}")
    if kind in ("x", "u") and rest:
        code = int(rest, 16)
        return chr(code) if code < 0x110000 else " "
    return "" if kind in ("\n", "\r", "\u2028", "\u2029") else _SHORT_READ.get(kind, kind)


def _check(
    old: str, new: str, language: _Language, expected: Sequence[tuple[Piece, str | None]]
) -> None:
    """Cut the new text into pieces: the same as before, the changed strings as wanted."""
    try:
        pieces = [piece for piece in language.pieces(new) if piece.kind != "code"]
    except Unreadable:
        raise Mismatch(expected[0][0].start if expected else 0) from None
    for piece, (was, wanted) in zip(pieces, expected, strict=False):
        raw = new[piece.start : piece.end]
        same = raw == old[was.start : was.end] if wanted is None else _read(raw) == wanted
        if piece.kind != was.kind or not same:
            raise Mismatch(was.start)
    if len(pieces) != len(expected):
        raise Mismatch(expected[-1][0].start if expected else 0)
