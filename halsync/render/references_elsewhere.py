"""Secret references in files that are no YAML: JSON, JavaScript, properties, anything else.

They are found where they would be filled in, by the same code. Only what is well formed counts:
in a program ``encrypted:`` may be anything.
"""

from __future__ import annotations

from halsync.formats.text import Lines
from halsync.model import Problem
from halsync.patterns import Pattern
from halsync.render.edits import Mismatch, Unreadable
from halsync.render.reference_grammar import EITHER, OWN_ENGINES, take_apart
from halsync.render.references import MALFORMED, Found, Reference
from halsync.render.run import decode, filler, filler_kind
from halsync.render.secret_tokens import SecretTokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from halsync.model import File
    from halsync.render.reference_grammar import Family, Kind

_OWN_START = Pattern(rf"(?<![A-Za-z0-9_])halsync(?:File)?\((?={'|'.join(OWN_ENGINES)}:)")


def look(path: str, file: File, found: Found) -> None:
    """Add the references of one file, and what is wrong with some."""
    kind = filler_kind(path)
    try:
        text = decode(file.content, kind).text
    except UnicodeDecodeError:
        return
    matches = [*EITHER.finditer(text)]
    tokens = SecretTokens({match[0]: match[0] for match in matches})
    try:
        edits = filler(kind)(text, tokens.find(text), tokens).edits if matches else ()
    except (Unreadable, Mismatch):
        return
    places = _Places(path, file, Lines(text), found)
    for match in matches:
        if any(edit.start <= match.start() < edit.end for edit in edits):
            places.add(match)
    for start in _OWN_START.finditer(text):
        if not EITHER.match(text, start.start()):
            reason = "it holds a character that may not stand there, or does not end with ')'"
            places.report(start.start(), reason)


class _Places:
    """One file."""

    def __init__(self, path: str, file: File, lines: Lines, found: Found) -> None:
        self._path = path
        self._file = file
        self._lines = lines
        self._found = found

    def add(self, match: re.Match[str]) -> None:
        family: Family = "kubernetes"
        engine, name, key = "kubernetes", match["name"], match["key"]
        if match["engine"]:
            family, engine = "halsync", match["engine"]
            name, key, fault = take_apart(engine, match["body"])
            if fault:
                self.report(match.start(), fault)
                return
        kind: Kind = "file" if match["file"] or match["own_file"] else "string"
        place = (self._path, *self._lines.mark(match.start()), "")
        self._found.references.append(Reference(*place, kind, family, name, key, match[0], engine))

    def report(self, offset: int, reason: str) -> None:
        line, column = self._lines.mark(offset)
        self._found.problems.append(
            Problem(
                MALFORMED.code,
                "render",
                MALFORMED.severity,
                f"secret reference: {reason}",
                MALFORMED.remedy,
                self._path,
                line,
                column,
                excerpt=self._lines.line(line),
                origin=self._file.origin,
            )
        )
