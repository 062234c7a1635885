"""Texts made to hurt: refused quickly, in little memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from halsync.formats.document import LIMITS, Limits
from halsync.formats.json import parse as parse_json
from halsync.formats.scalars import NotYaml, scalars
from halsync.formats.yaml import parse


def laughs(levels: int, width: int) -> str:
    """Every level stands for ``width`` times the one before it."""
    lines = ["a0: &a0 [" + ", ".join(["ha"] * width) + "]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * width) + "]")
    return "\n".join(lines) + "\n"


def kinds(text: str | bytes) -> list[str]:
    return [issue.kind for issue in parse(text).issues]


def test_a_billion_laughs() -> None:
    assert kinds(laughs(9, 10)) == ["alias-limit"]


def test_laughs_within_the_alias_limit_are_counted_with_what_they_stand_for() -> None:
    # 48 aliases, which SnakeYAML would take, stand for 3^16 values.
    assert kinds(laughs(17, 3)) == ["size"]


def test_a_quadratic_blow_up_through_merge_keys() -> None:
    entries = ", ".join(f"k{number}: v" for number in range(50_000))
    merges = "".join(f"m{number}: {{<<: *b}}\n" for number in range(49))
    assert kinds(f"b: &b {{{entries}}}\n{merges}") == ["size"]


def test_a_bomb_in_a_key() -> None:
    text = laughs(7, 5).replace("a6:", "? &a6 [*a5, *a5]\n:")
    parsed = parse(text)
    assert not parsed.failed
    longest = max(len(key) for key in parsed.documents[0].value)
    assert longest < 2000


@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{? ", "[{a: "])
def test_deep_nesting(opening: str, pure: bool) -> None:
    parsed = parse("x:\n  " + opening * 20_000, pure=pure)
    assert [issue.kind for issue in parsed.issues] == ["depth"]


def test_the_deepest_that_halyard_takes() -> None:
    def nested(levels: int) -> str:
        return "[" * levels + "]" * levels

    assert kinds(nested(51)) == []
    assert kinds(nested(52)) == ["depth"]
    assert kinds("[" * 50 + "x" + "]" * 50) == []
    assert kinds("[" * 51 + "x" + "]" * 51) == ["depth"]


def test_fifty_aliases_of_collections_and_no_more() -> None:
    def aliases(count: int) -> str:
        return "a: &a [1]\nb: &b x\nc: [" + ", ".join(["*a"] * count + ["*b"] * 500) + "]\n"

    assert kinds(aliases(50)) == []
    assert kinds(aliases(51)) == ["alias-limit"]


def test_too_large_a_file_is_refused_unread() -> None:
    script = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
from halsync.formats import json, yaml
data = b"a: 1\\n" * (40 << 20)
for module in (yaml, json):
    (issue,) = module.parse(data).issues
    assert issue.kind == "size", issue
    assert "200.0 MiB" in issue.message, issue
"""
    # With 700 MiB of address space, 200 MiB of which are the file itself, no parser gets far.
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_memory_of_a_bomb() -> None:
    script = f"""
import resource
from halsync.formats.yaml import parse
texts = [{laughs(9, 10)!r}, {laughs(17, 3)!r}, "[" * 100_000]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for text in texts:
    assert parse(text).failed
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert grown < 4096, grown
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_more_values_than_a_file_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[" + "1," * 1000 + "1]"
    limits = Limits(nodes=1000)
    for module in (parse, parse_json):
        assert [issue.kind for issue in module(text, limits=limits).issues] == ["size"]
    assert LIMITS.nodes <= 2_000_000
    monkeypatch.setattr("halsync.formats.scalars.SPANS", 1000)
    with pytest.raises(NotYaml, match="more than"):
        scalars(text)


def test_scalars_are_bounded_in_depth() -> None:
    with pytest.raises(NotYaml, match="50 levels"):
        scalars("[" * 1000)


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n" + " \n" * 200_000 + " x\n",
        ("- |\n" + " \n" * 50) * 2_000,
        "- 'x'\t\n" * 40_000,
        "- x\t# \t\n" * 40_000,
        "k: v\n" * 60_000,
        "".join(f"k{number}: v\n" for number in range(20_000)) * 2,
        "a:\n" + "  <<: {b: c}\n" * 30_000,
        "? [a]\n: b\n" * 20_000,
        "'" * 200_001,
        '"' + "\\/" * 100_000 + '"',
        "- 'a\n  b'\n" * 20_000 + "k: 'x\n y' z",
    ],
)
def test_no_quadratic_work(text: str) -> None:
    # Any of these takes minutes if the work grows with the square of the length.
    parse(text)
    try:
        scalars(text)
    except NotYaml:
        assert parse(text).failed
