"""YAML as Halyard reads it: plain values, the place of every part, all findings, one pass.

Halyard reads with SnakeYAML 1.31 (YAML 1.1). The events come from libyaml; where the two differ
and it matters, :mod:`halsync.formats.strict` has the last word.
"""

from __future__ import annotations

import gc

from halsync.formats.build import Builder
from halsync.formats.document import LIMITS, Document, Issue, Kind, Limits, Parsed, Path, text_of
from halsync.formats.events import Broken, Stream
from halsync.formats.libyaml import YAMLError
from halsync.formats.refusals import Refused
from halsync.formats.text import Lines, Mark

__all__ = ["LIMITS", "Document", "Issue", "Kind", "Limits", "Mark", "Parsed", "Path", "parse"]


def parse(data: bytes | str, *, limits: Limits = LIMITS, pure: bool = False) -> Parsed:
    """Read all documents of ``data``; never raises, whatever it holds.

    A text without any document (empty, or only comments) gives none. After an issue of
    severity ``error`` only the documents before it are there. ``pure`` avoids libyaml.
    """
    text = text_of(data, limits)
    if isinstance(text, Parsed):
        return text
    lines = Lines(text)
    stream = Stream(text, pure=pure)
    builder = Builder(stream, lines, limits)
    # Half of the time would go into collections that cannot find anything: the builder makes
    # no cycles.
    collecting = gc.isenabled()
    gc.disable()
    try:
        error = _run(builder, stream, lines)
    finally:
        if collecting:
            gc.enable()
    if error is not None:
        builder.issues.append(error)
    return Parsed(tuple(builder.documents), tuple(builder.issues), lines)


def _run(builder: Builder, stream: Stream, lines: Lines) -> Issue | None:
    """Build everything; the error that ended it, if one did."""
    try:
        builder.run(stream.open())
    except Refused as refused:
        found = (refused.kind, refused.message, refused.hint, refused.index)
    except (YAMLError, UnicodeEncodeError) as error:
        broken = stream.broken(error)
        found = _syntax(broken, lines)
    else:
        if "\t" not in lines.text and "\\/" not in lines.text:
            return None
        from halsync.formats.strict import objection

        objected = objection(lines.text, stream)
        if objected is None:
            return None
        builder.documents.clear()
        found = ("syntax", *objected)
    kind, message, hint, index = found
    return Issue(kind, "error", message, hint, *lines.mark(max(index, 0)))


def _syntax(broken: Broken, lines: Lines) -> tuple[Kind, str, str, int]:
    from halsync.formats.explain import explain

    message, hint, index = explain(broken, lines)
    return ("control" if broken.unprintable else "syntax"), message, hint, index
