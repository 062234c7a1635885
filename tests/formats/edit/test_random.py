"""Random documents in every style, random changes: the value is as meant, the rest as it was."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from halsync.formats.align import NAME, same
from halsync.formats.edit import rewrite, splice
from halsync.formats.yaml import parse
from tests.formats.edit import documents
from tests.formats.edit.documents import Change, Delete, Insert, Set, edit

SEEDS = st.integers(0, 2**48)
COMMENT = re.compile(r"# c\d+\.")


def drawn(seed: int, *, shared: bool = True, ends: bool = True) -> tuple[Random, str, Any]:
    random = Random(seed)
    return random, *documents.document(random, shared=shared, ends=ends)


def comments(text: str, value: Any) -> list[str]:
    """The comments of a text; what stands inside a block scalar is none."""
    inside = repr(value)
    return [comment for comment in COMMENT.findall(text) if comment not in inside]


def drawn_change(random: Random, value: Any, *kinds: type) -> Change:
    for _ in range(20):
        change = documents.change(random, value)
        if isinstance(change, kinds):
            return change
    assume(False)
    raise AssertionError


@settings(max_examples=400, deadline=None)
@given(SEEDS)
@example(33836)
@example(8266)
@example(3951)
@example(5998)
def test_the_value_is_as_meant(seed: int) -> None:
    random, text, value = drawn(seed)
    changes: list[Change] = []
    wanted = value
    for _ in range(random.choice([1, 1, 2, 5])):
        changes.append(documents.change(random, wanted))
        wanted = documents.model(wanted, [changes[-1]])
    edited = edit(text, changes)
    assert same(parse(edited.text).documents[0].value, wanted)
    assert splice(text, list(edited.edits)) == edited.text


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_without_a_real_change_nothing_changes(seed: int) -> None:
    _, text, value = drawn(seed)
    done = rewrite(text, value)
    assert (done.text, done.edits) == (text, ())


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_scalar_for_a_scalar_changes_its_lines_only(seed: int) -> None:
    random, text, value = drawn(seed, shared=False)
    places = [
        path
        for path in documents.paths(value)
        # A mapping of another name is another one, and written anew.
        if path and path[-1] != NAME and not isinstance(documents.at(value, path), dict | list)
    ]
    assume(places)
    path = random.choice(places)
    new = random.choice([*documents.WORDS, *documents.SCALARS])
    edited = edit(text, [Set(path, new)]).text
    kept = comments(text, value)
    assert [comment for comment in COMMENT.findall(edited) if comment in kept] == kept
    before, after = text.splitlines(keepends=True), edited.splitlines(keepends=True)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    document = parse(text).documents[0]
    first = document.locate_key(path).line - 1
    later = [
        document.locate_key(other).line - 1
        for other in documents.paths(value)
        if other and document.locate_key(other) > document.locate(path)
    ]
    assert head >= min(first, len(before)) or edited == text
    if later and not re.search(r"[\u2028\x85]", text):
        last = min(later)
        changed = before[head : len(before) - tail]
        rest = before[last + 1 :]
        assert tail >= len(rest) or not changed


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_an_addition_keeps_every_comment_and_every_line_in_order(seed: int) -> None:
    random, text, value = drawn(seed, shared=False)
    change = drawn_change(random, value, Insert, Set)
    if isinstance(change, Set):
        parent = documents.at(value, change.path[:-1]) if change.path else None
        assume(isinstance(parent, dict) and change.path[-1] not in parent)
    edited = edit(text, [change]).text
    kept = comments(text, value)
    assert [comment for comment in COMMENT.findall(edited) if comment in kept] == kept
    new = iter(edited.splitlines())
    lost = [line for line in text.splitlines() if line.strip() and not any(line == n for n in new)]
    # At most the line changes that holds an empty or a flow collection, or the dash.
    assert len(lost) == 0 or _settled(text, edited) <= 4


def _settled(text: str, edited: str) -> int:
    """How many lines of the old text are not in the new one."""
    left = edited.splitlines()
    count = 0
    for line in text.splitlines():
        if line in left:
            left.remove(line)
        elif line.strip():
            count += 1
    return count


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_removal_keeps_every_comment_outside(seed: int) -> None:
    random, text, value = drawn(seed, shared=False)
    assume(not parse(text).issues)
    change = drawn_change(random, value, Delete)
    holder, gone = documents.at(value, change.path[:-1]), documents.at(value, change.path)
    if isinstance(holder, list):  # which of two equal items goes, nobody can say
        assume(sum(same(item, gone) for item in holder) == 1)
    document = parse(text).documents[0]
    edited = edit(text, [change]).text
    lost = set(comments(text, value)) - set(COMMENT.findall(edited))
    lines = re.split("\r\n|[\n\x85\u2028]", text)
    parent = change.path[:-1]
    siblings = sorted(
        document.locate_key((*parent, key))
        for key in (
            range(len(documents.at(value, parent)))
            if isinstance(documents.at(value, parent), list)
            else documents.at(value, parent)
        )
    )
    here = document.locate_key(change.path)
    first = here.line - 1
    while first and (
        lines[first - 1].lstrip().startswith(("#", "-", "?")) or not lines[first - 1].strip()
    ):
        first -= 1
    index = siblings.index(here)
    outside = lines[:first] if len(siblings) > 1 else lines[: max(first, 0)]
    if index + 1 < len(siblings):
        outside += lines[siblings[index + 1].line - 1 :]
    if len(set(siblings)) == len(siblings) and "? " not in text and len(siblings) > 1:
        assert not lost & set(COMMENT.findall("\n".join(outside)))


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_any_value_can_be_reached(seed: int) -> None:
    random, text, _ = drawn(seed)
    _, _, other = drawn(random.randrange(2**40))
    assert same(parse(rewrite(text, other).text).documents[0].value, other)
