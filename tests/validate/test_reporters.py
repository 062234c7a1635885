"""What people and machines get to see of problems."""

from __future__ import annotations

import json

import pytest

from halsync import redact
from halsync.model import Origin, Problem
from halsync.validate.gate import check
from halsync.validate.reporters import FORMS, show

from .trees import tree

_PROBLEM = Problem(
    "HAL0001", "parse", "error", "what is wrong", "what to do", "config", 12, 5, "", "a: b: c",
    Origin("hal-config", "3e25d19b587a0011", "config"),
)  # fmt: skip


def test_text() -> None:
    assert show([_PROBLEM]) == (
        "config:12:5: error[HAL0001]: what is wrong\n"
        "  12 | a: b: c\n"
        "     |     ^\n"
        "  fix: what to do\n"
        "1 error in 1 file"
    )


def test_the_source_is_named_where_it_differs() -> None:
    problem = _PROBLEM._replace(origin=Origin("hal-config", "3e25d19b587a0011", "hal/config"))
    assert "\n  from: hal/config in hal-config at 3e25d19b587a\n" in show([problem])


def test_without_a_place() -> None:
    problem = _PROBLEM._replace(line=0, column=0, excerpt="", path="a.b[0]", file="")
    assert show([problem]).splitlines()[0] == "(no file): error[HAL0001]: what is wrong (at a.b[0])"


def test_the_count() -> None:
    warning = _PROBLEM._replace(severity="warning", file="other")
    info = _PROBLEM._replace(severity="info")
    text = show([_PROBLEM, _PROBLEM, warning, info])
    assert text.splitlines()[-1] == "2 errors, 1 warning, 1 info in 2 files"
    assert show([]) == "no problems found"


def test_colour_only_on_request() -> None:
    assert "\x1b" not in show([_PROBLEM])
    colored = show([_PROBLEM], color=True)
    assert "\x1b[1;31merror[HAL0001]\x1b[0m" in colored


@pytest.mark.parametrize("column", [1, 40, 500, 990, 1001])
def test_long_lines_are_cut_around_the_caret(column: int) -> None:
    line = "".join(chr(ord("a") + number % 26) for number in range(1000))
    shown = show([_PROBLEM._replace(excerpt=line, column=column)]).splitlines()
    assert len(shown[1]) <= 110
    at = shown[2].index("^")
    if column <= len(line):
        assert shown[1][at] == line[column - 1]
    assert ("…" in shown[1][:8]) == (column > 51)


def test_secrets_are_hidden_by_name_and_by_value() -> None:
    redact.register("hunter2-registered")
    problems = [
        _PROBLEM._replace(excerpt="  password: hunter2: x", column=20),
        _PROBLEM._replace(excerpt="host: hunter2-registered", message="hunter2-registered is bad"),
        _PROBLEM._replace(hint="not hunter2-registered", path="x.hunter2-registered"),
    ]
    for form in FORMS:
        assert "hunter2" not in show(problems, form)
    excerpt, caret = show(problems[:1]).splitlines()[1:3]
    assert caret.index("^") == excerpt.index("•")


def test_a_real_mistake_beside_a_password() -> None:
    subject = tree({"default/profiles/gate-local.yml": "db:\n  password: hunter3: x\n"})
    text = show(check(subject))
    assert "gate-local.yml:2:20: error[HAL0001]: the value of 'password'" in text
    assert "hunter3" not in text


def test_nothing_that_a_terminal_obeys() -> None:
    problem = _PROBLEM._replace(
        excerpt="\x1b[2Ja\tb\x07",
        column=7,
        file="x\x1b]0;y\x07.yml",
        message="m\x1b[1m",
        hint="h\r",
    )
    text = show([problem])
    assert not set(text) & {"\x1b", "\x07", "\t", "\r"}
    lines = text.splitlines()
    assert lines[1][lines[2].index("^")] == "b"


def test_json() -> None:
    assert json.loads(show([_PROBLEM], "json", files=["config", "x.yml"])) == {
        "version": 1,
        "problems": [
            {
                "code": "HAL0001",
                "group": "parse",
                "severity": "error",
                "file": "config",
                "line": 12,
                "column": 5,
                "path": "",
                "message": "what is wrong",
                "hint": "what to do",
                "origin": {
                    "source": "hal-config",
                    "revision": "3e25d19b587a0011",
                    "path": "config",
                },
            }
        ],
        "summary": {"errors": 1, "warnings": 0, "infos": 0, "files": 1, "checked": 2},
    }


def test_unknown_forms() -> None:
    with pytest.raises(KeyError):
        show([], "xml")
