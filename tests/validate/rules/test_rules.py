"""Every rule against its examples, and all of them against Halyard's own checks."""

from __future__ import annotations

import re

import pytest

from halsync.model import SEVERITIES
from halsync.validate.catalogue import entries, entry, halyard_checks
from halsync.validate.documents import Documents
from halsync.validate.rules import all_rules
from halsync.validate.rules.base import Rule
from halsync.validate.rules.example import example_files
from halsync.validate.schema import check_schema

from ..trees import tree
from .checking import find
from .pages import PAGE, page

RULES = all_rules()
EACH = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)

COVERED_ELSEWHERE = {
    "parse-yaml-syntax": "HAL0001",
    "parse-mapping": "HAL0401",
    "deployment-not-found": "HAL0023",
    "deployment-name-duplicate": "HAL0024",
    "deploy-service-settings-type-error": "HAL0405",
    "deploy-profile-read-error": "HAL0031",
    "deploy-images-local-read-error": "HAL0001",
}
"""Check of Halyard → the code of another stage that stands for it."""

NOT_COVERED = {
    "deploy-orphan-option-conflict": "about the options of one request, not about files",
}

MILDER = {
    "oracle-bakery-availability-domain-missing": "never run in this version of Halyard",
    "oracle-bakery-subnet-id-missing": "never run in this version of Halyard",
    "oracle-bakery-instance-shape-missing": "never run in this version of Halyard",
    "oracle-image-id-missing": "never run in this version of Halyard",
    "oracle-image-ssh-user-missing": "never run in this version of Halyard",
    "version-empty-on-deploy": "the validator itself warns; the version may be set in the pod",
    "x509-role-oid-blank": "its comparison never holds, so Halyard never says it",
}
"""Checks whose rule is less severe than Halyard's own statement, and why.

Three findings of one place are milder than their rule: a path alone as ``overrideBaseUrl`` and an
``ldap.url`` without a port (Halyard does not look at them when it deploys, and both work), a bucket
or project of canary analysis that is switched off.
"""


def test_every_check_that_needs_no_network_has_a_rule() -> None:
    offline = {name for name, check in halyard_checks().items() if check.offline}
    ruled = {name for rule in RULES for name in rule.ids}
    assert offline - ruled == COVERED_ELSEWHERE.keys() | NOT_COVERED.keys()
    assert set(COVERED_ELSEWHERE.values()) <= entries().keys()
    assert len(offline) == 180 + 15


def test_no_check_is_claimed_by_two_rules() -> None:
    claimed = [name for rule in RULES for name in rule.ids]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= halyard_checks().keys()


@EACH
def test_severity_and_deployment_are_as_halyard_has_them(rule: Rule) -> None:
    checks = halyard_checks()
    for name in rule.ids:
        if name in MILDER:
            assert SEVERITIES.index(rule.severity) > SEVERITIES.index(checks[name].severity)
        else:
            assert rule.severity == checks[name].severity, name
    assert rule.on_deploy == any(checks[name].on_deploy for name in rule.ids)


def test_codes_are_unique_and_in_the_area_of_their_module() -> None:
    found = [rule.code for rule in RULES]
    assert len(found) == len(set(found))
    assert all(re.fullmatch(r"HAL[12]\d{3}", code) for code in found)
    areas: dict[str, set[str]] = {}
    for rule in RULES:
        areas.setdefault(rule.check.__module__, set()).add(rule.code[3:5])
    assert all(len(area) == 1 for area in areas.values()), areas


@EACH
def test_a_rule_explains_itself(rule: Rule) -> None:
    said = entry(rule.code)
    assert said.group == "rules"
    assert len(said.text) > 40 and said.text[-1] in ".:)=", said.text
    assert "    " not in said.text.split("\n")[0]
    assert not rule.title[0].isupper() or rule.title.split()[0] in (
        "App", "Cloud", "DC/OS", "Docker", "ECS", "Google", "Huawei", "SAML", "SSH", "TLS",
    )  # fmt: skip


@EACH
def test_the_bad_example_is_found(rule: Rule) -> None:
    found = [
        problem for problem in find(rule.bad, requested=[rule.code]) if problem.code == rule.code
    ]
    assert found, rule.bad
    for problem in found:
        assert problem.severity in (rule.severity, "warning", "error")
        assert problem.group == "rules"
        assert problem.message and problem.message[-1] != "."
        assert problem.hint or rule.on_request
        is_whole_file = problem.file != "config" and not problem.line
        assert problem.line or is_whole_file, problem


@EACH
def test_the_good_example_is_good(rule: Rule) -> None:
    found = find(rule.good, requested=[rule.code])
    assert rule.code not in [problem.code for problem in found]
    fatal = [problem for problem in found if problem.severity in ("fatal", "error")]
    assert [problem for problem in fatal if problem.code != "HAL1003"] == []


@EACH
def test_examples_are_files_that_halyard_parses(rule: Rule) -> None:
    for text in (rule.good, rule.bad):
        documents = Documents(tree(example_files(text), config=None))
        parsed = documents.parsed("config")
        assert not parsed.failed
        found = check_schema("halconfig", parsed.documents[0])
        assert [problem for problem in found if problem.severity != "warning"] == []


def test_the_page_of_the_rules_is_current() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.validate.rules.pages"
