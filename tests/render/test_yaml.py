"""Placeholders in YAML: every style, every kind of difficult value."""

from __future__ import annotations

from functools import partial

import pytest

from halsync.formats.events import Stream
from halsync.formats.yaml import parse
from tests.render.oracle import check_yaml, filled, run

HARD = {
    "newline": "first\nsecond",
    "trailing newline": "line\n",
    "leading newline": "\nline",
    "only newline": "\n",
    "double quotes": 'say "hi"',
    "single quotes": "it's ''it''",
    "both quotes": "\"a\"b'c'",
    "hash": "# no comment",
    "inner hash": "a #b",
    "colon space": "a: b",
    "ends in colon": "a:",
    "colon": "a:b",
    "url": "https://user@example.com:8443/a?b=c&d=%20#e",
    "dash space": "- a",
    "dash": "-n",
    "lone dash": "-",
    "ampersand": "&anchor",
    "asterisk": "*alias",
    "exclamation": "!tag",
    "percent": "%YAML 1.1",
    "at": "@at",
    "backtick": "`tick`",
    "question": "? key",
    "question only": "?",
    "pipe": "|",
    "greater": ">-",
    "braces": "{a: b}",
    "brackets": "[a, b]",
    "comma": "a, b",
    "backslash": r"\1 \n \\ C:\new",
    "sed": r"/ & \ | % $ ' # \1",
    "unicode": "Grüße Ελλάδα",
    "emoji": "🚀 go",
    "long": "x" * 5000,
    "long words": "word and " * 400 + "end",
    "carriage return": "a\rb",
    "crlf": "a\r\nb",
    "tab": "a\tb",
    "leading tab": "\ta",
    "empty": "",
    "space": " ",
    "trailing spaces": "a  ",
    "leading spaces": "  a",
    "document start": "---",
    "document start and text": "--- a",
    "document end": "...",
    "yes": "yes",
    "No": "No",
    "on": "on",
    "null": "null",
    "Null": "Null",
    "tilde": "~",
    "octal": "010",
    "leading zeros": "0123",
    "float": "1.30",
    "dot float": ".5",
    "exponent": "1e3",
    "hex": "0x1F",
    "sexagesimal": "1:30",
    "underscores": "1_000",
    "plus": "+5",
    "minus zero": "-0",
    "infinity": ".inf",
    "date": "2020-01-01",
    "timestamp": "2020-01-01 10:00:00",
    "merge": "<<",
    "value key": "=",
    "True": "True",
    "huge integer": "123456789012345678901234567890",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "byte order mark": "\ufeffa",
    "no-break space": "\xa0a",
    "control": "a\x07b",
    "delete": "a\x7fb",
    "zero width": "a\u200bb",
    "private use": "\uf8ff",
    "spring": "${ENV:default}",
    "spel": "#{x}",
    "helm": "{{ .Values.x }}",
    "template": r"\g<0> $1",
}

PLACES = {
    "plain": "key: TOKEN\n",
    "plain with comment": "key: TOKEN # TOKEN\n",
    "plain within": "key: a TOKEN/b\n",
    "plain at the end": "key: redis://:pw@TOKEN\n",
    "plain at the start": "key: TOKEN-redis-master:6379\n",
    "plain twice": "key: TOKEN.TOKEN\n",
    "list": "- TOKEN\n- b\n",
    "nested list": "- - TOKEN\n  - b\n",
    "root": "TOKEN\n",
    "root, no line break": "TOKEN",
    "key": "TOKEN: a\nb: c\n",
    "key in a list": "- TOKEN: a\n  b: c\n",
    "quoted key": "'TOKEN': a\n\"x TOKEN\": c\n",
    "explicit key": "? TOKEN\n: a\n",
    "single": "key: 'TOKEN'\n",
    "single within": "key: 'it''s TOKEN, \\n'\n",
    "double": 'key: "TOKEN"\n',
    "double within": 'key: "a\\nTOKEN\\t\\"b\\" \\x41"\n',
    "flow list": "key: [a, TOKEN, b]\n",
    "flow map": "key: {a: TOKEN, b: c}\n",
    "flow key": "key: {TOKEN: a}\n",
    "flow quoted": 'key: {"TOKEN": \'TOKEN\', b: "TOKEN"}\n',
    "flow within": "key: [redis://TOKEN:6379, b]\n",
    "json": '{"key": "TOKEN", "b": ["TOKEN"]}\n',
    "anchor": "a: &x TOKEN\nb: *x\n",
    "tag": "a: !!str TOKEN\n",
    "non-specific tag": "b: ! TOKEN\n",
    "tag and anchor": "a: &x !!str\n  TOKEN\nb: *x\n",
    "plain over lines": "key: one TOKEN\n  two 'three' \"four\"\n\n  five\n",
    "single over lines": "key: 'one ''TOKEN\n  two'\n",
    "double over lines": 'key: "one TOKEN\n  two\\\n  three"\n',
    "crlf": "a: b\r\nkey: TOKEN\r\nc: d\r\n",
    "documents": "--- \na: TOKEN\n---\nb: TOKEN\n...\n",
    "directive": "%YAML 1.1\n---\na: TOKEN\n",
    "unicode around": "größe: 🚀 TOKEN\n",
}

BLOCKS = {
    "literal": "key: |\n  before\n  x TOKEN y\n  after\nnext: 1\n",
    "literal, indented": "key: |\n    TOKEN y\n      deeper\n\n    after\n",
    "literal, stripped": "key: |-\n  before\n  x TOKEN y\n",
    "literal, kept": "key: |+\n  x TOKEN y\n\n\nnext: 1\n",
    "literal, indicator": "key: |2\n   x TOKEN y\n  z\n",
    "literal in a list": "- |\n before\n x TOKEN\n z\n",
    "literal at the root": "--- |\n x TOKEN y\n",
    "literal, CRLF": "key: |\r\n  before\r\n  x TOKEN y\r\nnext: 1\r\n",
    "folded": "key: >\n  before\n  x TOKEN y\n  after\n",
    "folded, CRLF": "key: >\r\n  before\r\n  x TOKEN y\r\nnext: 1\r\n",
    "folded, stripped": "key: >-\n  before\n\n  x TOKEN y\n",
}


@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES)
def test_the_value_and_nothing_else(text: str, value: str) -> None:
    rendered = run("a.yml", text, {"TOKEN": value})
    new = rendered.tree.files["a.yml"].content.decode()
    if rendered.problems:
        # Keys have a length limit, and an empty value may leave a blank line behind.
        assert "key" in text or len(value) > 900
        assert {problem.code for problem in rendered.problems} == {"HAL0203"}
        assert len(value) > 900 or "\n" in text.rstrip("\n")
        return
    check_yaml(text, new, {"TOKEN": value})
    assert new.count("\n") == text.count("\n")


@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
@pytest.mark.parametrize("text", BLOCKS.values(), ids=BLOCKS)
def test_blocks_hold_the_value_or_refuse_it(text: str, value: str) -> None:
    rendered = run("a.yml", text, {"TOKEN": value})
    new = rendered.tree.files["a.yml"].content.decode()
    if rendered.problems:
        assert new == text
        (problem,) = rendered.problems
        assert problem.code == "HAL0203"
        assert problem.severity == "error"
        assert problem.line == text[: text.index("TOKEN")].count("\n") + 1
        assert "TOKEN" in problem.message
        assert problem.hint
    else:
        check_yaml(text, new, {"TOKEN": value})


@pytest.mark.parametrize(
    "name", ["newline", "double quotes", "sed", "yes", "emoji", "long", "hash"]
)
@pytest.mark.parametrize("block", [name for name in BLOCKS if name.startswith("literal")])
def test_literal_blocks_hold_every_printable_text(block: str, name: str) -> None:
    for text in (BLOCKS[block], BLOCKS[block].removesuffix("next: 1\n").rstrip("\r\n")):
        rendered = run("a.yml", text, {"TOKEN": HARD[name]})
        assert rendered.problems == []
        check_yaml(text, rendered.tree.files["a.yml"].content.decode(), {"TOKEN": HARD[name]})


@pytest.mark.parametrize(
    ("text", "value", "part", "fix"),
    [
        (BLOCKS["literal"], "a\x07", "U+0007", "double-quoted"),
        (BLOCKS["literal"], "a\r\nb", "U+000D", "double-quoted"),
        (BLOCKS["folded"], "a\nb", "folded block", "literal block"),
        ("k: |\n  TOKEN\n  b\n", "  a", "white space", "indentation indicator (|2)"),
        ("k: |-\n  a\n  TOKEN\n", "b\n", "ends with a line break", "|+"),
        ("k: >\n  TOKEN\n", "", "folded block", "double-quoted"),
    ],
)
def test_a_block_says_why_it_cannot_hold_a_value(
    text: str, value: str, part: str, fix: str
) -> None:
    (problem,) = run("a.yml", text, {"TOKEN": value}).problems
    assert part in problem.message
    assert fix in problem.hint


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (False, "false"),
        (8443, "8443"),
        (-1, "-1"),
        ("true", "true"),
        ("false", "false"),
        ("0", "0"),
        ("123456789012", "123456789012"),
        ("plain text", "plain text"),
        ("1.30.1", "1.30.1"),
        ("-n", "-n"),
        ("a:b", "a:b"),
        ("y", "y"),
        ("isd", "isd"),
        ("https://example.com/", "https://example.com/"),
        ("1.30", '"1.30"'),
        ("010", '"010"'),
        ("yes", '"yes"'),
        ("1:30", '"1:30"'),
        ("2020-01-01", '"2020-01-01"'),
        ("~", '"~"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ('"', "'\"'"),
        ("\\: ", "'\\: '"),
        ("a\nb", '"a\\nb"'),
        ("True", '"True"'),
        ("12345678901234567890", '"12345678901234567890"'),
    ],
)
def test_quoted_only_where_plain_would_mean_something_else(
    value: str | int | bool, written: str
) -> None:
    assert filled("a.yml", "key: TOKEN # why\n", {"TOKEN": value}) == f"key: {written} # why\n"


def test_types_survive() -> None:
    text = "a: FLAG\nb: COUNT\nc: VERSION\nd: 'FLAG'\ne: \"COUNT\"\nf: x-FLAG\n"
    new = filled("config", text, {"FLAG": True, "COUNT": 7, "VERSION": "1.30"})
    assert parse(new).documents[0].value == {
        "a": True,
        "b": 7,
        "c": "1.30",
        "d": "true",
        "e": "7",
        "f": "x-true",
    }


def test_text_that_becomes_a_number_stays_text() -> None:
    new = filled("config", "version: 1.MINOR\nid: NUMBER.NUMBER\n", {"MINOR": "30", "NUMBER": 5})
    assert new == 'version: "1.30"\nid: "5.5"\n'


def test_keys_stay_names() -> None:
    new = filled("config", "TOKEN: 1\n? TOKEN2\n: 2\n", {"TOKEN": True, "TOKEN2": "yes"})
    assert parse(new).documents[0].value == {"true": 1, "yes": 2}
    assert parse(new).documents[0].odd_keys_marks() == []


def test_the_quotation_mark_that_the_file_uses() -> None:
    assert filled("a.yml", "a: 'b'\nc: TOKEN\n", {"TOKEN": "yes"}) == "a: 'b'\nc: 'yes'\n"
    assert filled("a.yml", 'a: "b"\nc: TOKEN\n', {"TOKEN": "yes"}) == 'a: "b"\nc: "yes"\n'


def test_a_single_quoted_scalar_turns_double_only_when_it_must() -> None:
    text = "a: 'it''s TOKEN'\n"
    assert filled("a.yml", text, {"TOKEN": 'o\'clock "\\"'}) == "a: 'it''s o''clock \"\\\"'\n"
    assert filled("a.yml", text, {"TOKEN": 'x\n"'}) == 'a: "it\'s x\\n\\""\n'


def test_escapes_decide_what_is_a_whole_word() -> None:
    values = {"TOKEN": "v", "OKEN": "w"}
    assert filled("a.yml", r'a: "\nTOKEN"' + "\n", {"TOKEN": "v"}) == r'a: "\nv"' + "\n"
    rendered = run("a.yml", r'a: "\nTOKEN OKEN"' + "\n", values)
    assert rendered.tree.files["a.yml"].content == rb'a: "\nv w"' + b"\n"
    assert rendered.problems == []
    rendered = run("a.yml", r'a: "\x41TOKEN TOKEN\x41 b"' + "\n", values)
    assert rendered.replaced == {"TOKEN": 0, "OKEN": 0}
    rendered = run("a.yml", 'a: "x\\\n  TOKEN"\n', {"TOKEN": "v"})
    assert [problem.code for problem in rendered.problems] == ["HAL0203"]


def test_comments_anchors_tags_and_directives_are_left_alone() -> None:
    text = (
        "# TOKEN\n%TAG !x! tag:TOKEN,2000:\n---\na: &TOKEN b # TOKEN\nc: *TOKEN\n"
        "d: | # TOKEN\n  text # no comment TOKEN\n"
    )
    new = filled("a.yml", text, {"TOKEN": "v"})
    assert new == text.replace("comment TOKEN", "comment v")


def test_byte_order_mark_and_missing_final_newline_survive() -> None:
    rendered = run("a.yml", b'\xef\xbb\xbfa: TOKEN\r\nb: "TOKEN"', {"TOKEN": "é: 1"})
    assert rendered.problems == []
    assert rendered.tree.files["a.yml"].content == (
        b'\xef\xbb\xbfa: "' + "é".encode() + b': 1"\r\nb: "' + "é".encode() + b': 1"'
    )


def test_utf16_stays_utf16() -> None:
    old = "\ufeffa: TOKEN\n".encode("utf-16-le")
    new = run("a.yml", old, {"TOKEN": "ü"}).tree.files["a.yml"].content
    assert new == "\ufeffa: ü\n".encode("utf-16-le")


def test_braces_of_others_pass_through() -> None:
    text = "a: ${TOKENS:x}\nb: ${TOKEN}\nc: '#{TOKEN}'\nd: '{{ .Values.x }}'\n"
    new = run("a.yml", text, {"TOKEN": "v"}).tree.files["a.yml"].content.decode()
    assert new == "a: ${TOKENS:x}\nb: ${v}\nc: '#{v}'\nd: '{{ .Values.x }}'\n"


def test_a_file_that_is_not_yaml_is_left_alone_and_named() -> None:
    rendered = run("a.yml", "a: b\nc: {{TOKEN}}: [\n", {"TOKEN": "v"})
    assert rendered.tree.files["a.yml"].content == b"a: b\nc: {{TOKEN}}: [\n"
    (problem,) = rendered.problems
    assert (problem.code, problem.severity, problem.file) == ("HAL0204", "error", "a.yml")
    assert problem.line >= 2


def test_a_file_that_is_not_utf8_is_left_alone_and_named() -> None:
    content = "a: TOKEN\nb: größe\n".encode("latin-1")
    rendered = run("a.yml", content, {"TOKEN": "v"})
    assert rendered.tree.files["a.yml"].content == content
    assert [(problem.code, problem.line) for problem in rendered.problems] == [("HAL0204", 2)]


def test_a_key_beyond_the_limit_is_refused() -> None:
    (problem,) = run("a.yml", "TOKEN: 1\n", {"TOKEN": "k" * 2000}).problems
    assert problem.code == "HAL0203"
    assert "1023" in problem.message
    assert "kkkk" not in problem.message


@pytest.mark.parametrize("text", [*PLACES.values(), *BLOCKS.values()], ids=[*PLACES, *BLOCKS])
def test_without_libyaml_the_result_is_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [HARD[name] for name in ("newline", "colon space", "yes", "emoji", "empty")]
    fast = [run("a.yml", text, {"TOKEN": value}) for value in values]
    for module in ("yaml_text", "yaml_alone"):
        monkeypatch.setattr(f"halsync.render.{module}.Stream", partial(Stream, pure=True))
    assert [run("a.yml", text, {"TOKEN": value}) for value in values] == fast
