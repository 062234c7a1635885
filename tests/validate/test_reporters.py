"""What people and machines get to see of problems."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from halsync import redact
from halsync.model import Origin, Problem
from halsync.validate.gate import check
from halsync.validate.reporters import FORMS, show

from ..harness import ROOT
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
    for revision, shown in ("3e25d19" + "b" * 33, "3e25d19"), ("sha256:" + "ab" * 32, "ab" * 6):
        problem = _PROBLEM._replace(origin=Origin("hal-config", revision, "hal/config"))
        assert f"\n  from: hal/config in hal-config at {shown}\n" in show([problem])
    # A directory that was refused while it was read has no revision.
    problem = _PROBLEM._replace(origin=Origin("hal-config", "", "hal/config"))
    assert "\n  from: hal/config in hal-config\n" in show([problem])


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


@pytest.mark.parametrize(
    ("column", "under"), [(1, 0), (8, 4), (12, 4), (23, 7), (28, 12), (36, 12), (37, 15), (41, 17)]
)
def test_the_caret_stands_under_the_mask_that_hides_the_place(column: int, under: int) -> None:
    """Two secrets on one line: each problem points at its own."""
    for secret in ("hunter2-registered", "other-one"):
        redact.register(secret)
    line = "url=hunter2-registered and other-one/b"
    problem = _PROBLEM._replace(excerpt=line, column=column)
    excerpt, caret = show([problem]).splitlines()[1:3]
    start = excerpt.index("url=")
    assert excerpt[start:] == "url=••• and •••/b"
    assert caret.index("^") - start == under


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
        "outcome": "passed",
        "exitCode": 0,
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


_MANY = [
    _PROBLEM,
    _PROBLEM._replace(severity="fatal", file="", line=0, column=0, origin=None, group="source"),
    _PROBLEM._replace(severity="warning", code="HAL0403", group="schema", path="a.b[0]"),
    _PROBLEM._replace(severity="info", code="HAL0110", hint="", file="a b/ü%.yml", origin=None),
    _PROBLEM._replace(severity="error", code="HAL9998", group="rules", file="x\x00.yml"),
]


def test_json_fits_its_schema() -> None:
    schema = json.loads((ROOT / "schemas/report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for problems in ([], _MANY, check(tree({"default/profiles/gate-local.yml": "a: b: c\n"}))):
        for files in (None, ["config"]):
            report = json.loads(show(problems, "json", files=files))
            validator.validate(report)
            assert len(report["problems"]) == len(problems)
    broken = json.loads(show(_MANY, "json"))
    del broken["problems"][0]["hint"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(broken)


def test_sarif() -> None:
    log = json.loads(show(_MANY, "sarif"))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({problem.code for problem in _MANY})
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"].endswith(f"halsync explain {rule['id']}")
    assert len(run["results"]) == len(_MANY)
    for problem, result in zip(_MANY, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == problem.code
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"].startswith(problem.message)
        # GitHub refuses the whole report if one of its results has no location.
        [location] = result["locations"]
        physical = location["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", physical["artifactLocation"]["uri"])
        assert physical["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        if problem.line:
            assert physical["region"]["startLine"] >= 1
            assert physical["region"]["startColumn"] >= 1
    assert "region" not in run["results"][1]["locations"][0]["physicalLocation"]
    moved = json.loads(show([_PROBLEM._replace(line=99)], "sarif"))["runs"][0]["results"][0]
    assert moved["partialFingerprints"] == run["results"][0]["partialFingerprints"]
    nowhere = [_PROBLEM._replace(file="", origin=None)]
    one, other = (
        json.loads(show(nowhere, "sarif", files=files))["runs"][0]["results"][0]
        for files in (["config"], ["another", "config"])
    )
    assert one["locations"] != other["locations"]
    assert one["partialFingerprints"] == other["partialFingerprints"]


def test_sarif_fits_what_the_standard_demands() -> None:
    jsonschema.Draft202012Validator(_SARIF_ESSENTIALS).validate(json.loads(show(_MANY, "sarif")))
    assert (
        jsonschema.Draft202012Validator(_SARIF_ESSENTIALS).is_valid({"version": "2.1.0"}) is False
    )


_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
_SARIF_ESSENTIALS: dict[str, Any] = {
    # Sections 3.13, 3.14, 3.18, 3.19, 3.27 to 3.30, 3.49 of SARIF 2.1.0: what must be there, of
    # which type, and that nothing else is but what the properties below allow.
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "originalUriBaseIds": {
                        "additionalProperties": {
                            "additionalProperties": False,
                            "properties": {"uri": {"type": "string"}, "description": _TEXT},
                        }
                    },
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": _TEXT,
                                                "fullDescription": _TEXT,
                                                "help": _TEXT,
                                                "defaultConfiguration": {
                                                    "properties": {
                                                        "level": {
                                                            "enum": [
                                                                "none",
                                                                "note",
                                                                "warning",
                                                                "error",
                                                            ]
                                                        }
                                                    }
                                                },
                                                "properties": {
                                                    "properties": {"tags": {"type": "array"}}
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "items": {
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": _TEXT,
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "items": {
                                        "additionalProperties": False,
                                        "properties": {
                                            "physicalLocation": {
                                                "properties": {
                                                    "artifactLocation": {"type": "object"},
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "properties": {
                                                            "startLine": {"minimum": 1},
                                                            "startColumn": {"minimum": 1},
                                                        },
                                                    },
                                                }
                                            },
                                            "logicalLocations": {
                                                "items": {
                                                    "properties": {
                                                        "fullyQualifiedName": {"type": "string"}
                                                    }
                                                }
                                            },
                                        },
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


def test_github_escapes_what_ends_a_command() -> None:
    problem = Problem(
        "HAL0001", "parse", "warning", "50% of a: b,\nc", "x\r::error::y", "a,b:c%.yml", 3, 4
    )
    line, count = show([problem], "github", files=["x"]).splitlines()
    assert line.startswith("::warning file=a%2Cb%3Ac%25.yml,line=3,col=4,title=HAL0001::50%25 of a")
    assert "\r" not in line
    assert line.count("%0A") == 1
    assert count == "1 warning in 1 file; 1 file checked"
    info = show([_PROBLEM._replace(severity="info", file="", line=0)], "github")
    assert info.startswith("::notice title=HAL0001::")


def test_junit() -> None:
    text = show(_MANY, "junit", files=["config", "good.yml"])
    root = ElementTree.fromstring(text)
    suites = {suite.get("name"): suite for suite in root}
    assert "good.yml" in suites
    assert [case.get("name") for case in suites["good.yml"]] == ["halsync"]
    assert root.get("tests") == str(len(list(root.iter("testcase"))))
    assert root.get("failures") == str(len(list(root.iter("failure")))) == "3"
    assert next(root.iter("failure")).get("message") == "what is wrong"
    assert len(list(root.iter("system-out"))) == 2
    stricter = ElementTree.fromstring(show(_MANY, "junit", fail_on="warning"))
    assert len(list(stricter.iter("failure"))) == 4
    assert ElementTree.fromstring(show(_MANY, "junit", fail_on="never")).get("failures") == "0"


@pytest.mark.parametrize("form", [form for form in FORMS if form != "text"])
def test_reports_for_machines_hold_no_control_characters(form: str) -> None:
    problem = _PROBLEM._replace(message="m\x1b[1m\x00\x07", file="f\x1b.yml", path="p\x1b")
    text = show([problem], form)
    assert not set(text) & {"\x1b", "\x00", "\x07"}
