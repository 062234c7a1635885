"""The incumbent's hazards (incumbent.md), each repaired. The letters and numbers are that page's.

H7 and H8: values that break ``sed`` or YAML. H10: prefixes and several on a line. H14: only the
first on a line. H17: types.
"""

from __future__ import annotations

import pytest

from halsync.formats.yaml import parse
from tests.render.oracle import filled, run

_PROFILE = """spring:
  cloud:
    config:
      server:
        git:
          uri: DYNAMIC_ACCOUNTS_REPO
          username: GIT_USER
          password: GIT_TOKEN
"""


@pytest.mark.parametrize(
    "token",
    ["tok/en/1", "\\1", "tok&en&1", "a|b", "s/x/y/g", "$HOME", "`id`", "a'b", 'a"b', "a #b"],
)
def test_h7_git_token_of_any_characters(token: str) -> None:
    values = {"GIT_TOKEN": token, "GIT_USER": "user", "DYNAMIC_ACCOUNTS_REPO": "https://h/o/r.git"}
    git = parse(filled("default/profiles/spinnakerconfig.yml", _PROFILE, values)).documents[0]
    assert git.value["spring"]["cloud"]["config"]["server"]["git"] == {
        "uri": "https://h/o/r.git",
        "username": "user",
        "password": token,
    }


def test_h7_user_that_contains_a_placeholder() -> None:
    values = {"GIT_USER": "GIT_TOKEN", "GIT_TOKEN": "GIT_USER", "DYNAMIC_ACCOUNTS_REPO": "r"}
    new = filled("spinnakerconfig.yml", _PROFILE, values)
    assert "username: GIT_TOKEN\n" in new
    assert "password: GIT_USER\n" in new


def test_h7_environment_with_slash() -> None:
    assert (
        filled("config", "env: x-ENVIRONMENT\n", {"ENVIRONMENT": "prod/eu"}) == "env: x-prod/eu\n"
    )


def test_h7_s3_secret_in_java_opts() -> None:
    text = 'env:\n  JAVA_OPTS: "-Dk=AWS_ACCESS_KEY_ID -Ds=AWS_SECRET_ACCESS_KEY"\n'
    values = {"AWS_ACCESS_KEY_ID": "AK/IA", "AWS_SECRET_ACCESS_KEY": "a&b%c/d+e"}
    new = filled("default/service-settings/clouddriver-rw.yml", text, values)
    assert new == 'env:\n  JAVA_OPTS: "-Dk=AK/IA -Ds=a&b%c/d+e"\n'


@pytest.mark.parametrize(
    "value",
    ["with space", "two\nlines", "*", "a: b", "a&b", "-n", "\"a\"b'c'", "yes", "0123", "no", "1e3"],
)
@pytest.mark.parametrize("text", ["a: SECRET\n", "a: 'SECRET'\n", 'a: "SECRET"\n', "{a: SECRET}\n"])
def test_h8_values_stay_the_same_text(value: str, text: str) -> None:
    new = filled("config", text, {"SECRET": value})
    assert parse(new).documents[0].value == {"a": value}


def test_h10_a_name_that_is_a_prefix_of_another() -> None:
    assert filled("config", "x: K\ny: K_B\nz: K_B-K\n", {"K": "AAA", "K_B": "BBB"}) == (
        "x: AAA\ny: BBB\nz: BBB-AAA\n"
    )


def test_h10_several_on_a_line() -> None:
    text = "a: [KEY, 'KEY', \"KEY\"] # KEY\nb: {c: KEY, d: KEY@KEY}\n"
    assert filled("config", text, {"KEY": "v"}) == ("a: [v, 'v', \"v\"] # KEY\nb: {c: v, d: v@v}\n")


def test_h10_quoted_and_flow_places_end_where_they_should() -> None:
    text = "a: 'KEY'\nb: {c: KEY}\nd: [KEY,KEY]\n"
    assert parse(filled("config", text, {"KEY": "v}"})).documents[0].value == {
        "a": "v}",
        "b": {"c": "v}"},
        "d": ["v}", "v}"],
    }


def test_h14_twice_on_a_line() -> None:
    text = "bucket: opsmx-SPINNAKER_NAMESPACE-SPINNAKER_NAMESPACE\n"
    assert filled("config", text, {"SPINNAKER_NAMESPACE": "ns"}) == "bucket: opsmx-ns-ns\n"


def test_h17_a_branch_that_looks_like_a_number_stays_text() -> None:
    new = filled("spinnakerconfig.yml", "defaultLabel: BRANCH\n", {"BRANCH": "3.10"})
    assert parse(new).documents[0].value == {"defaultLabel": "3.10"}


def test_h17_booleans_are_booleans() -> None:
    new = filled("config", "enabled: LDAP_ENABLED\n", {"LDAP_ENABLED": "false"})
    assert parse(new).documents[0].value == {"enabled": False}


def test_h21_a_broken_file_is_never_emptied() -> None:
    rendered = run("config", "a: [KEY\n", {"KEY": "v"})
    assert rendered.tree.files["config"].content == b"a: [KEY\n"
    assert rendered.problems[0].severity == "error"
