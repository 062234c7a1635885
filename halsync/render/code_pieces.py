"""Cutting JSON and JavaScript into strings, comments, regular expressions and code."""

from __future__ import annotations

from halsync.formats.text import Lines
from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.render.edits import Unreadable

ESCAPE = Pattern(
    r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|\r\n|[\s\S])",
)
_JSON_STRING = Pattern(r'"((?:[^"\\\r\n]|\\[\s\S])*)("?)')
_JS_START = Pattern(r"//[^\r\n\u2028\u2029]*|/\*|[/'\"`{}]")
_JS_STRING = {
    "'": Pattern(r"((?:[^'\\\r\n]|\\(?:\r\n|[\s\S]))*)('?)"),
    '"': Pattern(r'((?:[^"\\\r\n]|\\(?:\r\n|[\s\S]))*)("?)'),
}
_JS_TEMPLATE = Pattern(r"((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{|)")
_JS_REGEX = Pattern(r"/(?:[^/\\\[\r\n]|\\[^\r\n]|\[(?:[^\]\\\r\n]|\\[^\r\n])*\])+/[A-Za-z]*")
_VALUE_BEFORE = Pattern(r"(?:[A-Za-z0-9_$)\]'\"`])\Z")
_KEYWORD_BEFORE = Pattern(
    r"(?:^|[^A-Za-z0-9_$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do)\Z"
)


class Piece(NamedTuple):
    """A stretch of a source text.

    ``kind`` is ``code``, ``comment``, ``regex``, or the quotation mark of a string; the piece of
    a string is what stands between the marks, and the marks belong to the code around it. A
    template string gives one piece for each stretch between its ``${…}``.
    """

    kind: str
    start: int
    end: int


def json_pieces(text: str) -> list[Piece]:
    """The strings of a JSON text and what is between them; the rest need not be valid JSON.

    Raises:
        Unreadable: a string does not end on its line.
    """
    pieces: list[Piece] = []
    done = 0
    for match in _JSON_STRING.finditer(text):
        if not match[2]:
            raise _endless("the string", text, match.start())
        pieces += (Piece("code", done, match.start(1)), Piece('"', *match.span(1)))
        done = match.end(1)
    pieces.append(Piece("code", done, len(text)))
    return pieces


def javascript_pieces(text: str) -> list[Piece]:
    """The pieces of a JavaScript text, in order and without gaps.

    Raises:
        Unreadable: a string, a comment or a template does not end.
    """
    pieces: list[Piece] = []
    braces: list[bool] = []
    """For each open brace, whether it belongs to a template's ``${``."""
    done = position = 0

    def add(kind: str, start: int, end: int) -> None:
        nonlocal done
        pieces.extend((Piece("code", done, start), Piece(kind, start, end)))
        done = end

    while match := _JS_START.search(text, position):
        start, mark = match.start(), match[0]
        position = match.end()
        if mark.startswith("//"):
            add("comment", start, position)
        elif mark == "/*":
            end = text.find("*/", position)
            if end < 0:
                raise _endless("the comment", text, start)
            position = end + 2
            add("comment", start, position)
        elif mark == "/":
            regex = None if _is_division(text, done, start) else _JS_REGEX.match(text, start)
            if regex:
                position = regex.end()
                add("regex", start, position)
        elif mark in _JS_STRING:
            string = _JS_STRING[mark].match(text, position)
            if string is None or not string[2]:
                raise _endless("the string", text, start)
            add(mark, *string.span(1))
            position = string.end()
        elif mark == "{":
            braces.append(False)
        elif mark == "`" or (braces and braces.pop()):
            string = _JS_TEMPLATE.match(text, position)
            if string is None or not string[2]:
                raise _endless("the template string", text, start)
            add("`", *string.span(1))
            position = string.end()
            if string[2] == "${":
                braces.append(True)
    pieces.append(Piece("code", done, len(text)))
    return pieces


def _is_division(text: str, code_start: int, slash: int) -> bool:
    """Whether a slash divides: after a value. After an operator or keyword it opens a regular
    expression."""
    before = text[max(code_start, slash - 200) : slash].rstrip()
    return bool(_VALUE_BEFORE.search(before)) and not _KEYWORD_BEFORE.search(before)


def _endless(what: str, text: str, offset: int) -> Unreadable:
    return Unreadable(f"{what} that begins here does not end", *Lines(text).mark(offset))
