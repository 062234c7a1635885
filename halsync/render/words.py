"""``replace`` patches: words of files that hold no values."""

from __future__ import annotations

import re

from halsync.formats.kinds import kind_of
from halsync.formats.text import Lines
from halsync.render import codes
from halsync.render.bench import decoded, encoded
from halsync.render.code_pieces import Piece, javascript_pieces
from halsync.render.edits import Edit, Unreadable, splice
from halsync.render.trail import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.render.bench import Bench
    from halsync.render.trail import Step
    from halsync.settings.steps import Patch

_WORD = "[A-Za-z0-9_$]"


def replace(bench: Bench, path: str, given: Patch, step: Step) -> None:
    """Replace whole words: in JavaScript where they are code, elsewhere wherever they stand."""
    bench.flush(path)
    file = bench.files[path]
    wanted, by = given.value["text"], given.value["with"]
    try:
        bom, text = decoded(file.content)
        pieces = (
            [piece for piece in javascript_pieces(text) if piece.kind == "code"]
            if kind_of(path) == "javascript"
            else [Piece("code", 0, len(text))]
        )
    except (UnicodeDecodeError, Unreadable) as error:
        at = (error.line, error.column) if isinstance(error, Unreadable) else (0, 0)
        told = error.message if isinstance(error, Unreadable) else "not UTF-8 text"
        message = f"it is to be changed, and cannot be read: {told}"
        bench.report(codes.UNPARSED, message, file=path, at=at, origin=file.origin)
        return
    before = f"(?<!{_WORD})" if re.match(_WORD, wanted) else ""
    after = f"(?!{_WORD})" if re.match(_WORD, wanted[-1]) else ""
    pattern = re.compile(f"{before}{re.escape(wanted)}{after}")
    edits = [
        Edit(found.start(), found.end(), by)
        for piece in pieces
        for found in pattern.finditer(text, piece.start, piece.end)
    ]
    count = given.value.get("count", 0)
    if count and len(edits) != count and not (given.optional and not edits):
        first = Lines(text).mark(edits[0].start)[0] if edits else 0
        message = f"{path} has {wanted!r} {len(edits)} times, and {count} are expected"
        message += f" (the first in line {first})" if first else ""
        bench.report(codes.MISFIT, message, declared_at=given.declared_at)
        return
    if not edits:
        if not given.optional:
            message = f"{path} does not hold the word {wanted!r}"
            if wanted in text:
                message += " but within longer words, comments or strings"
            bench.report(codes.NO_MATCH, message, declared_at=given.declared_at)
        return
    new = splice(text, edits)
    changed = file._replace(content=encoded(bom, new))
    bench.edited(path, changed, Change("values", step, file, path, edits))
