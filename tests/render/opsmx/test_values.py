"""The user's own Helm values: types, places, what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.errors import ConfigError
from halsync.redact import MASK, redact
from halsync.render.presets.opsmx.values import parse, read
from halsync.settings.steps import Preset

REPO = "spinnaker.gitopsHalyard.repo"


def from_repo(line: str) -> str:
    """A values file that says one thing about the repository, in line 4."""
    return f"spinnaker:\n  gitopsHalyard:\n    repo:\n      {line}\n"


def test_unknown_keys_are_the_users_own() -> None:
    values = parse("3.12", b"mine: {a: [1]}\nglobal: {other: 1, ssl: {enabled: true}}\n", "v.yaml")
    assert values.flag("global.ssl.enabled")
    assert values.place("global.ssl.enabled") == "v.yaml:2"
    assert values.place("global.ldap.enabled") == "default of the chart"


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ("global:\n  ldap:\n    enabled: 'false'\n", "v.yaml:3:14", "true or false"),
        ("global:\n  ldap: true\n", "v.yaml:2:9", "global.ldap must be a mapping"),
        (from_repo("token: [a]"), "v.yaml:4:14", "must be text"),
        (from_repo("token: true"), "v.yaml:4:14", "must be text"),
        ("gate: {config: {saml: 1}}\n", "v.yaml:1:23", "must be a mapping"),
        ("- a\n", "v.yaml:1:1", "must be a mapping"),
    ],
)
def test_wrong_types_are_named_with_their_place(text: str, where: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse("4.0", text.encode(), "v.yaml")
    assert caught.value.where == where
    assert told in caught.value.message


def test_all_mistakes_at_once() -> None:
    text = "global:\n  ldap: {enabled: 1}\n  ssl: {enabled: 0}\n  auth: x\n"
    with pytest.raises(ConfigError) as caught:
        parse("4.0", text.encode(), "v.yaml")
    for place in ("v.yaml:2:19", "v.yaml:3:18", "v.yaml:4:9"):
        assert place in str(caught.value)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("3.10", "3.10"),
        ("4.0", "4.0"),
        ("0123456", "0123456"),
        ("1e3", "1e3"),
        ("12_000", "12_000"),
        ("'3.10'", "3.10"),
        ("main", "main"),
        ("null", ""),
    ],
)
def test_text_is_what_is_written(written: str, read_as: str) -> None:
    values = parse("3.12", from_repo(f"halConfigBranch: {written}").encode(), "v.yaml")
    assert values.text(f"{REPO}.halConfigBranch") == read_as


def test_inline_values(tmp_path: Path) -> None:
    inline = Preset("opsmx", "3.12", {"global": {"ssl": {"enabled": True}}}, "", "halsync.yaml:3")
    assert read(inline).flag("global.ssl.enabled")
    number = inline._replace(
        values={"spinnaker": {"gitopsHalyard": {"repo": {"halConfigBranch": 3.1}}}}
    )
    with pytest.raises(ConfigError, match="in quotes") as caught:
        read(number)
    assert caught.value.where == "halsync.yaml:3"


def test_no_values_are_the_defaults() -> None:
    values = read(Preset("opsmx", "4.0"))
    assert values.flag("global.ldap.enabled") and not values.flag("global.spinnakerUrl")
    assert parse("4.0", b"# nothing\n", "v.yaml").flag("global.ldap.enabled")


def test_null_takes_a_default_away() -> None:
    assert not parse("3.12", b"global: {ldap: {enabled: null}}", "v.yaml").flag(
        "global.ldap.enabled"
    )
    assert parse("3.12", b"global: {ldap: null}", "v.yaml").flag("global.ldap.enabled")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file") as caught:
        read(Preset("opsmx", "3.12", values_file=str(tmp_path / "values.yaml")))
    assert caught.value.where.endswith("values.yaml")


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        parse("3.12", b"a: [\n", "v.yaml")
    assert caught.value.where.startswith("v.yaml:")


@pytest.mark.parametrize("chart", ["", "4", "5.0"])
def test_charts(chart: str) -> None:
    with pytest.raises(ConfigError, match=r"3\.12 or 4\.0"):
        read(Preset("opsmx", chart))


def test_secrets_are_registered() -> None:
    text = (
        from_repo("token: canary-token-1")
        + "global: {sapor: {config: {encrypt: {key: canary-key-2}}}}"
    )
    parse("4.0", text.encode(), "v.yaml")
    assert redact("canary-token-1 canary-key-2") == f"{MASK} {MASK}"
