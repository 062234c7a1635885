"""What is wrong with a text that is not YAML, in plain words, and what to do about it.

libyaml (and PyYAML's own parser, whose words differ a little) names the token at which it gave
up. What a person has to change often stands a line above: these functions look there. Messages
name keys and single characters, never values.
"""

from __future__ import annotations

from halsync.formats.events import UNPRINTABLE_PROBLEM
from halsync.patterns import Pattern
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.formats.events import Broken
    from halsync.formats.text import Lines


class Explanation(NamedTuple):
    """A parser's complaint rewritten. ``at`` is where a person has to look."""

    message: str
    hint: str
    at: int


_QUOTE_IT = "put the whole value in quotes"
_KEY = Pattern(
    r"""\s*(?:-[ ]+)*(?P<key>"[^"]*"|'[^']*'|[^\s:#'"\[\]{},&*!|>%@`-][^:#]*?):(?=\s|$)"""
)
_TIGHT_COLON = Pattern(r"\s*(?:- +)*[A-Za-z_][\w.-]*(?P<colon>:)(?=[^\s:/\\])")
_TIGHT_DASH = Pattern(r"\s*(?P<dash>-)(?=[^\s\-0-9.])")
_TIGHT_COMMENT = Pattern(r"\s*(?:- +)*[A-Za-z_][\w.-]*:(?P<hash>#)")
_BLOCK_HEADER = Pattern(r"(?:^|[:\-]\s+)[|>][+-]?[1-9]")


def explain(broken: Broken, lines: Lines) -> Explanation:
    """Rewrite what the parser says; ``lines`` are those of the same text."""
    at = broken.index if broken.index >= 0 else max(broken.context_index, 0)
    for words, rewrite in _REWRITES:
        if words in broken.problem:
            return rewrite(_Fault(broken, lines, at))
    hint = "compare this line and those above it with the structure that is meant"
    return Explanation(f"not YAML: {broken.problem or 'cannot be read'}", hint, at)


class _Fault:
    """Where the parser gave up, with the questions that the rewriters ask."""

    def __init__(self, broken: Broken, lines: Lines, at: int) -> None:
        self.broken = broken
        self.lines = lines
        self.at = at
        self.mark = lines.mark(at)
        self.line = lines.line(self.mark.line)
        self.before = self.line[: self.mark.column - 1]
        self.context_at = max(broken.context_index, 0)
        self.context = lines.mark(self.context_at)

    @property
    def char(self) -> str:
        """The character at which it gave up; empty at the end of the text."""
        return self.lines.text[self.at : self.at + 1]

    @property
    def at_line_start(self) -> bool:
        return not self.before.strip(" -")

    def above(self) -> int:
        """The number of the nearest line above that is neither blank nor a comment, or 0."""
        number = self.mark.line - 1
        while number > 0:
            text = self.lines.line(number).strip()
            if text and not text.startswith("#"):
                return number
            number -= 1
        return 0

    def tight(self, number: int) -> Explanation | None:
        """A missing blank in line ``number``, the usual cause of what follows it."""
        line = self.lines.line(number)
        for pattern, group, message in (
            (_TIGHT_COMMENT, "hash", "a blank is missing before '#'"),
            (_TIGHT_DASH, "dash", "a blank is missing after '-'"),
            (_TIGHT_COLON, "colon", "a blank is missing after ':'"),
        ):
            found = pattern.match(line)
            if found:
                at = self.lines.start(number) + found.start(group)
                return Explanation(message, "insert a blank there", at)
        return None


def _key_in(line: str) -> str:
    found = _KEY.match(line)
    key = found["key"].strip("'\"") if found else ""
    return key if len(key) <= 60 else key[:60] + "…"


def _values(fault: _Fault) -> Explanation:
    """mapping values are not allowed here"""
    key = _key_in(fault.before)
    if key:
        value = fault.before[fault.before.index(":") + 1 :].strip()
        if value[-1:] in "'\"]}" and value[:1] in "'\"[{":
            message = f"the value of '{key}' ends before this ':'"
            return Explanation(
                message, "remove what follows it, or quote the whole value", fault.at
            )
        ends = fault.mark.column == len(fault.line.rstrip())
        message = f"the value of '{key}' {'ends with' if ends else 'contains'} ':'"
        message += " and is not in quotes" if ends else " before a blank and is not in quotes"
        return Explanation(message, _QUOTE_IT, fault.at)
    number = fault.above()
    if number:
        tight = fault.tight(number)
        if tight:
            return tight
        above = _key_in(fault.lines.line(number))
        if above:
            message = (
                f"this line is indented deeper than '{above}' in line {number},"
                " which already has a value"
            )
            hint = f"indent it like line {number}, or remove that value"
            return Explanation(message, hint, fault.at)
        text = fault.lines.line(number)
        at = fault.lines.start(number) + len(text) - len(text.lstrip())
        message = "this line is neither 'key: value' nor a list item"
        return Explanation(message, "add the missing ':', or remove the line", at)
    return Explanation("a ':' stands where no key can be", _QUOTE_IT, fault.at)


def _simple_key(fault: _Fault) -> Explanation:
    """could not find expected ':'"""
    number = fault.context.line
    tight = fault.tight(number)
    if tight:
        return tight
    if fault.lines.text[fault.context_at : fault.context_at + 1] in ("'", '"'):
        message = "this quoted text is not followed by ':'"
        hint = "add ':' behind the closing quote, or close the quote in the same line"
        return Explanation(message, hint, fault.context_at)
    message = "this line is neither 'key: value' nor a list item"
    hint = "add the missing ':', or indent the line if it continues the value above"
    return Explanation(message, hint, fault.context_at)


def _block_mapping(fault: _Fault) -> Explanation:
    """did not find expected key"""
    if not fault.at_line_start:
        return _trailing(fault)
    number = fault.above()
    above = fault.lines.line(number) if number else ""
    if _BLOCK_HEADER.search(above):
        message = f"the digit behind '|' or '>' in line {number} asks for deeper indentation"
        return Explanation(
            message, "remove the digit there, or indent these lines deeper", fault.at
        )
    if above.strip() == "-":
        at = fault.lines.start(number) + len(above) - 1
        return Explanation("a lone '-' stands here", "remove it, or write the item behind it", at)
    return _indentation(fault)


def _trailing(fault: _Fault) -> Explanation:
    """Something stands behind a complete value, in the same line."""
    ends_with = fault.before.rstrip()[-1:]
    opened = fault.lines.mark(max(fault.broken.quote_index, 0))
    if "{{" in fault.before:
        message = "a template expression {{ … }} is not in quotes"
        start = fault.lines.start(fault.mark.line) + fault.before.index("{{")
        return Explanation(message, _QUOTE_IT, start)
    if fault.broken.quote_index >= 0 and opened.line < fault.mark.line:
        quote = fault.lines.text[fault.broken.quote_index]
        message = f"the quote {quote} opened here is closed only in line {fault.mark.line}"
        hint = (
            f"close it where the value ends; a {quote} inside the value must be doubled or escaped"
        )
        return Explanation(message, hint, fault.broken.quote_index)
    if ends_with and ends_with in "'\"]}":
        key = _key_in(fault.before)
        of = f" of '{key}'" if key else ""
        hint = "remove it or begin a new line with it; if it is part of the text, quote it all"
        return Explanation(f"text follows the end of the value{of}", hint, fault.at)
    message = f"unexpected '{fault.char}'" if fault.char else "the text ends too early"
    return Explanation(message, _QUOTE_IT, fault.at)


def _indentation(fault: _Fault) -> Explanation:
    indent = len(fault.before) if not fault.before.strip() else fault.before.index("-")
    begun = f"the block that began in line {fault.context.line}"
    expected = fault.context.column - 1
    if fault.line.lstrip().startswith("- "):
        message = f"a list item stands in {begun}, where a key must stand"
        hint = "indent it like the other items of its list"
    elif indent != expected:
        message = (
            f"this line is indented by {indent} characters, and no block above it is;"
            f" {begun} is indented by {expected}"
        )
        hint = "indent it exactly like the lines it belongs to"
    else:
        message = f"a key must stand here, in {begun}"
        hint = "write 'key: value', or remove the line"
    return Explanation(message, hint, fault.at)


def _block_sequence(fault: _Fault) -> Explanation:
    """did not find expected '-' indicator"""
    message = f"this belongs to the list that began in line {fault.context.line}, but has no '- '"
    hint = "indent it deeper to make it part of the item above, or less to end the list"
    return Explanation(message, hint, fault.at)


def _block_end(fault: _Fault) -> Explanation:
    """expected <block end> (PyYAML's own parser, for mapping and sequence alike)"""
    sequence = "collection" in fault.broken.context
    return _block_sequence(fault) if sequence else _block_mapping(fault)


def _flow(fault: _Fault) -> Explanation:
    """did not find expected ',' or ']' (or '}')"""
    text = fault.lines.text
    opened = text[fault.context_at : fault.context_at + 1]
    if text.startswith("{{", fault.context_at) or text.startswith("{{", fault.context_at - 1):
        message = "a template expression {{ … }} is not in quotes"
        return Explanation(message, _QUOTE_IT, fault.context_at)
    if text.startswith("//", fault.at):
        return Explanation("'//' does not begin a comment in YAML", "use '#'", fault.at)
    if fault.mark.line == fault.context.line:
        message = f"a ',' is missing here, or the '{opened}' before it is not closed"
        hint = "quote the value if it is text that begins with a bracket"
        return Explanation(message, hint, fault.at)
    line = fault.context.line
    message = f"a ',' is missing before this, or the '{opened}' in line {line} is not closed"
    return Explanation(message, f"close it with '{']' if opened == '[' else '}'}'", fault.at)


def _node_content(fault: _Fault) -> Explanation:
    """did not find expected node content"""
    if not fault.char:
        return Explanation("a bracket is never closed", "add the closing bracket", fault.at)
    if fault.char in "]},":
        message = f"a '{fault.char}' stands where a value belongs"
        return Explanation(message, "remove it, or quote the value if it is text", fault.at)
    message = f"a value is missing before '{fault.char}'"
    return Explanation(message, "complete the line, or close the bracket before it", fault.at)


def _end_in_quotes(fault: _Fault) -> Explanation:
    """found unexpected end of stream (or a document marker) in a quoted scalar"""
    at = fault.context_at
    quote = fault.lines.text[at : at + 1]
    message = f"the quote {quote} opened here is never closed"
    return Explanation(message, f"add the closing {quote}", at)


def _token(fault: _Fault) -> Explanation:
    """found character that cannot start any token"""
    char = fault.char
    if char == "\t":
        return _tab(fault)
    if char == "%" and fault.before.endswith("{"):
        message = "a template expression {% … %} is not in quotes"
        return Explanation(message, _QUOTE_IT, fault.at - 1)
    message = f"a value may not begin with '{char}' unless it is in quotes"
    return Explanation(message, _QUOTE_IT, fault.at)


def _tab(fault: _Fault) -> Explanation:
    where = "indentation" if fault.at_line_start and not fault.before.strip() else "separation"
    start = fault.at
    if where == "indentation":
        start = fault.lines.start(fault.mark.line) + max(fault.line.find("\t"), 0)
    return Explanation(f"a tab is used for {where}", "replace it by blanks", start)


def _block_header(fault: _Fault) -> Explanation:
    """did not find expected comment or line break; indentation indicator 0"""
    message = "what follows '|' or '>' in the same line is not allowed there"
    hint = "begin the text in the next line; if '|' or '>' is part of the text, quote it"
    return Explanation(message, hint, fault.at)


def _document_start(fault: _Fault) -> Explanation:
    """did not find expected <document start>"""
    number = fault.above()
    tight = fault.tight(number) if number else None
    if tight:
        return tight
    message = "this does not belong to what stands above, which is complete"
    hint = "make it part of it by indentation or ':', or begin a new document with '---'"
    return Explanation(message, hint, fault.at)


def _not_here(fault: _Fault) -> Explanation:
    """mapping keys / block sequence entries are not allowed in this context"""
    char = fault.char or "?"
    if char == "-":
        message = "a list item cannot begin here"
        hint = "begin the list in the next line; quote the text if it begins with '- '"
    else:
        message = f"'{char} ' cannot begin a value"
        hint = _QUOTE_IT
    return Explanation(message, hint, fault.at)


def _anchor(fault: _Fault) -> Explanation:
    """did not find expected alphabetic or numeric character"""
    at = fault.context_at
    char = fault.lines.text[at : at + 1]
    message = f"'{char}' begins an alias or an anchor, but no name follows it"
    return Explanation(message, "put text that begins with it in quotes", at)


def _escape(fault: _Fault) -> Explanation:
    """found unknown escape character; invalid hexadecimal or Unicode escapes"""
    at = fault.lines.text.rfind("\\", 0, fault.at + 1)
    message = "the backslash in this double-quoted text does not begin a known escape"
    hint = r"write \\ for a backslash, or use single quotes"
    return Explanation(message, hint, max(at, fault.context_at))


def _directive(fault: _Fault) -> Explanation:
    message = "a line that begins with '%' is a YAML directive, and this is not a known one"
    return Explanation(message, "quote it or indent it if it is text, else remove it", fault.at)


def _tag(fault: _Fault) -> Explanation:
    message = "a value that begins with '!' is a YAML tag, and this one cannot be read"
    return Explanation(message, "put the value in quotes", fault.context_at or fault.at)


def _character(fault: _Fault) -> Explanation:
    number = f"U+{ord(fault.char):04X}" if fault.char else "a character"
    message = f"the control character {number} may not stand in a YAML file"
    return Explanation(
        message, "remove it; in double quotes it can be written as an escape", fault.at
    )


_REWRITES: tuple[tuple[str, Callable[[_Fault], Explanation]], ...] = (
    (UNPRINTABLE_PROBLEM, _character),
    ("mapping values are not allowed", _values),
    ("could not find expected ':'", _simple_key),
    ("did not find expected key", _block_mapping),
    ("did not find expected '-' indicator", _block_sequence),
    ("expected <block end>", _block_end),
    ("did not find expected ',' or", _flow),
    ("expected ',' or", _flow),
    ("did not find expected node content", _node_content),
    ("expected the node content", _node_content),
    ("found unexpected end of stream", _end_in_quotes),
    ("found unexpected document", _end_in_quotes),
    ("cannot start any token", _token),
    ("found a tab character", _tab),
    ("comment or line break", _block_header),
    ("comment or a line break", _block_header),
    ("indentation indicator", _block_header),
    ("document start>", _document_start),
    ("are not allowed", _not_here),
    ("alphabetic or numeric character", _anchor),
    ("escape", _escape),
    ("directive", _directive),
    ("tag", _tag),
)
"""Words in the parser's message → what makes sense of them; the first that fits."""
