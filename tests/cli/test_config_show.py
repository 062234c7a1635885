"""``halsync config show``: what is in effect, from where, and never a secret."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from halsync.settings.load import load
from halsync.settings.schema import schema_text
from tests.harness import halsync

CANARY = "c4nary/&|%$'\"# word"

_YAML = """\
target: hal
sources:
  - name: one
    git:
      url: https://h/r
      auth: {usernameEnv: WHO, tokenFile: tok}
      verify: {mode: tag, keyringFile: k}
    mount: .boms
  - name: two
    dir: {path: d}
render:
  placeholders: {A: x, B.C: {env: HALSYNC_B}, DB_PASSWORD: c4nary, F: {file: f, secret: true}, N: 3}
validate: {ignore: [HAL0001, rules]}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with settings, and the secrets that they name."""
    (tmp_path / "halsync.yaml").write_text(_YAML)
    (tmp_path / "tok").write_text(CANARY)
    (tmp_path / "f").write_text(CANARY)
    return tmp_path


ENV = {
    "HALSYNC_TIMEOUT": "9m",
    "HALSYNC_B": CANARY,
    "WHO": CANARY,
    "HALSYNC_SOURCE_ONE_GIT_REF": "v1",
    "HALSYNC_SOURCE_ONE_GIT_TOKEN": CANARY,
}


@pytest.mark.parametrize("form", ["text", "json", "yaml"])
def test_no_secret_is_shown(form: str, place: Path) -> None:
    words = ["config", "show", "-o", form, "--set", f"MY_TOKEN={CANARY}"]
    result = halsync(*words, env=ENV, cwd=place)
    assert result.code == 0, result.err
    for secret in (CANARY, json.dumps(CANARY)[1:-1], "c4nary"):
        assert secret not in result.out + result.err
    assert "HALSYNC_SOURCE_ONE_GIT_TOKEN" in result.out
    assert "MY_TOKEN" in result.out


def test_text_has_value_and_origin(place: Path) -> None:
    rows = {
        line.split()[0]: line.split()[1:]
        for line in halsync("config", "show", "--keep", "3", env=ENV, cwd=place).out.splitlines()
    }
    assert rows["target"] == [f"{place}/hal", "halsync.yaml:1"]
    assert rows["publish.keep"] == ["3", "--keep"]
    assert rows["timeout"] == ["9m", "HALSYNC_TIMEOUT"]
    assert rows["publish.keepFor"] == ["7d", "default"]
    assert rows["sources[0].git.ref"] == ["v1", "HALSYNC_SOURCE_ONE_GIT_REF"]
    assert rows["sources[1].dir.path"] == [f"{place}/d", "halsync.yaml:10"]
    assert rows["render.placeholders.DB_PASSWORD"] == ["•••", "halsync.yaml:12"]


def test_json(place: Path) -> None:
    shown = json.loads(halsync("config", "show", "-o", "json", env=ENV, cwd=place).out)
    assert shown["file"] == "halsync.yaml"
    assert shown["settings"]["sources"][0]["git"]["ref"] == "v1"
    assert shown["settings"]["render"]["placeholders"]["B.C"] == {
        "env": "HALSYNC_B",
        "secret": False,
    }
    assert shown["origins"]["sources[0].git.ref"] == "HALSYNC_SOURCE_ONE_GIT_REF"
    assert shown["origins"]["validate.ignore"] == "halsync.yaml:13"


def test_yaml_says_the_same_when_read_again(place: Path) -> None:
    out = halsync("config", "show", "-o", "yaml", env=ENV, cwd=place).out
    jsonschema.Draft202012Validator(json.loads(schema_text("halsync"))).validate(
        yaml.safe_load(out)
    )
    (place / "again.yaml").write_text(out)
    first = load({}, ENV, directory=str(place), everything=True).settings
    told = tuple(item for item in first.placeholders if item.name != "DB_PASSWORD")
    first = first._replace(placeholders=told)
    second = load({}, {}, config="again.yaml", directory=str(place), everything=True).settings

    def plain(settings: object) -> str:
        text = repr(settings)
        for found in second.placeholders + first.placeholders:
            text = text.replace(found.declared_at, "")
        return text

    assert plain(second) == plain(first)
    assert "# HALSYNC_TIMEOUT" in out
    assert '    # DB_PASSWORD: "•••"  # halsync.yaml:12' in out.splitlines()


def test_yaml_of_nothing_but_secrets_is_still_a_settings_file(place: Path) -> None:
    (place / "halsync.yaml").write_text("render: {placeholders: {DB_PASSWORD: c4nary}}\n")
    out = halsync("config", "show", "-o", "yaml", cwd=place).out
    (place / "again.yaml").write_text(out)
    assert "•••" in out
    assert not load({}, {}, config="again.yaml", directory=str(place)).settings.placeholders
    jsonschema.Draft202012Validator(json.loads(schema_text("halsync"))).validate(
        yaml.safe_load(out)
    )


def test_mistakes_come_instead(place: Path) -> None:
    result = halsync("config", "show", env={**ENV, "HALSYNC_TARGT": "x"}, cwd=place)
    assert result.code == 2
    record = json.loads(result.err)
    assert record["event"] == "failed"
    assert record["mistakes"] == [
        {
            "where": "HALSYNC_TARGT",
            "message": "no such setting",
            "hint": "did you mean HALSYNC_TARGET?",
        }
    ]


def test_secrets_in_patches_are_masked(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(
        "render:\n  patches:\n  - {file: config, merge: {a: {password: in-clear, key: k-clear}}}\n"
    )
    for output in ("text", "json", "yaml"):
        done = halsync("config", "show", "-o", output, cwd=tmp_path)
        assert done.code == 0, done.err
        assert "clear" not in done.out and "password" in done.out
