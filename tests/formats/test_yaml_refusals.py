"""What is refused, where, and with which words."""

from __future__ import annotations

import pytest

from halsync.formats.document import Limits
from halsync.formats.yaml import Issue, parse


def refusal(text: str | bytes, *, pure: bool = False) -> Issue:
    errors = [issue for issue in parse(text, pure=pure).issues if issue.severity == "error"]
    assert len(errors) == 1
    assert errors[0].hint
    return errors[0]


_MISTAKES = [
    ("a: b: c\n", 1, 5, "'a' contains ':'"),
    ("- name: x:\n", 1, 10, "'name' ends with ':'"),
    ('a: "x": y\n', 1, 7, "the value of 'a' ends before this ':'"),
    ("a:\n  b:x\n  c: d\n", 2, 4, "a blank is missing after ':'"),
    ("l:\n  -name: x\n   y: z\n", 2, 3, "a blank is missing after '-'"),
    ("a:\n  b:#c\n    d: e\n", 2, 5, "a blank is missing before '#'"),
    ("a: 1\n  b: 2\n", 2, 4, "deeper than 'a' in line 1"),
    ("a: 1\nstray\nb: 2\n", 2, 1, "neither 'key: value' nor a list item"),
    ("a:\n    b: 1\n   c: 2\n", 3, 4, "indented by 3"),
    ("a:\n  b: 1\n  - c\n", 3, 3, "a list item stands in the block that began in line 2"),
    ("a:\n  - b\n  c: d\n", 3, 3, "has no '- '"),
    ("a: 'x\nb: y\n", 1, 4, "the quote ' opened here is never closed"),
    ('k: "x\nb: "y\nc: z"\n', 1, 4, 'the quote " opened here is closed only in line 2'),
    ("a: 'x' y\n", 1, 8, "text follows the end of the value of 'a'"),
    ("a: [1, 2\nb: 3\n", 2, 2, "'[' in line 1 is not closed"),
    ("a: {b: 1\n", 2, 1, "'{' in line 1 is not closed"),
    ("a: ]\n", 1, 4, "a ']' stands where a value belongs"),
    ("a: {{ x }}y: z\n", 1, 4, "{{"),
    ("a: @b\n", 1, 4, "may not begin with '@'"),
    ("a: `b`\n", 1, 4, "may not begin with '`'"),
    ("a: {% if x %}\n", 1, 4, "{% … %}"),
    ("a:\n\tb: 1\n", 2, 1, "a tab is used for indentation"),
    ("a: |x\n  b\n", 1, 5, "what follows '|' or '>'"),
    ("a: - b\n", 1, 4, "a list item cannot begin here"),
    ("a: *\n", 1, 4, "begins an alias"),
    ('a: "\\d"\n', 1, 5, "known escape"),
    ("a: \x01\n", 1, 4, "U+0001"),
    ("x\n---\na: b\n...\n}\n", 5, 1, "what stands above, which is complete"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), _MISTAKES)
def test_mistakes(text: str, line: int, column: int, words: str) -> None:
    issue = refusal(text)
    assert (issue.line, issue.column) == (line, column), issue
    assert words in issue.message, issue


@pytest.mark.parametrize("text", [text for text, *_ in _MISTAKES])
def test_mistakes_without_libyaml(text: str) -> None:
    issue = refusal(text, pure=True)
    assert issue.line
    assert "expected" not in issue.message, issue


@pytest.mark.parametrize(
    ("text", "kind", "line", "column"),
    [
        ("a: 1\nb: *nope\n", "alias", 2, 4),
        ("a: &a [*a]\n", "alias", 1, 8),
        ("a: &a {b: {c: *a}}\n", "alias", 1, 15),
        ("a: !foo b\n", "tag", 1, 4),
        ("a: !!java.lang.String b\n", "tag", 1, 4),
        ("a: !!python/object/apply:os.system [x]\n", "tag", 1, 4),
        ("a: !!int x\n", "tag", 1, 4),
        ("a: !!map [x]\n", "tag", 1, 4),
        ("a: !!str [x]\n", "tag", 1, 4),
        ("a: !!binary x\n", "tag", 1, 4),
        ("a: !!timestamp x\n", "tag", 1, 4),
        ("a: !!omap [x]\n", "tag", 1, 4),
        ("a: ._\n", "tag", 1, 4),
        ("a: <<\n", "merge", 1, 4),
        ("- <<\n", "merge", 1, 3),
        ("a:\n  <<: x\n", "merge", 2, 7),
        ("a:\n  <<: [{x: 1}, y]\n", "merge", 2, 7),
        ("a: \ufffe\n", "control", 1, 4),
        ("a: 'x'\t# c\n", "syntax", 1, 7),
        ("a:\tx\n", "syntax", 1, 3),
        ('a: b\nc: "x\\/y"\n', "syntax", 2, 6),
    ],
)
def test_what_is_yaml_and_still_refused(text: str, kind: str, line: int, column: int) -> None:
    issue = refusal(text)
    assert (issue.kind, issue.line, issue.column) == (kind, line, column), issue


@pytest.mark.parametrize(
    "text",
    ["a: x\t# c\n", "a: x\t\n", "# \t\na: 'x\ty'\n", "a: |\n  x\ty\n", "a: b #\tc\n", "a: '\\/'\n"],
)
def test_tabs_and_slashes_that_snakeyaml_takes(text: str) -> None:
    assert not parse(text).issues


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (b"a: \xff\n", 1, 4, "0xff"),
        ("a: é\nb: ".encode() + b"\xe9t\xe9\n", 2, 4, "0xe9"),
        (b"\xef\xbb\xbfa: \xe4\n", 1, 4, "0xe4"),
        (b"a: \xed\xa0\x80\n", 1, 4, "0xed"),
        ("key: value\n".encode("utf-16")[:-1], 1, 11, "UTF-16"),
        (b"a: 1\r\nb: \xf5", 2, 4, "0xf5"),
    ],
)
def test_the_first_bad_byte_has_a_place(data: bytes, line: int, column: int, words: str) -> None:
    issue = refusal(data)
    assert issue.kind == "encoding"
    assert (issue.line, issue.column) == (line, column), issue
    assert words in issue.message


def test_values_are_never_quoted_in_messages() -> None:
    for text in (
        "password: hunter2: x\n",
        "password: 'hunter2' y\n",
        "hunter2\nb: c\n",
        "a: [hunter2\n",
    ):
        issue = refusal(text)
        assert "hunter2" not in issue.message + issue.hint


def test_duplicates_before_a_mistake_are_reported_too() -> None:
    kinds = [issue.kind for issue in parse("a: 1\na: 2\nb: @\n").issues]
    assert kinds == ["duplicate-key", "syntax"]


def test_documents_before_a_mistake_are_there() -> None:
    parsed = parse("a: 1\n---\nb: @\n")
    assert [document.value for document in parsed.documents] == [{"a": 1}]
    assert parsed.failed


def test_limits_can_be_set() -> None:
    assert refusal_kind("a: [[1]]", Limits(depth=1)) == "depth"
    assert refusal_kind("[1, 2, 3]", Limits(nodes=3)) == "size"
    assert refusal_kind("a: 1", Limits(bytes=3)) == "size"
    assert refusal_kind("- &a [x]\n- *a\n- *a\n", Limits(aliases=1)) == "alias-limit"
    assert len(parse("a: 1\n" * 100, limits=Limits(issues=7)).issues) == 7


def refusal_kind(text: str, limits: Limits) -> str:
    parsed = parse(text, limits=limits)
    assert parsed.failed
    return parsed.issues[-1].kind
