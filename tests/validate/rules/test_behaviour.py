"""What holds for all rules together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from halsync.redact import register
from halsync.validate.gate import check, check_one
from halsync.validate.rules import all_rules
from halsync.validate.rules.example import example_files

from ..trees import tree
from .checking import codes, find

JUNK: tuple[Any, ...] = (None, [], {}, "x", "", 3, -1.5, True, [None], {"a": None}, [[]], ["é"])
KUBE = "providers: {kubernetes: {accounts: [{name: a, kubeconfigFile: %s}]}}\n"


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*at, index))


def test_values_of_any_type_anywhere_are_survived() -> None:
    from halsync.formats.yaml import parse

    number = 0
    for rule in all_rules():
        files = example_files(rule.bad)
        config = parse(files["config"]).documents[0].value
        for at in places(config):
            for junk in JUNK:
                number += 1
                if number % 41:
                    continue
                changed = deepcopy(config)
                holder = changed
                for part in at[:-1]:
                    holder = holder[part]
                holder[at[-1]] = junk
                check(tree({**files, "config": json.dumps(changed)}, config=None))
    assert number > 10_000


@pytest.mark.parametrize(
    ("path", "directories", "severity"),
    [
        ("kube/config", (), "fatal"),
        ("./kube/../kube/config", (), "fatal"),
        ("/srv/hal/kube/config", ("/srv/hal",), "fatal"),
        ("/srv/hal/kube/config", ("/srv/hal/",), "fatal"),
        ("/home/spinnaker/.hal/kube/config", (), "warning"),
        ("/home/spinnaker/.kube/config", (), ""),
        ("/srv/halyard/kube/config", ("/srv/hal",), ""),
        ("encryptedFile:kube:config", (), ""),
        ("configserver:kube", (), ""),
        ('"${HOME}/kube"', (), ""),
    ],
)
def test_files_are_looked_for_where_halyard_sees_them(
    path: str, directories: tuple[str, ...], severity: str
) -> None:
    found = find(KUBE % path, hal_directories=directories)
    assert [problem.severity for problem in found if problem.code == "HAL1901"] == (
        [severity] if severity else []
    )
    there = example_files(KUBE % path) | {"kube/config": "apiVersion: v1\n"}
    assert "HAL1901" not in codes(there, hal_directories=directories)


def test_the_nearest_file_is_offered() -> None:
    (problem,) = find(KUBE % "kube/confg" + "--- kube/config\na: 1\n")
    assert problem.hint == "did you mean 'kube/config'?"
    assert (problem.line, problem.path) == (
        4, "deploymentConfigurations[0].providers.kubernetes.accounts[0].kubeconfigFile",
    )  # fmt: skip


def test_files_of_what_is_off_are_warnings() -> None:
    storage = "persistentStorage: {persistentStoreType: %s, gcs: {bucket: b, jsonPath: k.json}}\n"
    severities = {kind: find(storage % kind)[0].severity for kind in ("gcs", "redis")}
    assert severities == {"gcs": "fatal", "redis": "warning"}


def test_a_secret_that_halsync_filled_in_is_not_reported() -> None:
    text = "providers: {dockerRegistry: {accounts: [{name: h, username: u, password: %s}]}}\n"
    assert codes(text % "fromvault-7431") == ["HAL2050"]
    register("fromvault-7431")
    assert codes(text % "fromvault-7431") == []


def test_a_secret_is_neither_in_the_message_nor_shown() -> None:
    text = "providers: {azure: {accounts: [{name: a, appKey: Sup3rS3cretV4lue}]}}\n"
    (problem,) = [problem for problem in find(text) if problem.code == "HAL2050"]
    assert "Sup3r" not in repr(problem._replace(origin=None))


def test_halyards_own_blindness_is_said() -> None:
    unseen = find("pubsub: {google: {publishers: [{name: a, project: p}]}}\n")
    assert unseen[0].hint == "add topicName; Halyard itself does not check this when it deploys"
    seen = find("timezone: Mars\n")
    assert "deploys" not in seen[0].hint


def test_one_cause_is_told_once() -> None:
    files = example_files(
        "providers:\n"
        "  dockerRegisty: {enabled: true, accounts: [{name: hub}]}\n"
        "  kubernetes: {accounts: [{name: k, dockerRegistries: [{accountName: hub}]}]}\n"
    )
    assert [problem.code for problem in check(tree(files, config=None))] == ["HAL0401"]
    misspelt = example_files(
        "pubsub: {google: {publishers: [{name: a, project: p, topicname: t}]}}"
    )
    assert [problem.code for problem in check(tree(misspelt, config=None))] == ["HAL0401"]
    aliased = example_files(
        "providers:\n  kubernetes:\n    accounts:\n"
        "    - {name: a, customResources: &r [{versioned: true}]}\n"
        "    - {name: b, customResources: *r}\n"
    )
    assert [problem.code for problem in check(tree(aliased, config=None))] == ["HAL1104"]


def test_a_file_alone_is_not_asked_for_others() -> None:
    text = example_files(KUBE % "kube/config" + "version: local:1\ntimezone: Mars\n")
    assert [problem.code for problem in check_one(tree(text, config=None))] == ["HAL1001"]


def test_rules_on_request_are_run_on_request_only() -> None:
    config = tree(example_files("stats: {enabled: true}"), config=None)
    assert check(config) == []
    assert [problem.code for problem in check(config, on_request=["HAL1007"])] == ["HAL1007"]
