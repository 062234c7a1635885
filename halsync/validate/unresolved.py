"""Declared placeholders that are still there after rendering."""

from __future__ import annotations

import re

from halsync.formats.text import BadEncoding, Lines, decode
from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.formats.kinds import FileKind
    from halsync.model import Problem
    from halsync.validate.documents import Documents

SCRIPT = Pattern(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+'|`(?:\\.|[^`\\])*+`""",
    re.DOTALL,
)
"""What a look for words in JavaScript steps over: comments and strings."""
_PROPERTIES_COMMENT = Pattern(r"^[ \t\f]*[#!][^\n]*", re.MULTILINE)


def check_placeholders(documents: Documents, names: frozenset[str]) -> Iterator[Problem]:
    """Each place where a name stands as a word of its own, outside of comments.

    Files of unknown kind are not looked at: what is a comment there cannot be told.
    """
    words = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    pattern = Pattern(rf"(?<![A-Za-z0-9_])(?:{words})(?![A-Za-z0-9_])")
    rough = re.compile(words.encode())
    for path, file, kind in documents.files():
        if kind == "text" or not rough.search(file.content):
            continue
        try:
            text = decode(file.content)
        except BadEncoding:
            continue
        lines = Lines(text)
        for start, end in _parts(text, kind, documents, path):
            for found in pattern.finditer(text, start, end):
                mark = lines.mark(found.start())
                problem = documents.problem(
                    "HAL0030",
                    f"the placeholder {found[0]} is declared, but still stands here",
                    "give it a value that does not hold its own name",
                    file=path,
                    mark=mark,
                    severity="error" if documents.is_read(path) else "warning",
                )
                yield problem._replace(excerpt=lines.line(mark.line))


def _parts(text: str, kind: FileKind, documents: Documents, path: str) -> Iterator[tuple[int, int]]:
    """Start and end of what is not comment."""
    if kind == "yaml":
        from halsync.formats.scalars import NotYaml, scalars

        try:
            for span in scalars(text):
                yield span.start, span.end
        except NotYaml:
            return
    elif kind in ("javascript", "properties"):
        pattern = SCRIPT if kind == "javascript" else _PROPERTIES_COMMENT
        at = 0
        for found in pattern.finditer(text):
            if kind == "properties" or found["comment"]:
                yield at, found.start()
                at = found.end()
        yield at, len(text)
    elif not documents.parsed(path).failed:
        yield 0, len(text)
