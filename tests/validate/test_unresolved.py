"""Declared placeholders that rendering has left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from halsync.validate.gate import check
from tests.harness import halsync

from .trees import tree


def found(path: str, text: str, *names: str) -> list[tuple[int, int]]:
    return [
        (problem.line, problem.column)
        for problem in check(tree({path: text}), placeholders=names)
        if problem.code == "HAL0030"
    ]


def test_in_yaml() -> None:
    text = """\
# NAME in a comment
a: NAME
b: 'x-NAME-y'  # NAME
NAME: key
c: |
  line
  NAME and NAME
d: [MYNAME, NAME2, NAME_X, XNAME]
e: "{NAME}"
"""
    path = "default/profiles/gate-local.yml"
    assert found(path, text, "NAME", "OTHER") == [(2, 4), (3, 7), (4, 1), (7, 3), (7, 12), (9, 6)]


@pytest.mark.parametrize(
    ("path", "text", "places"),
    [
        ("default/profiles/settings-local.js", "// NAME\nvar x = 'NAME'; /* NAME\n */ y = NAME;\n",
         [(2, 10), (3, 9)]),
        ("default/profiles/settings-local.js", "x = 'http://NAME/'; // NAME\n", [(1, 13)]),
        ("gate.properties", "# NAME\n ! NAME\na=NAME\n", [(3, 3)]),
        ("default/profiles/rosco/x.json", '{"a": "NAME"}', [(1, 8)]),
        ("README.md", "NAME", []),
        ("default/profiles/rosco/x.json", '{"a": NAME}', []),
        ("default/profiles/gate-local.yml", "a: NAME: x\n", []),
    ],
)  # fmt: skip
def test_other_formats(path: str, text: str, places: list[tuple[int, int]]) -> None:
    assert found(path, text, "NAME") == places


def test_names_are_taken_literally_and_the_longest_first() -> None:
    text = "a: '{{ x.y }}'\nb: A-B\nc: A\n"
    problems = check(tree({"x.yml": text}), placeholders=["{{ x.y }}", "A", "A-B"])
    assert [problem.message.split()[2] for problem in problems] == ["{{", "A-B", "A"]


def test_the_finding() -> None:
    path = "default/service-settings/gate.yml"
    (problem,) = check(tree({path: "\ufeffhost: NAME\n"}), placeholders=["NAME"])
    assert (problem.code, problem.group, problem.severity) == ("HAL0030", "render", "error")
    assert (problem.line, problem.column, problem.excerpt) == (1, 7, "host: NAME")
    (problem,) = check(tree({"samples/x.yml": "host: NAME\n"}), placeholders=["NAME"])
    assert problem.severity == "warning"


def test_a_name_that_nobody_declared(tmp_path: Path) -> None:
    """It stands where a host belongs; what Spring or the settings fill in does not count."""
    place = tmp_path / "hal"
    (place / "default/profiles").mkdir(parents=True)
    (place / "config").write_text("deploymentConfigurations: [{name: default}]\n")
    (place / "default/profiles/gate-local.yml").write_text(
        "# http://IN_A_COMMENT\n"
        "a: https://GATE_HOST/x\n"
        "b: jdbc:mysql://user:pw@prod-DB_HOST:3306/OTHER_NAME\n"
        "c: http://${SOME_HOST}/x, http://example.org/SOME_PATH, FREE_WORD\n"
    )

    def told() -> list[tuple[str, int]]:
        done = halsync("validate", "hal", "-o", "json", cwd=tmp_path)
        assert done.code == 0
        found = [each for each in json.loads(done.out)["problems"] if each["code"] == "HAL2206"]
        return [(each["message"].split("'")[1], each["line"]) for each in found]

    assert told() == [("GATE_HOST", 2), ("DB_HOST", 3)]
    (tmp_path / "halsync.yaml").write_text("render: {placeholders: {GATE_HOST: api}}\n")
    assert told() == [("DB_HOST", 3)]
