"""Placeholders in YAML, filled in on the text itself.

The events of the parser say where scalars are; everything outside the changed scalars stays as
it is, to the byte. Afterwards the new text is parsed, so that no slip goes unnoticed.
"""

from __future__ import annotations

import gc
import re

from halsync.formats.events import Stream
from halsync.formats.explain import explain
from halsync.formats.libyaml import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
)
from halsync.formats.text import Lines
from halsync.patterns import Pattern
from halsync.records import NamedTuple
from halsync.render.edits import Edit, Filled, Mismatch, Refusal, Unreadable, splice
from halsync.render.tokens import Found, settle
from halsync.render.yaml_alone import parse_alone
from halsync.render.yaml_place import BLOCKS, BREAKS, Place, Unfit, body_start
from halsync.render.yaml_scalar import ESCAPES, rewrite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from halsync.render.tokens import Tokens

_PROPERTIES = Pattern(
    r"""(?: (?: &[^\s,\[\]{}]+ | !<[^>\s]*> | ![^\s,\[\]{}]* )
            (?: \s+ (?: \#[^\r\n\x85\u2028\u2029]* )? )* )+""",
    re.VERBOSE,
)
_KEY_FOLLOWS = Pattern(r"[ \t]*:(?![^\s,\[\]{}])")
_JSON_KEY_FOLLOWS = Pattern(r"[ \t]*:")
_EXPLICIT_KEY = Pattern(r"(?:^|[\s,\[{])\?[ \t]+\Z")
_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)


class _Span(NamedTuple):
    """A scalar that holds at least one name."""

    start: int
    end: int
    place: Place
    found: list[Found]
    """Offsets count from ``start``."""


class _Outcome(NamedTuple):
    """What became of a scalar. The same source at the same kind of place has the same fate."""

    source: str | None
    """None: left as it is."""
    wanted: str
    used: list[str]
    inside: list[int]
    """Indexes into the span's ``found``."""
    unfit: Unfit | None


def fill(text: str, found: Sequence[Found], tokens: Tokens) -> Filled:
    """Fill in the names that ``found`` lists, which are all in ``text`` (no byte order mark).

    Raises:
        Unreadable: the text is not YAML.
        Mismatch: the result does not read back as intended.
    """
    collecting = gc.isenabled()
    gc.disable()  # the parser's events are many and never form cycles
    try:
        return _fill(text, found, tokens)
    finally:
        if collecting:
            gc.enable()


def _fill(text: str, found: Sequence[Found], tokens: Tokens) -> Filled:
    spans, commented, events = _locate(text, found)
    quote = "'" if text.count("'") > text.count('"') else '"'
    known: dict[Place, tuple[_Span, _Outcome]] = {}
    edits: list[Edit] = []
    filled = Filled("", [], [], [], commented)
    for span in spans:
        same = known.get(span.place)
        if same is None:
            same = known[span.place] = (span, _outcome(span, tokens, quote))
        outcome = same[1]
        if outcome.source is not None:
            edits.append(Edit(span.start, span.end, outcome.source))
            filled.used.extend(outcome.used)
        if outcome.unfit is not None:
            at = _shifted(span.found[0], span.start)
            filled.refusals.append(Refusal(at, outcome.unfit.message, outcome.unfit.hint))
        filled.inside.extend(_shifted(span.found[index], span.start) for index in outcome.inside)
    if not edits:
        return filled._replace(text=text)
    new = splice(text, edits)
    _check(new, events, list(known.values()))
    return filled._replace(text=new, edits=edits)


def _is_explicit_key(text: str, first: int) -> bool:
    return _EXPLICIT_KEY.search(text, max(0, first - 80), first) is not None


def _shifted(found: Found, by: int) -> Found:
    return Found(found.start + by, found.end + by, found.name, found.whole)


def _locate(text: str, found: Sequence[Found]) -> tuple[list[_Span], list[str], int]:
    """The scalars that hold names, the names that stand elsewhere, and the number of events."""
    spans: list[_Span] = []
    elsewhere: list[str] = []
    stream = Stream(text)
    position, size = 0, len(found)
    following = found[0].start if found else len(text) + 1
    count = flow = depth = 0
    try:
        for count, event in enumerate(iter(stream.open(), None), 1):  # noqa: B007
            kind = type(event)
            if kind is ScalarEvent:
                end = event.end_mark.index
                if end <= following:
                    continue
                start = position
                while position < size and found[position].end <= end:
                    position += 1
                span, outside = _span(
                    text,
                    event,
                    found[start:position],
                    flow=flow > 0,
                    outermost=depth == 0,
                    stream=stream,
                )
                elsewhere += outside
                if span.found:
                    spans.append(span)
                following = found[position].start if position < size else len(text) + 1
            elif kind in _STARTS:
                depth += 1
                flow += bool(flow or event.flow_style)
            elif kind in _ENDS:
                depth -= 1
                flow -= bool(flow)
    except (YAMLError, UnicodeEncodeError) as error:
        lines = Lines(text)
        message, _, at = explain(stream.broken(error), lines)
        raise Unreadable(message, *lines.mark(max(at, 0))) from None
    elsewhere += [item.name for item in found[position:]]
    return spans, elsewhere, count


def _span(
    text: str,
    event: Any,
    found: Sequence[Found],
    *,
    flow: bool,
    outermost: bool,
    stream: Stream,
) -> tuple[_Span, list[str]]:
    first, end = event.start_mark.index, event.end_mark.index
    start = first
    style = event.style or ""
    if event.anchor is not None or event.tag is not None:
        properties = _PROPERTIES.match(text, first, end)
        start = properties.end() if properties else first
    raw = text[start:end]
    # What stands in the header of a block, or before the scalar, is a comment or an anchor.
    content = start + (body_start(raw) if style in BLOCKS else 0)
    inside = [_shifted(item, -start) for item in found if item.start >= content]
    outside = [item.name for item in found if item.start < content]
    follows = _JSON_KEY_FOLLOWS if flow and style else _KEY_FOLLOWS
    key = style not in BLOCKS and (
        follows.match(text, end) is not None
        or ("?" in text[max(0, first - 80) : first] and _is_explicit_key(text, first))
    )
    value = stream.restore(event.value)
    tagged = event.tag not in (None, "!")  # SnakeYAML resolves what is tagged "!" as if untagged
    margin = outermost or (text[start - 1 : start] or "\n") in BREAKS
    place = Place(raw, value, style, flow, key, tagged, margin)
    return _Span(start, end, place, inside), outside


def _outcome(span: _Span, tokens: Tokens, quote: str) -> _Outcome:
    place, found = span.place, span.found
    if place.key and tokens.values_only:
        return _Outcome(None, place.value, [], [], None)
    if place.style == '"':
        raw = place.raw
        found = settle(raw, 1, len(raw) - 1, found, ESCAPES)
    hits = [item for item in found if item.whole]
    inside = [index for index, item in enumerate(found) if not item.whole]
    if not hits:
        return _Outcome(None, place.value, [], inside, None)
    wanted, names = tokens.fill(place.value)
    if names != [hit.name for hit in hits]:
        unfit = Unfit(
            "escapes or line breaks of the scalar join the name with other characters",
            "write the scalar on one line, without escapes next to the name",
        )
        return _Outcome(None, place.value, [], inside, unfit)
    try:
        source = rewrite(place, hits, wanted, tokens.values, quote)
    except Unfit as unfit:
        return _Outcome(None, place.value, [], inside, unfit)
    return _Outcome(source, wanted, names, inside, None)


def _check(new: str, events: int, outcomes: Sequence[tuple[_Span, _Outcome]]) -> None:
    """Make sure that the new text says what was intended, and nothing else.

    Shown are: what was replaced was one scalar from end to end; what replaced it is one scalar
    of the wanted value, by itself at a place of the same kind; the whole still parses, and into
    as many events. The rest of the text is the old one to the byte, and a scalar does not change
    how what follows it is read. Comparing all events instead shows no more and takes as long as
    parsing again, which is too long for the largest files; the tests do it.
    """
    changed = [(span, it) for span, it in outcomes if it.source is not None]
    before = [(span.place, span.place.raw, span.place.value) for span, _ in changed]
    after = [(span.place, it.source or "", it.wanted) for span, it in changed]
    for items in ([item for item in before if item[1] != item[2]], after):
        wrong = parse_alone(items)
        if wrong is not None:
            place = items[wrong][0]
            raise Mismatch(next(span.start for span, _ in changed if span.place == place))
    for span, _ in changed:
        style, raw = span.place.style, span.place.raw
        if not raw.startswith(style) or (style in ("'", '"') and not raw[1:].endswith(style)):
            raise Mismatch(span.start)
    try:
        same = _count(new) == events
    except (YAMLError, UnicodeEncodeError):
        same = False
    if not same:
        raise Mismatch(changed[0][0].start)


def _count(text: str) -> int:
    """The number of events in a text. libyaml counts them without making Python objects."""
    get = Stream(text).open()
    counting = getattr(getattr(get, "__self__", None), "raw_parse", None)
    return int(counting()) if counting else sum(1 for _ in iter(get, None))
