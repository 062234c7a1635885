"""What a person reads: place, path, words and remedy of each kind of problem."""

from __future__ import annotations

import pytest

from halsync.redact import MASK
from halsync.validate.schema import check_schema
from halsync.validate.schema.codes import CODES

from .checking import codes, errors, only, problems

ACCOUNT = """\
deploymentConfigurations:
- name: default
  providers:
    kubernetes:
      accounts:
      - name: one
      - name: two
      - name: three
        {}
"""


def account(line: str) -> str:
    """A halconfig with one more line in its third account."""
    return ACCOUNT.replace("{}", line)


def test_a_misspelt_key() -> None:
    problem = only(account("contxt: b"))
    assert (problem.code, problem.group, problem.severity) == ("HAL0401", "schema", "error")
    assert problem.path == "deploymentConfigurations[0].providers.kubernetes.accounts[2].contxt"
    assert (problem.file, problem.line, problem.column) == ("config", 9, 9)
    assert (
        problem.message == "Halyard does not know the key 'contxt' here and refuses the whole file"
    )
    assert problem.hint == "did you mean 'context'?"


def test_keys_that_one_indentation_has_moved_are_one_problem() -> None:
    text = "deploymentConfigurations:\n- stats:\n"
    text += "  endpoint: x\n  instanceId: y\n  spinnakerVersion: z\n"
    problem = only(text)
    assert "the keys 'endpoint', 'instanceId', 'spinnakerVersion'" in problem.message
    assert problem.hint == (
        "'endpoint', 'instanceId', 'spinnakerVersion' belong into 'stats': check the indentation"
    )
    assert problem.line == 3


def test_a_key_too_far_in() -> None:
    text = "deploymentConfigurations:\n- name: a\n  webhook:\n    timezone: x\n"
    assert only(text).hint == "'timezone' belongs one level further out: check the indentation"


def test_a_key_without_relatives() -> None:
    assert only("halyardVersion: x\nzzzz: 1\n").hint == (
        "remove it; known here: currentDeployment, deploymentConfigurations, halyardVersion"
    )


def test_an_unknown_key_without_a_value_is_only_a_warning() -> None:
    problem = only(account("contxt:"))
    assert (problem.code, problem.severity) == ("HAL0404", "warning")
    assert problem.hint == "did you mean 'context'?"


@pytest.mark.parametrize(
    ("line", "code", "message", "hint"),
    [
        ("kinds: a", "HAL0405", "'kinds' must be a list, but is text", "'- '"),
        ("kinds: {}", "HAL0405", "'kinds' must be a list, but is a mapping", "'- '"),
        ("kinds: [[]]", "HAL0405", "an item of 'kinds' must be text, but is a list", "one value"),
        ("context: [x]", "HAL0405", "'context' must be text, but is a list", "the brackets"),
        ("permissions: ''", "HAL0405", "'permissions' must be a mapping, but is text", "the empty"),
        ("debug: 'yes'", "HAL0406", "'debug' must be true or false, but is 'yes', which Halyard "
         "does not take for one", "write true"),
        ("debug: n", "HAL0406", "'debug' must be true or false, but is 'n', which Halyard does not "
         "take for one", "write false"),
        ("debug: 0.0", "HAL0406", "'debug' must be true or false, but is '0.0'", "without quotes"),
        ("cacheThreads: 5m", "HAL0407", "'cacheThreads' must be a whole number, but is '5m'",
         "without a unit"),
        ("cacheThreads: 9999999999", "HAL0407", "'cacheThreads' must be a whole number, but is "
         "'9999999999', which is too large or too small", "smaller"),
        ("providerVersion: v2", "HAL0408", "'providerVersion' must be one of V1 or V2, but is 'v2'",
         "write V2: upper and lower case matter"),
        ("permissions: {Write: []}", "HAL0408", "the key must be one of READ, WRITE, EXECUTE or "
         "CREATE, but is 'Write'", "write WRITE: upper and lower case matter"),
    ],
)  # fmt: skip
def test_what_is_refused(line: str, code: str, message: str, hint: str) -> None:
    problem = only(account(line))
    assert (problem.code, problem.severity, problem.message) == (code, "error", message)
    assert hint in problem.hint
    assert problem.line == 9


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("context: 1.30", "HAL0420", "YAML takes 1.30 for a number, and Halyard keeps '1.3'"),
        ("context: 010", "HAL0420", "YAML takes 010 for a number, and Halyard keeps '8'"),
        ("context: 1:30", "HAL0420", "YAML takes 1:30 for a number, and Halyard keeps '90'"),
        ("context: 1_0 # x", "HAL0420", "YAML takes 1_0 for a number, and Halyard keeps '10'"),
        ("kinds: [0x10]", "HAL0420", "YAML takes 0x10 for a number, and Halyard keeps '16'"),
        ("context: yes", "HAL0422", "YAML takes this word for a boolean, and Halyard keeps 'true'"),
        ("context: Off", "HAL0422", "YAML takes this word for a boolean, and Halyard keeps "
         "'false'"),
        ("context: 2020-01-01", "HAL0421", "YAML takes this for a date, and Halyard keeps its "
         "milliseconds: 1577836800000"),
        ("cacheThreads: 1.9", "HAL0423", "Halyard cuts this number off to 1"),
        ("cacheThreads: 010", "HAL0420", "YAML reads 010 as 8"),
        ("cacheThreads: ''", "HAL0423", "Halyard takes this text for nothing, so the default "
         "applies"),
        ("debug: 1", "HAL0423", "Halyard takes this number for true"),
        ("providerVersion: 1", "HAL0423", "Halyard takes number 1 for V2"),
        ("kinds: [a, ~]", "HAL0413", "this list item is empty; it stays null and may crash a "
         "deployment"),
    ],
)  # fmt: skip
def test_what_is_accepted_and_surprises(line: str, code: str, message: str) -> None:
    problem = only(account(line))
    assert (problem.code, problem.severity, problem.message) == (code, "warning", message)
    assert problem.hint


@pytest.mark.parametrize(
    "line",
    [
        "context: 8", "context: 1.3", "context: true", 'context: "010"', "context: !!str 1.30",
        "debug: yes", "debug: 'true'", "cacheThreads: '3'", "kinds:", "permissions: {READ: }",
        "cacheThreads: 1000", "context: -5", "providerVersion: ' V2 '", "context: ~",
    ],
)  # fmt: skip
def test_what_is_fine(line: str) -> None:
    assert not problems(account(line))


def test_what_halyard_ignores() -> None:
    problem = only("deploymentConfigurations:\n- plugins: {x: [1}\n".replace("[1}", "[1]}"))
    assert (problem.code, problem.severity) == ("HAL0403", "warning")
    assert (
        problem.message == "Halyard ignores 'plugins' (known from 1.23.0 to 1.31.1, ignored since)"
    )
    assert only("nodeName: x\n").message == "Halyard ignores 'nodeName'"


def test_integrations_are_told_apart_by_their_name() -> None:
    text = "deploymentConfigurations:\n- canary:\n    serviceIntegrations:\n    - {}\n"
    assert only(text.format("{name: gogle}")).hint == "did you mean google?"
    missing = only(text.format("{enabled: true}"))
    assert (missing.code, missing.line) == ("HAL0410", 4)
    assert "has no 'name'" in missing.message
    other = only(text.format("{name: google, s3Enabled: true}"))
    assert other.code == "HAL0401"
    assert not problems(text.format("{name: aws, s3Enabled: true}"))


def test_urls() -> None:
    text = "deploymentConfigurations: [{security: {authn: {saml: {serviceAddress: 'x.org'}}}}]"
    problem = only(text)
    assert problem.code == "HAL0409"
    assert problem.message.endswith(
        "must be a URL, but is 'x.org': it has no protocol such as https://"
    )


def test_crashes_while_linking() -> None:
    text = "deploymentConfigurations:\n- providers:\n    oracle:\n      accounts: [{name: a}]\n"
    problem = only(text)
    assert (problem.code, problem.line) == ("HAL0411", 4)
    assert not problems(text + "      primaryAccount: a\n")
    assert only(text + "      primaryAccount: b\n").hint == "name one of them: 'a'"
    assert codes("deploymentConfigurations: [{providers: {dcos: {accounts: [{name: a}]}}}]") == [
        "HAL0411"
    ]


def test_a_null_key_is_refused_unless_its_value_is_null_too() -> None:
    text = "deploymentConfigurations:\n- plugins:\n    ~: {}\n"
    assert [problem.code for problem in errors(problems(text.format("x")))] == ["HAL0412"]
    assert not errors(problems(text.format("~")))
    assert "HAL0412" in codes("kubernetes: {~: }", "service-settings")


def test_keys_whose_text_changes() -> None:
    text = "env: {no: a, 9: b, 010: c, 'on': d, true: e, 1.50: f}\n"
    found = problems(text, "service-settings")
    assert [(problem.code, problem.column) for problem in found] == [
        ("HAL0422", 7), ("HAL0420", 20), ("HAL0420", 46),
    ]  # fmt: skip
    assert found[0].message == "YAML takes this key for a boolean, and Halyard keeps 'false'"
    assert found[1].hint == 'write "010" in quotes'
    assert codes("deploymentConfigurations: [{yes: x}]") == ["HAL0401"]


def test_an_anchor_used_twice_is_reported_once() -> None:
    text = (
        "deploymentConfigurations:\n- providers:\n    kubernetes: {accounts: [&a {x: 1}, *a]}\n"
        "- providers:\n    kubernetes: {accounts: [*a]}\n"
    )
    assert codes(text) == ["HAL0401"]


def test_unusual_keys_in_paths() -> None:
    text = "deploymentConfigurations: [{deploymentEnvironment: {sidecars: {'a.\"b': x}}}]"
    assert only(text).path == 'deploymentConfigurations[0].deploymentEnvironment.sidecars["a.\\"b"]'


def test_secrets_are_not_shown() -> None:
    text = "deploymentConfigurations: [{notifications: {slack: {token: 0123456}}}]"
    assert "123" not in repr(only(text)._replace(column=0)) and "42798" not in repr(only(text))
    text = "deploymentConfigurations: [{security: {authn: {ldap: {url: 'x://u:hunter2@[h'}}}}]"
    assert "hunter" not in repr(only(text))
    assert "hunter" not in only(account("password: {hunter: 2}")).message
    assert MASK in only(text).message


def test_the_root() -> None:
    assert only("[]").message == "the file must hold a mapping, but it is a list"
    assert not problems("")
    assert not problems("~")


def test_service_settings() -> None:
    assert only("artifactid: x", "service-settings").hint == "did you mean 'artifactId'?"
    assert only("artifactid: x", "service-settings").severity == "warning"
    assert only("kubernetes: {volumes: }", "service-settings").code == "HAL0414"
    assert not problems("env:\nkubernetes:\n", "service-settings")
    assert only("some text", "service-settings").severity == "warning"
    assert only("# nothing", "service-settings").code == "HAL0416"
    assert only("~", "service-settings").line == 1


def test_a_bill_of_materials() -> None:
    assert codes("services: {}\n", "bom") == ["HAL0431"]
    text = "version: 1.30\ndependencies: {redis: {version: 2:8.4}}\nservices: {gate: {x: 1}}\n"
    assert codes(text, "bom") == ["HAL0420", "HAL0420", "HAL0403"]


def test_the_daemons_settings() -> None:
    text = "server: {port: 80a}\ngrpc.enabled: ${X}\n"
    text += "spinnaker.artifacts: {docker: x}\nmine: {a: [~]}\n"
    found = problems(text, "halyard")
    assert [(problem.code, problem.line) for problem in found] == [("HAL0407", 1), ("HAL0430", 3)]
    assert "spinnaker.artifacts.dockerRegistry" in found[1].hint
    assert codes("backup: {google: {enabled: maybe}}", "halyard") == ["HAL0406"]
    assert codes("server: {port: [1]}", "halyard") == ["HAL0405"]
    assert not problems("server: {port: '8064', address: 0.0.0.0}\n", "halyard")
    assert not check_schema("halyard", None)


def test_codes_are_of_this_group() -> None:
    assert all(
        code.startswith("HAL04") and entry.group == "schema" for code, entry in CODES.items()
    )


def test_a_template_expression_that_nobody_rendered() -> None:
    problem = only("deploymentConfigurations:\n- name: a\n  version: {{ .Values.version }}\n")
    assert (problem.code, problem.line) == ("HAL0405", 3)
    assert "template expression" in problem.hint
