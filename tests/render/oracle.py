"""What rendering must give, computed in another way than rendering computes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halsync.formats.scalars import ScalarSpan, scalars
from halsync.formats.yaml import parse
from halsync.model import File, Origin, Tree
from halsync.render import Placeholder, Rendered, render

if TYPE_CHECKING:
    from collections.abc import Mapping


def tree_of(files: Mapping[str, bytes | str]) -> Tree:
    """A tree of ordinary files."""
    return Tree(
        {
            path: File(
                content.encode() if isinstance(content, str) else content,
                False,
                Origin("src", "rev", path),
            )
            for path, content in files.items()
        },
        {},
    )


def placeholders(values: Mapping[str, str | int | bool]) -> list[Placeholder]:
    """Declared at ``--set``, not secret."""
    return [Placeholder(name, value, False, "--set") for name, value in values.items()]


def run(path: str, content: bytes | str, values: Mapping[str, str | int | bool]) -> Rendered:
    """Render a tree of one file."""
    return render(tree_of({path: content}), placeholders(values))


def filled(path: str, content: str, values: Mapping[str, str | int | bool]) -> str:
    """The one file after rendering, which must find nothing to complain about."""
    rendered = run(path, content, values)
    assert rendered.problems == []
    return rendered.tree.files[path].content.decode()


def as_text(value: str | int | bool) -> str:
    """How a value looks within other text."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def substitute(text: str, values: Mapping[str, str | int | bool]) -> str:
    """All whole names replaced at once."""
    names = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    return re.sub(
        rf"(?<![A-Za-z0-9_])(?:{names})(?![A-Za-z0-9_])",
        lambda found: as_text(values[found[0]]),
        text,
    )


def _meaning(text: str, span: ScalarSpan) -> object:
    """Value with its type."""
    if span.style == "plain" and span.implicit:
        return parse(f"- {text[span.start : span.end]}").documents[0].value[0]
    return span.value


def check_yaml(old: str, new: str, values: Mapping[str, str | int | bool]) -> None:
    """``new`` is ``old`` with the names in its scalars replaced, and nothing else changed."""
    before, after = scalars(old), scalars(new)
    assert len(before) == len(after)
    gap_before = gap_after = 0
    blank = "\0"
    for was, now in zip(before, after, strict=True):
        # Comments, indentation, indicators, anchors and tags: all that is between scalars.
        assert old[gap_before : was.start].lstrip(blank) == new[gap_after : now.start].lstrip(blank)
        gap_before, gap_after = was.end, now.end
        # The blank end of a block belongs to it only as far as its value reaches.
        blank = " \r\n" if was.style in ("literal", "folded") else "\0"
        assert (was.is_key, was.flow, was.tag, was.implicit, was.document) == (
            now.is_key,
            now.flow,
            now.tag,
            now.implicit,
            now.document,
        )
        assert len(was.path) == len(now.path)
        wanted = substitute(was.value, values)
        if wanted == was.value and not any(name in was.value for name in values):
            assert old[was.start : was.end] == new[now.start : now.end]
            continue
        assert now.value == wanted
        if was.style == "plain" and was.implicit and not was.is_key:
            whole = values.get(was.value)
            typed = whole is not None and (
                isinstance(whole, bool | int)
                or whole in ("true", "false")
                or re.fullmatch(r"0|-?[1-9][0-9]{0,17}", whole) is not None
            )
            expected: object = wanted
            if typed and whole is not None:
                expected = {"true": True, "false": False}.get(as_text(whole))
                expected = int(whole) if expected is None else expected
            assert _meaning(new, now) == expected
            assert type(_meaning(new, now)) is type(expected)
        elif was.style == "plain" and was.implicit:
            assert isinstance(_meaning(new, now), str)
    assert old[gap_before:].lstrip(blank) == new[gap_after:].lstrip(blank)


def check_lines(old: str, new: str, names: list[str]) -> None:
    """Lines without a changed scalar are the same, byte for byte and at the same number."""
    was, now = old.splitlines(keepends=True), new.splitlines(keepends=True)
    assert len(was) == len(now)
    touched: set[int] = set()
    for span in scalars(old):
        if any(name in span.value for name in names):
            touched.update(range(span.line, span.line + old[span.start : span.end].count("\n") + 1))
    for number, (before, after) in enumerate(zip(was, now, strict=True), 1):
        assert before == after or number in touched
