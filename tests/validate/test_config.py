"""Is there a halconfig?"""

from __future__ import annotations

import pytest

from halsync.model import Problem
from halsync.validate.gate import check

from .trees import tree


def only(config: str | None, files: dict[str, str] | None = None, **more: list[str]) -> Problem:
    (problem,) = check(
        tree(files, config=config, dangling=more.get("dangling", [])), ignore=["schema", "rules"]
    )
    return problem


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({}, "the tree is empty"),
        ({"halconfig": "a: 1\n"}, "rename 'halconfig'"),
        ({"config.yml": "a: 1\n"}, "rename 'config.yml'"),
        ({"Config": "a: 1\n"}, "rename 'Config'"),
        ({"confg": "a: 1\n", "x": ""}, "rename 'confg'"),
        ({"hal/config": "a: 1\n"}, "one in 'hal': name that in path (of S3: prefix), or correct"),
        ({"a/b/config": "", "c/config": "", "README.md": ""}, "there is one in 'c', 'a/b'"),
        ({"config/x.yml": "a: 1\n"}, "config is a directory"),
        ({"README.md": ""}, "under the name 'config'"),
    ],
)
def test_no_config(files: dict[str, str], hint: str) -> None:
    problem = only(None, files)
    assert (problem.code, problem.severity, problem.file, problem.line) == (
        "HAL0020", "error", "config", 0,
    )  # fmt: skip
    assert hint in problem.hint


def test_config_is_a_link_to_nowhere() -> None:
    found = check(tree(config=None, dangling=["config"]))
    assert [problem.code for problem in found] == ["HAL0020", "HAL0031"]
    assert "link" in found[0].hint


@pytest.mark.parametrize("config", ["", "# nothing\n", "---\n", "~\n", "{}\n"])
def test_an_empty_config_is_never_meant(config: str) -> None:
    problem = only(config)
    assert (problem.code, problem.severity) == ("HAL0021", "error")


@pytest.mark.parametrize(
    ("config", "code", "line", "column", "words"),
    [
        ("- a\n", "HAL0022", 1, 1, "but is a list"),
        ("hello\n", "HAL0022", 1, 1, "but is a scalar"),
        ("# c\nname: default\n", "HAL0022", 2, 1, "no deploymentConfigurations"),
        ("x: 1\ndeploymentConfiguration: []\n", "HAL0022", 2, 1, "no deploymentConfigurations"),
        ("a: 1\ndeploymentConfigurations:\n", "HAL0022", 2, 1, "is empty"),
        ("deploymentConfigurations: []\n", "HAL0022", 1, 1, "is empty"),
        ("deploymentConfigurations: {name: x}\n", "HAL0022", 1, 1, "is a mapping, not a list"),
        ("deploymentConfigurations:\n- default\n", "HAL0022", 2, 3, "must be a mapping"),
        ("deploymentConfigurations:\n- name: a\n- ~\n", "HAL0022", 3, 3, "but is a null"),
        ("deploymentConfigurations:\n- version: 1\n", "HAL0024", 2, 3, "no name"),
        ("deploymentConfigurations:\n- {version: 1, name: }\n", "HAL0024", 2, 22, "no name"),
        ("deploymentConfigurations:\n- name: a\n- name: a\n", "HAL0024", 3, 9, "two deployments"),
        (
            "currentDeployment: defualt\ndeploymentConfigurations:\n- name: default\n",
            "HAL0023", 1, 20, "names 'defualt', but there is only 'default'",
        ),
    ],
)  # fmt: skip
def test_what_is_no_halconfig(config: str, code: str, line: int, column: int, words: str) -> None:
    problem = only(config)
    assert (problem.code, problem.line, problem.column) == (code, line, column), problem
    assert words in problem.message
    assert problem.hint


def test_the_nearest_name_is_offered() -> None:
    misspelt = only("x: 1\ndeploymentConfiguration: []\n")
    assert "'deploymentConfiguration'" in misspelt.hint
    current = only("currentDeployment: defualt\ndeploymentConfigurations:\n- name: default\n")
    assert current.hint == "did you mean 'default'?"
    assert current.path == "currentDeployment"


@pytest.mark.parametrize(
    "config",
    [
        "deploymentConfigurations:\n- name: default\n",
        "currentDeployment: ~\ndeploymentConfigurations:\n- name: default\n",
        "currentDeployment: 1\ndeploymentConfigurations:\n- name: '1'\n",
        "currentDeployment: b\ndeploymentConfigurations: [{name: a}, {name: b}]\n",
        '{"deploymentConfigurations": [{"name": "default"}]}',
    ],
)
def test_what_is_one(config: str) -> None:
    assert check(tree(config=config)) == []


def test_a_config_that_does_not_parse_is_reported_once() -> None:
    assert only("a: b: c\n").code == "HAL0001"
