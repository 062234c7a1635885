"""One run through the files of a tree: who fills which file in, and what is reported."""

from __future__ import annotations

from importlib import import_module

from halsync.errors import RenderError
from halsync.model import Problem
from halsync.records import NamedTuple
from halsync.render import codes
from halsync.render.tokens import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.formats.text import Lines
    from halsync.model import File, Tree
    from halsync.render.codes import Code
    from halsync.render.edits import Edit, Filled
    from halsync.render.placeholders import Placeholder
    from halsync.render.tokens import Found

_FILLERS = {
    "yaml": ("halsync.render.yaml_text", "fill"),
    "json": ("halsync.render.code_text", "fill_json"),
    "javascript": ("halsync.render.code_text", "fill_javascript"),
    "properties": ("halsync.render.properties_text", "fill"),
    "text": ("halsync.render.plain_text", "fill"),
}
"""Kind of file → module and function ``fill(text, found, tokens)``; loaded when needed."""

_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF8_BOM = b"\xef\xbb\xbf"


class Text(NamedTuple):
    """A file's content as text, and the way back."""

    bom: bytes
    text: str
    encoding: str

    def encode(self, text: str) -> bytes:
        return self.bom + text.encode(self.encoding, "surrogateescape")


class Run:
    """What one rendering gathers while it goes through the files."""

    def __init__(self, placeholders: Sequence[Placeholder]) -> None:
        self.tokens = Tokens(placeholders)
        """Those of the file at hand."""
        self.edits: dict[str, Sequence[Edit]] = {}
        """What was replaced in each changed file; offsets without byte order mark."""
        self._placeholders = placeholders
        self._scoped = any(item.files for item in placeholders)
        self._scopes: dict[tuple[bool, ...], Tokens] = {}
        self.used: list[str] = []
        """The names filled in, once for each time."""
        self.problems: list[Problem] = []
        self._elsewhere: dict[str, str] = {}
        """Names that were met where they are not filled in → where that was; empty where a problem
    already says so."""

    def file(self, path: str, file: File) -> File:
        """The file with its placeholders filled in, or the file itself."""
        if self._scoped:
            self.tokens = self._within(path)
            if not self.tokens.values:
                return file
        utf16 = _UTF16.get(file.content[:2])
        if not utf16 and not self.tokens.occur(file.content):
            return file
        kind = filler_kind(path)
        if kind == "text" and not utf16 and b"\0" in file.content:
            return file  # binary: what looks like a name is chance
        try:
            source = decode(file.content, kind)
        except UnicodeDecodeError as error:
            from halsync.formats.text import Lines

            readable = error.object.decode(error.encoding, "replace")
            at = Lines(readable).mark(readable.find("\ufffd"))
            self._unreadable(path, file, f"not {error.encoding.upper()} text", at, readable)
            return file
        found = self.tokens.find(source.text)
        if not found:
            return file
        return self._fill(path, file, source, found, kind)

    def _within(self, path: str) -> Tokens:
        """The names that are filled into this file."""
        from halsync.formats.globs import among

        fits = tuple(among(item.files, path) for item in self._placeholders)
        if fits not in self._scopes:
            chosen = [item for item, fit in zip(self._placeholders, fits, strict=True) if fit]
            self._scopes[fits] = Tokens(chosen)
        return self._scopes[fits]

    def _fill(self, path: str, file: File, source: Text, found: Sequence[Found], kind: str) -> File:
        from halsync.formats.text import Lines
        from halsync.render.edits import Mismatch, Unreadable

        lines = Lines(source.text)
        try:
            filled = filler(kind)(source.text, found, self.tokens)
        except Unreadable as unreadable:
            at = (unreadable.line, unreadable.column)
            self._unreadable(path, file, unreadable.message, at, source.text)
            return file
        except Mismatch as mismatch:
            line, column = lines.mark(mismatch.offset)
            raise RenderError(
                "the file would not read back as intended after its placeholders were filled in",
                where=f"{path}:{line}:{column}",
                hint="this is a bug in halsync, please report it; until it is repaired,"
                " write the place in another way, for instance within quotation marks",
            ) from None
        self.used += filled.used
        self.edits[path] = filled.edits
        for refusal in filled.refusals:
            self._elsewhere.setdefault(refusal.found.name, "")
            message = f"placeholder {refusal.found.name} cannot be filled in: {refusal.message}"
            self._report(
                codes.UNFIT, path, file, message, hint=refusal.hint, at=(lines, refusal.found.start)
            )
        self._inside(path, file, filled, lines)
        for name in filled.commented:
            self._elsewhere.setdefault(name, f"only in a comment or an anchor ({path})")
        if not filled.used:
            return file
        secret = file.secret or any(self.tokens.values[name].secret for name in set(filled.used))
        return file._replace(content=source.encode(filled.text), secret=secret)

    def _inside(self, path: str, file: File, filled: Filled, lines: Lines) -> None:
        """Report each longer word once per file."""
        times: dict[str, int] = {}
        first: dict[str, Found] = {}
        for item in filled.inside:
            word = _word(lines.text, item)
            times[word] = times.get(word, 0) + 1
            first.setdefault(word, item)
            self._elsewhere.setdefault(item.name, f"only within longer words ({word})")
        for word, item in first.items():
            more = f" ({times[word]} times in this file)" if times[word] > 1 else ""
            message = f"placeholder {item.name} is a part of {word} and was not filled in{more}"
            self._report(codes.INSIDE_WORD, path, file, message, hint="", at=(lines, item.start))

    def report_unused(self, placeholders: Sequence[Placeholder], tree: Tree) -> None:
        """One problem for each placeholder that was filled in nowhere."""
        used = set(self.used)
        for item in placeholders:
            where = self._elsewhere.get(item.name, "in no file")
            if item.name in used or item.optional or not where:
                continue
            code = codes.UNUSED
            declared = f", declared at {item.declared_at}," if item.declared_at else ""
            similar = _similar(item.name, tree) if where == "in no file" else ""
            hint = f"is {similar} meant? Otherwise {code.remedy}" if similar else code.remedy
            message = f"placeholder {item.name}{declared} occurs {where}"
            self.problems.append(Problem(code.code, "render", code.severity, message, hint))

    def _unreadable(
        self, path: str, file: File, reason: str, at: tuple[int, int], text: str
    ) -> None:
        from halsync.formats.text import Lines

        self._elsewhere.update((name, "") for name in self.tokens.values if name in text)
        code = codes.UNREADABLE
        message = f"its placeholders were not filled in, because it cannot be parsed: {reason}"
        excerpt = Lines(text).line(at[0])
        self.problems.append(
            Problem(
                code.code,
                "render",
                code.severity,
                message,
                code.remedy,
                path,
                *at,
                excerpt=excerpt,
                origin=file.origin,
            )
        )

    def _report(
        self, code: Code, path: str, file: File, message: str, *, hint: str, at: tuple[Lines, int]
    ) -> None:
        lines, offset = at
        line, column = lines.mark(offset)
        self.problems.append(
            Problem(
                code.code,
                "render",
                code.severity,
                message,
                hint or code.remedy,
                path,
                line,
                column,
                excerpt=lines.line(line),
                origin=file.origin,
            )
        )


def filler_kind(path: str) -> str:
    """The kind of a file as far as filling it in is concerned."""
    from halsync.formats.kinds import kind_of

    kind = str(kind_of(path))
    return kind if kind in _FILLERS else "text"


def filler(kind: str) -> Callable[[str, Sequence[Found], Tokens], Filled]:
    """What fills names into a text of this kind: ``fill(text, found, tokens)``."""
    module, name = _FILLERS[kind]
    fill: Callable[[str, Sequence[Found], Tokens], Filled] = getattr(import_module(module), name)
    return fill


def decode(content: bytes, kind: str) -> Text:
    """A file's content as text.

    Raises:
        UnicodeDecodeError: the format demands UTF-8 and the content is something else.
    """
    utf16 = _UTF16.get(content[:2])
    if utf16:
        return Text(content[:2], content[2:].decode(utf16), utf16)
    bom = _UTF8_BOM if content.startswith(_UTF8_BOM) else b""
    body = content[len(bom) :]
    if kind == "properties":
        return Text(bom, body.decode("latin-1"), "latin-1")
    # In files of no known format bytes that are not UTF-8 are carried through as they are.
    errors = "surrogateescape" if kind == "text" else "strict"
    return Text(bom, body.decode("utf-8", errors), "utf-8")


def _word(text: str, item: Found) -> str:
    """The longer word around a name."""
    start, end = item.start, item.end
    while start and _is_word(text[start - 1]):
        start -= 1
    while end < len(text) and _is_word(text[end]):
        end += 1
    word = text[start:end]
    return word if len(word) <= 60 else f"{word[:60]}…"


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


def _similar(name: str, tree: Tree) -> str:
    """The most similar word of capitals in the tree's files."""
    import re

    from halsync.paths import nearest

    word = re.compile(rb"(?<![A-Za-z0-9_$])[A-Z][A-Z0-9_]{2,63}(?![A-Za-z0-9_])")
    words = {found for file in tree.files.values() for found in word.findall(file.content)}
    close = sorted(item.decode() for item in words if abs(len(item) - len(name)) <= len(name) // 2)
    return nearest(name, close)
