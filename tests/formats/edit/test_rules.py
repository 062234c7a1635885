"""The rules of editing, one example each: what the text becomes, to the byte."""

from __future__ import annotations

import pytest

from halsync.formats.edit import rewrite

from .documents import Change, Delete, Insert, Set, edit

CASES: list[tuple[str, str, list[Change], str]] = [
    ("trailing comment stays", "a: 1   # one\nb: 2\n", [Set(("a",), 5)], "a: 5   # one\nb: 2\n"),
    ("plain stays plain", "v: old\n", [Set(("v",), "new text")], "v: new text\n"),
    ("plain that would turn into a number", "v: old\n", [Set(("v",), "1.30")], 'v: "1.30"\n'),
    (
        "plain that would turn into a date",
        "v: x\n",
        [Set(("v",), "2020-01-01")],
        'v: "2020-01-01"\n',
    ),
    (
        "plain that would turn into true",
        "q: 'x'\nv: x\n",
        [Set(("v",), "yes")],
        "q: 'x'\nv: \"yes\"\n",
    ),
    ("octal look", "v: x\n", [Set(("v",), "010")], 'v: "010"\n'),
    ("single stays single", "v: 'it''s'\n", [Set(("v",), "she's")], "v: 'she''s'\n"),
    ("single that needs an escape", "v: 'x'\n", [Set(("v",), "a\tb")], 'v: "a\\tb"\n'),
    ("double stays double", 'v: "x"\n', [Set(("v",), "y")], 'v: "y"\n'),
    ("quoted text to a boolean", "v: 'false'\n", [Set(("v",), True)], "v: true\n"),
    ("float and int differ", "v: 1\n", [Set(("v",), 1.0)], "v: 1.0\n"),
    (
        "literal stays literal",
        "v: |  # c\n    a\n    b\nw: 1\n",
        [Set(("v",), "a\nc\n")],
        "v: |  # c\n    a\n    c\nw: 1\n",
    ),
    (
        "literal loses its last line break",
        "v: |\n  a\n",
        [Set(("v",), "a\nb")],
        "v: |-\n  a\n  b\n",
    ),
    (
        "folded stays folded on one line",
        "v: >-\n  a\n  b\n",
        [Set(("v",), "c d")],
        "v: >-\n  c d\n",
    ),
    (
        "literal that begins with a blank",
        "v: |\n  a\n",
        [Set(("v",), " a\nb\n")],
        "v: |2\n   a\n  b\n",
    ),
    ("new text of several lines", "a: 1\n", [Set(("t",), "x\ny\n")], "a: 1\nt: |\n  x\n  y\n"),
    (
        "a literal must not take in a comment",
        "a: 1\n      # deep\nb: 2\n",
        [Set(("a",), "x\ny")],
        'a: "x\\ny"\n      # deep\nb: 2\n',
    ),
    (
        "indentation and dashes as in the file",
        "a:\n    b:\n      - x\n",
        [Set(("a", "c"), {"d": [1]})],
        "a:\n    b:\n      - x\n    c:\n        d:\n          - 1\n",
    ),
    ("dashes at the margin", "a:\n- x\nb:\n", [Set(("b",), ["y"])], "a:\n- x\nb:\n- y\n"),
    (
        "empty value with a comment",
        "b:   # none\nc: 1\n",
        [Set(("b", "x"), 1)],
        "b:   # none\n  x: 1\nc: 1\n",
    ),
    (
        "empty list becomes block style",
        "b: []  # c\n",
        [Insert(("b",), {"n": 1, "m": 2})],
        "b:  # c\n- n: 1\n  m: 2\n",
    ),
    ("empty mapping in a flow list", "b: [{}]\n", [Set(("b", 0, "k"), "a,b")], 'b: [{k: "a,b"}]\n'),
    ("first key of an item", "- name: x # c\n  b: 1\n", [Delete((0, "name"))], "- b: 1\n"),
    (
        "first key, with a comment below",
        "- name: x\n  # about b\n  b: 1\n",
        [Delete((0, "name"))],
        "- # about b\n  b: 1\n",
    ),
    ("last key of a mapping", "a:\n  b: 1\nc: 2\n", [Delete(("a", "b"))], "a: {}\nc: 2\n"),
    ("last item of a list", "a: # c\n- 1\nc: 2\n", [Delete(("a", 0))], "a: [] # c\nc: 2\n"),
    ("last key of an item", "- name: x\n- y\n", [Delete((0, "name"))], "- {}\n- y\n"),
    (
        "the comment above goes too",
        "l:\n- a\n# about b\n- b\n\n# apart\n\n- c\n",
        [Delete(("l", 1))],
        "l:\n- a\n\n# apart\n\n- c\n",
    ),
    ("a comment apart stays", "a: 1\n# apart\n\nb: 2\n", [Delete(("b",))], "a: 1\n# apart\n\n"),
    (
        "the file's own comment stays",
        "# licence\na: 1\nb: 2\n",
        [Delete(("a",))],
        "# licence\nb: 2\n",
    ),
    (
        "flow: first, middle, last",
        "a: [1, 2, 3, 4]\n",
        [Delete(("a", 3)), Delete(("a", 1)), Delete(("a", 0))],
        "a: [3]\n",
    ),
    (
        "flow: blanks and trailing comma stay",
        "a: { b: 1, c: 2, }\n",
        [Delete(("a", "b")), Set(("a", "d"), "x y")],
        "a: { c: 2, d: x y, }\n",
    ),
    (
        "flow over lines",
        "a: [\n  x, # one\n  y  # two\n]\n",
        [Insert(("a",), "z"), Delete(("a", 0))],
        "a: [\n  y,  # two\n  z\n]\n",
    ),
    ("flow stays empty", "a: {b: 1}\n", [Delete(("a", "b"))], "a: {}\n"),
    (
        "flow: a key without a value",
        "a: {b, c: }\n",
        [Set(("a", "b"), 1), Set(("a", "c"), 2)],
        "a: {b: 1, c: 2 }\n",
    ),
    (
        "a pair in a flow list",
        "a: [b: 1 # c\n  ]\n",
        [Set(("a", 0, "d"), 2), Set(("a", 0, "b"), 3)],
        "a: [{b: 3, d: 2} # c\n  ]\n",
    ),
    (
        "JSON stays JSON",
        '{"a": {"b": "c"}}\n',
        [Set(("a", "d"), "e")],
        '{"a": {"b": "c", "d": "e"}}\n',
    ),
    (
        "explicit key",
        "? a\n: 1\n? b\n",
        [Set(("a",), 2), Set(("b",), {"c": 1})],
        "? a\n: 2\n? b\n:\n  c: 1\n",
    ),
    ("duplicate keys: the last is set", "a: 1\na: 2\n", [Set(("a",), 3)], "a: 1\na: 3\n"),
    ("duplicate keys: all are removed", "a: 1\nb: 0\na: 2\n", [Delete(("a",))], "b: 0\n"),
    (
        "alias: written out",
        "x: &x\n  k: 1\ny: *x  # c\n",
        [Set(("y", "k"), 2)],
        "x: &x\n  k: 1\ny:  # c\n  k: 2\n",
    ),
    (
        "anchor: the other user keeps the value",
        "x: &x\n  k: 1\ny: *x\nz: *x\n",
        [Set(("x", "k"), 2)],
        "x:\n  k: 2\ny: &x\n  k: 1\nz: *x\n",
    ),
    ("anchor: removed", "x: &x 1\ny: *x\nz: *x\n", [Delete(("x",))], "y: &x 1\nz: *x\n"),
    (
        "anchor: removed with its users",
        "x: &x 1\ny: *x\nz: 2\n",
        [Delete(("x",)), Delete(("y",))],
        "z: 2\n",
    ),
    (
        "merge: a key that comes in",
        "b: &b {k: 1, l: 2}\nm:\n  <<: *b\n  o: 3\n",
        [Set(("m", "k"), 9)],
        "b: &b {k: 1, l: 2}\nm:\n  <<: *b\n  o: 3\n  k: 9\n",
    ),
    (
        "merge: removed",
        "b: &b {k: 1, l: 2}\nm:\n  <<: *b\n  o: 3\n",
        [Delete(("m", "k"))],
        "b: &b {k: 1, l: 2}\nm:\n  o: 3\n  l: 2\n",
    ),
    (
        "merge: an explicit key that hides one",
        "b: &b {k: 1}\nm:\n  <<: *b\n  k: 3\n  o: 1\n",
        [Delete(("m", "k"))],
        "b: &b {k: 1}\nm:\n  o: 1\n",
    ),
    (
        "merge: its source changes",
        "b: &b {k: 1}\nm:\n  <<: *b\n",
        [Set(("b", "k"), 2)],
        "b: {k: 2}\nm:\n  <<: &b\n    k: 1\n",
    ),
    (
        "CR LF",
        "a:\r\n  b: 1\r\n",
        [Set(("a", "c"), "x\ny")],
        "a:\r\n  b: 1\r\n  c: |-\r\n    x\r\n    y\r\n",
    ),
    ("no last line break", "a: 1", [Set(("b",), 2)], "a: 1\nb: 2"),
    (
        "a literal at the end without a line break",
        "a: |\n  x",
        [Set(("b",), 2)],
        "a: |-\n  x\nb: 2",
    ),
    ("astral characters", "a: 🎉🎉\nb: 1\n", [Set(("b",), "🎉")], "a: 🎉🎉\nb: 🎉\n"),
    (
        "document marks",
        "%YAML 1.1\n--- # c\na: 1\n...\n",
        [Set(("b",), 1)],
        "%YAML 1.1\n--- # c\na: 1\nb: 1\n...\n",
    ),
    (
        "blank lines of a kept literal",
        "a: |+\n  x\n\nb: 1\n\nc: 2\n",
        [Delete(("b",))],
        "a: |+\n  x\n\nc: 2\n",
    ),
    (
        "an empty file",
        "# only this\n",
        [Set(("a",), {"b": 1})],
        "# only this\na:\n  b: 1\n",
    ),
    ("nothing at all", "", [Set(("a",), 1)], "a: 1\n"),
    (
        "insert before a commented item",
        "# head\nl:\n# one\n- 1\n",
        [Insert(("l",), 0, 0)],
        "# head\nl:\n- 0\n# one\n- 1\n",
    ),
    ("the comment above the first item", "l:\n# one\n- 1\n- 2\n", [Delete(("l", 0))], "l:\n- 2\n"),
    (
        "insert into a list in a list",
        "- - a\n  - b\n",
        [Insert((0,), {"k": 1, "l": 2}, 0)],
        "- - k: 1\n    l: 2\n  - a\n  - b\n",
    ),
    (
        "a list replaced as a whole, by name",
        "l:\n- name: a # A\n  x: 1\n- name: b # B\n",
        [Set(("l",), [{"name": "b"}, {"name": "c"}])],
        "l:\n- name: b # B\n- name: c\n",
    ),
    (
        "key that needs quotes",
        "a: 1\n",
        [Set(("yes",), 1), Set(("8080",), 2), Set(("<<",), 3)],
        'a: 1\n"yes": 1\n"8080": 2\n"<<": 3\n',
    ),
]


@pytest.mark.parametrize(
    ("text", "changes", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_rule(text: str, changes: list[Change], wanted: str) -> None:
    assert edit(text, changes).text == wanted


def test_rewrite_touches_only_what_differs() -> None:
    text = "a: 1 # one\nl:\n  - name: x   # x\n    v: 1\n  - name: y   # y\n"
    value = {"a": 1, "l": [{"name": "x", "v": 2}, {"name": "y"}]}
    assert rewrite(text, value).text == text.replace("v: 1", "v: 2")
