"""Placeholders in JSON and JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render.oracle import filled, run, substitute
from tests.render.test_yaml import HARD

JSON_TEXT = (
    '{\r\n  "TOKEN": "a\\nTOKEN\\t",\r\n  "b": [TOKEN, "\\"TOKEN\\"", null],\r\n  "c": 1.0\r\n}'
)


@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
def test_json(value: str) -> None:
    new = filled("a.json", JSON_TEXT, {"TOKEN": value})
    assert json.loads(new) == {
        value: f"a\n{value}\t",
        "b": [value, f'"{value}"', None],
        "c": 1.0,
    }
    assert new.count("\n") == JSON_TEXT.count("\n")
    assert new.endswith('"c": 1.0\r\n}')


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_in_json(value: str) -> None:
    new = run("a.json", '["TOKEN", "x TOKEN", TOKEN]', {"TOKEN": value}).tree.files["a.json"]
    first, second, third = json.loads(new.content)
    assert (first, second) == (value, f"x {value}")
    assert str(third).lower() == value if isinstance(third, bool | int) else third == value


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "true"), (5, "5"), ("false", "false"), ("7", "7"), ("1.0", '"1.0"')],
)
def test_bare_names_become_literals(value: str | int | bool, written: str) -> None:
    assert filled("a.json", '{"port": TOKEN}', {"TOKEN": value}) == f'{{"port": {written}}}'
    assert filled("a.json", '{"port": "TOKEN"}', {"TOKEN": value}) == json.dumps(
        {"port": written.strip('"')}
    )
    assert filled("a.js", "var a = TOKEN;\n", {"TOKEN": value}) == f"var a = {written};\n"


def test_a_bare_name_that_is_no_value_is_refused() -> None:
    rendered = run("a.json", '{"a": TOKEN-1}', {"TOKEN": "v"})
    assert rendered.tree.files["a.json"].content == b'{"a": TOKEN-1}'
    (problem,) = rendered.problems
    assert (problem.code, problem.line, problem.column) == ("HAL0203", 1, 7)


def test_an_endless_string_is_named() -> None:
    for path in ("a.json", "a.js"):
        (problem,) = run(path, '{\n"a": "TOKEN\n}', {"TOKEN": "v"}).problems
        assert (problem.code, problem.line, problem.column) == ("HAL0204", 2, 6)
    for text in ("/* TOKEN", "a = `TOKEN", "a = 'TOKEN", "`${`TOKEN"):
        (problem,) = run("a.js", text, {"TOKEN": "v"}).problems
        assert problem.code == "HAL0204"


JS = r"""// TOKEN's comment, `with "marks
'use strict';
/* TOKEN */
var gateHost = '{%gate.baseUrl%}', a = 'TOKEN', b = "x TOKEN \"y\"\n";
var c = `TOKEN ${a + 'TOKEN' + `in ${TOKEN} ner`} $TOKEN{ ${b}`;
var re = /['"`]/, half = 4 / 2 / 1, d = {key: TOKEN, 'TOKEN': 1};
var e = a.length / 2; f = [TOKEN, 'it\'s \
TOKEN'];
if (/[/'"]x/.test(a)) { g = TOKEN; } else { h = "}" }
"""


def _nodes() -> str | None:
    return shutil.which("node")


@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
def test_javascript_keeps_its_lines_and_comments(value: str) -> None:
    new = filled("settings-local.js", JS, {"TOKEN": value})
    assert new.count("\n") == JS.count("\n")
    was, now = JS.split("\n"), new.split("\n")
    assert [line for line in was if "TOKEN" not in line] == [
        now[number] for number, line in enumerate(was) if "TOKEN" not in line
    ]
    assert now[0] == was[0]
    assert now[2] == was[2]


@pytest.mark.skipif(_nodes() is None, reason="node is not installed")
@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
def test_javascript_as_a_real_engine_reads_it(value: str) -> None:
    source = r"""
console.log(JSON.stringify([
  'TOKEN', "TOKEN", `TOKEN`, 'it\'s TOKEN', "\tTOKEN\u0041", `$TOKEN{ ${'TOKEN'} TOKEN$`,
  {key: TOKEN, "TOKEN": 1}, /['"]/.test('"'), 8 / 2, `a${`TOKEN`}`
]));
"""
    # "\u0041" follows at once, so the third is no whole word.
    new = run("a.js", source, {"TOKEN": value}).tree.files["a.js"].content
    node = _nodes()
    assert node
    out = subprocess.run([node, "-"], input=new, capture_output=True, check=True).stdout
    assert json.loads(out) == [
        value,
        value,
        value,
        f"it's {value}",
        "\tTOKENA",
        f"${value}{{ {value} {value}$",
        {"key": json.loads(out)[6]["key"], value: 1},
        True,
        4,
        f"a{value}",
    ]
    assert str(json.loads(out)[6]["key"]).lower() == value.lower()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("var TOKEN = 1;", "name of a variable"),
        ("const TOKEN = 1;", "name of a variable"),
        ("TOKEN = 1;", "name of a variable"),
        ("function TOKEN() {}", "name of a variable"),
        ("a.TOKEN()", "name of a variable"),
        ("a = b.TOKEN", "name of a property"),
        ("a = /TOKEN/", "regular expression"),
    ],
)
def test_places_in_code_that_hold_no_value_are_refused(text: str, reason: str) -> None:
    rendered = run("a.js", text, {"TOKEN": "not-a-name"})
    assert rendered.tree.files["a.js"].content.decode() == text
    (problem,) = rendered.problems
    assert problem.code == "HAL0203"
    assert reason in problem.message
    assert problem.hint


def test_names_within_other_words_of_code() -> None:
    rendered = run("a.js", "a = $TOKEN; b = 'TOKENS'; c = myTOKEN;", {"TOKEN": "v"})
    assert [problem.code for problem in rendered.problems] == ["HAL0202"] * 3 + ["HAL0201"]


def test_spring_and_template_braces_pass_through() -> None:
    text = "var a = '${services.deck}', b = `${window.x}`, c = '{{TOKEN}}';"
    assert filled("a.js", text, {"TOKEN": "v"}) == substitute(text, {"TOKEN": "v"})
