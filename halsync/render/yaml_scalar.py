"""Writing a changed value into a YAML scalar so that it reads back as exactly that value.

The scalar keeps its style, its line breaks and everything around the replaced names. Only where
the style cannot hold the value does a plain scalar become a quoted one, and a single-quoted one
a double-quoted one. Rules: YAML 1.1, as SnakeYAML 1.31 and libyaml read it.
"""

from __future__ import annotations

from halsync.formats.events import UNPRINTABLE
from halsync.formats.resolve import NUMERIC_START, WORDS, is_timestamp, number
from halsync.patterns import Pattern
from halsync.render.tokens import Escapes
from halsync.render.yaml_alone import reads_back
from halsync.render.yaml_block import block_unfit, write_block
from halsync.render.yaml_place import BLOCKS, Place, Unfit, spans_lines, unwritable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

    from halsync.render.tokens import Found, Value

KEY_LENGTH = 1024
"""An implicit key longer than that is not read as a key (YAML 1.1, 7.4.2; SnakeYAML, libyaml)."""

_ESCAPE = Pattern(
    r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r\n|[\s\S])",
)
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = Pattern(f'[\\\\"\t\n\r\x85\u2028\u2029\ufeff]|{UNPRINTABLE.pattern}')
_INDICATORS = frozenset("[]{},#&*!|>'\"%@`")


def rewrite(
    place: Place, hits: Sequence[Found], wanted: str, values: Mapping[str, Value], quote: str
) -> str:
    """The new source of the scalar.

    Args:
        hits: the names to replace, offsets counted in ``place.raw``.
        wanted: the value with the names replaced.
        quote: the file's usual quotation mark, for plain scalars that need one.

    Raises:
        Unfit: no way of writing it at this place reads back as ``wanted``.
    """
    several = spans_lines(place.raw)
    if place.style in BLOCKS:
        source = write_block(place, hits, values)
        if not reads_back(place, source, wanted):
            raise block_unfit(place, [values[hit.name].text for hit in hits], wanted)
        return source
    for write in _writers(place, hits, wanted, values, quote):
        source = write(place, hits, values)
        if several and not reads_back(place, source, wanted):
            continue
        if place.key and len(source) >= KEY_LENGTH:
            raise Unfit(
                f"the key would be {len(source)} characters long, and YAML allows {KEY_LENGTH - 1}",
                "shorten the value",
            )
        return source
    raise Unfit(
        "the scalar goes over several lines, and the value would change how they are joined",
        "write the scalar on one line, or as a literal block (|)",
    )


def plain_fits(text: str, place: Place) -> bool:
    """Whether ``text``, unquoted, is read as the same text (whatever its type) at this place."""
    if not text or text[0] == " " or text[-1] == " " or unwritable(text):
        return False
    first, second = text[0], text[1:2]
    if first in _INDICATORS or text[-1] == ":" or ": " in text or " #" in text:
        return False
    if first in "-?:" and (second in ("", " ") or (place.flow and first != "-")):
        return False
    if place.margin and text[:3] in ("---", "..."):
        return False
    return not (place.flow and _FLOW.search(text))


def _is_string(text: str) -> bool:
    """Whether an unquoted ``text`` means itself and not a number, a boolean, a date, null, or
    one of the two special keys of YAML 1.1."""
    if text in WORDS or text == "=":
        return False
    if text[0] not in NUMERIC_START:
        return True
    try:
        return isinstance(number(text), str) and not is_timestamp(text)
    except ValueError:
        return False


_FLOW = Pattern(r"[,\[\]{}?]|:[,\[\]{}]|^-[,\[\]{}]")


def _writers(
    place: Place,
    hits: Sequence[Found],
    wanted: str,
    values: Mapping[str, Value],
    quote: str,
) -> list[Callable[[Place, Sequence[Found], Mapping[str, Value]], str]]:
    """The ways of writing that may do, the least change first."""
    several = spans_lines(place.raw)
    texts = [values[hit.name].text for hit in hits]
    if place.style == '"':
        return [_double]
    if place.style == "'":
        unfit = any(unwritable(text) for text in texts)
        return [_double] if unfit else [_single, _double]
    whole = place.raw == hits[0].name
    # A key is a name: it stays text, whatever it looks like.
    typed = whole and values[hits[0].name].typed and not place.key
    line = wanted.replace("\n", " ") if several else wanted
    if plain_fits(line, place) and (typed or place.tagged or _is_string(wanted)):
        return [_plain, _single, _double] if several else [_plain]
    if any(unwritable(text) for text in texts):
        return [_double]
    easy = {"'": "'" not in wanted, '"': '"' not in wanted and "\\" not in wanted}
    first = quote if easy[quote] or not any(easy.values()) else ("'" if easy["'"] else '"')
    return [_single, _double] if first == "'" else [_double, _single]


def _spliced(
    raw: str,
    hits: Sequence[Found],
    write: Callable[[str], str],
    old: Callable[[str], str],
    values: Mapping[str, Value],
) -> str:
    parts: list[str] = []
    done = 0
    for hit in hits:
        parts += (old(raw[done : hit.start]), write(values[hit.name].text))
        done = hit.end
    return "".join((*parts, old(raw[done:])))


def _same(text: str) -> str:
    return text


def _plain(place: Place, hits: Sequence[Found], values: Mapping[str, Value]) -> str:
    return _spliced(place.raw, hits, _same, _same, values)


def _single(place: Place, hits: Sequence[Found], values: Mapping[str, Value]) -> str:
    if place.style == "'":
        return _spliced(place.raw, hits, _doubled, _same, values)
    return f"'{_spliced(place.raw, hits, _doubled, _doubled, values)}'"


def _doubled(text: str) -> str:
    return text.replace("'", "''")


def _double(place: Place, hits: Sequence[Found], values: Mapping[str, Value]) -> str:
    several = spans_lines(place.raw)
    write = _escape_edges if several else _escape
    if place.style == '"':
        return _spliced(place.raw, hits, write, _same, values)
    if place.style == "'":
        inner = [hit._replace(start=hit.start - 1, end=hit.end - 1) for hit in hits]
        return f'"{_spliced(place.raw[1:-1], inner, write, _from_single, values)}"'
    return f'"{_spliced(place.raw, hits, write, _from_plain, values)}"'


def _from_plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _from_single(text: str) -> str:
    return _from_plain(text.replace("''", "'"))


def _escape(text: str) -> str:
    if text.isprintable() and "\\" not in text and '"' not in text:
        return text
    return _TO_ESCAPE.sub(_escaped, text)


def _escape_edges(text: str) -> str:
    """Spaces at either end may meet a line break of the scalar, which would swallow them."""
    core = text.strip(" ")
    if not core:
        return "\\x20" * len(text)
    start = text.index(core)
    return "\\x20" * start + _escape(core) + "\\x20" * (len(text) - start - len(core))


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in _ESCAPED:
        return _ESCAPED[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescape(escape: str) -> str:
    """What an escape sequence of a double-quoted scalar stands for, as far as it matters to the
    question whether a letter, a digit or ``_`` stands there."""
    kind = escape[1:2]
    if kind in ("x", "u", "U"):
        code = int(escape[2:], 16)
        return chr(code) if code < 0x110000 else " "
    return " "


ESCAPES = Escapes(_ESCAPE, _unescape)
"""Those of double-quoted scalars."""
