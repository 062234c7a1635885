"""Secret references in files that are no YAML: JSON, JavaScript, properties, anything else.

They are found where they would be filled in, by the same code. Only what is well formed counts:
in a program ``encrypted:`` may be anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halsync.formats.text import Lines
from halsync.model import Problem
from halsync.render.edits import Mismatch, Unreadable
from halsync.render.reference_grammar import EITHER, OWN_ENGINES, take_apart
from halsync.render.references import MALFORMED, Found, Reference
from halsync.render.run import decode, filler
from halsync.render.secret_tokens import SecretTokens

if TYPE_CHECKING:
    from halsync.model import File

_OWN_START = re.compile(rf"(?<![A-Za-z0-9_-])halsync(?:File)?\((?={'|'.join(OWN_ENGINES)}:)")


def look(path: str, file: File, found: Found) -> None:
    """Add the references of one file, and what is wrong with some."""
    from halsync.formats.kinds import kind_of

    kind = kind_of(path)
    try:
        text = decode(file.content, kind).text
    except UnicodeDecodeError:
        return
    matches = [*EITHER.finditer(text)]
    tokens = SecretTokens({match[0]: match[0] for match in matches})
    lines = Lines(text)
    try:
        edits = filler(kind)(text, tokens.find(text), tokens).edits if matches else ()
    except (Unreadable, Mismatch):
        return
    places = {edit.start for edit in edits}
    for match in matches:
        if match.start() in places or any(e.start <= match.start() < e.end for e in edits):
            _add(path, file, found, match, lines)
    for start in _OWN_START.finditer(text):
        if not EITHER.match(text, start.start()):
            reason = "it holds a character that may not stand there, or does not end with ')'"
            _report(path, file, found, start.start(), lines, reason)


def _add(path: str, file: File, found: Found, match: re.Match[str], lines: Lines) -> None:
    line, column = lines.mark(match.start())
    kind = "file" if match["file"] or match["own_file"] else "string"
    if match["engine"]:
        name, key, fault = take_apart(match["engine"], match["body"])
        if fault:
            _report(path, file, found, match.start(), lines, fault)
            return
        family, engine = "halsync", match["engine"]
    else:
        family, engine, name, key = "kubernetes", "kubernetes", match["name"], match["key"]
    found.references.append(
        Reference(path, line, column, "", kind, family, name, key, match[0], engine)  # type: ignore[arg-type]
    )


def _report(
    path: str, file: File, found: Found, offset: int, lines: Lines, reason: str
) -> None:
    line, column = lines.mark(offset)
    found.problems.append(
        Problem(
            MALFORMED.code,
            "render",
            MALFORMED.severity,
            f"secret reference: {reason}",
            MALFORMED.remedy,
            path,
            line,
            column,
            excerpt=lines.line(line),
            origin=file.origin,
        )
    )
