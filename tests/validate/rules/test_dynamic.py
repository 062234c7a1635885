"""Accounts beside the halconfig are judged like those in it."""

from __future__ import annotations

import pytest

from halsync.model import File, Origin, Problem, Tree
from halsync.validate.documents import Documents
from halsync.validate.rules import check_rules

CONFIG = """\
deploymentConfigurations:
- name: default
  deploymentEnvironment: {type: LocalDebian}
  providers:
    dockerRegistry: {enabled: true, accounts: [{name: hub, address: https://index.docker.io}]}
    kubernetes: {enabled: true, accounts: [{name: k8s, kinds: [pod], omitKinds: [event]}]}
"""


def found(files: dict[str, str]) -> list[Problem]:
    """What the rules say of clouddriver's files."""
    tree = Tree(
        {path: File(text.encode(), False, Origin("s", "1", path)) for path, text in files.items()},
        {},
    )
    return [
        problem for problem in check_rules(Documents(tree)) if "clouddriver" in problem.file
        and problem.code.startswith(("HAL10", "HAL11", "HAL12"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["clouddriver-local.yml", "accounts/clouddriver.yml", "default/profiles/clouddriver-local.yml"],
)
@pytest.mark.parametrize("config", [CONFIG, ""])
@pytest.mark.parametrize(
    ("account", "code", "line"),
    [
        ("{kinds: [pod]}", "HAL1021", 3),
        ("{name: a, kinds: [pod], omitKinds: [event]}", "HAL1103", 3),
        ("{name: a, namespaces: [a], omitNamespaces: [b]}", "HAL1107", 3),
        ("{name: a, cacheThreads: -1}", "HAL1106", 3),
        ("{name: a}\n  - {name: a}", "HAL1023", 4),
    ],
)
def test_a_faulty_account(path: str, config: str, account: str, code: str, line: int) -> None:
    files = {path: f"kubernetes:\n  accounts:\n  - {account}\n"}
    problems = found(files | ({"config": config} if config else {}))
    assert [(one.code, one.file, one.line) for one in problems] == [(code, path, line)]
    assert problems[0].severity == "error"


def test_a_name_that_another_provider_of_the_halconfig_has() -> None:
    text = "kubernetes:\n  accounts:\n  - name: hub\n"
    problems = found({"config": CONFIG, "default/profiles/clouddriver-local.yml": text})
    assert [(one.code, one.line) for one in problems] == [("HAL1023", 3)]


def test_the_halconfigs_own_accounts_of_that_provider_count_no_more() -> None:
    text = "kubernetes:\n  accounts:\n  - name: k8s\n"
    assert found({"config": CONFIG, "default/profiles/clouddriver-local.yml": text}) == []


def test_service_settings_and_other_contents_are_no_accounts() -> None:
    assert (
        found(
            {
                "config": CONFIG,
                "default/service-settings/clouddriver.yml": "kubernetes: {accounts: [{}]}\n",
                "default/profiles/clouddriver-local.yml": "kubernetes: {accounts: 7}\naws: []\n",
                "clouddriver-notes.yml": "- kubernetes\n",
            }
        )
        == []
    )
