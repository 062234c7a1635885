"""``schemas/halsync.schema.json``: current, true to the loader, and found at run time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from halsync.errors import ConfigError
from halsync.settings.load import load
from halsync.settings.model import GitAuth, GitSettings
from halsync.settings.options import OPTIONS
from halsync.settings.schema import schema_names, schema_text
from halsync.settings.schema_document import document, text
from halsync.settings.spec import yaml_keys
from tests.settings.samples import SAMPLES, base_url, write_yaml

ROOT = Path(__file__).resolve().parents[2]

_DESIGN = """\
target: /home/spinnaker/.hal
daemonConfig: /opt/halyard/config
sources:
  - name: hal-config
    git:
      url: https://git.example.com/acme/spinnaker.git
      ref: main
      path: /
      auth: {usernameFile: /run/user, tokenFile: /run/token}
  - name: accounts
    git: {url: https://git.example.com/acme/spinnaker.git, ref: main, path: dynamic-accounts}
    mount: default/profiles
  - name: local
    dir: {path: /etc/hal}
render:
  placeholders: {RELEASE_NAME: isd, SPINNAKER_NAMESPACE: {env: POD_NAMESPACE}}
validate: {ignore: [HAL0312], failOn: error}
"""


def validator() -> jsonschema.Draft202012Validator:
    """For the schema that is checked in."""
    return jsonschema.Draft202012Validator(json.loads(schema_text("halsync")))


def test_is_current() -> None:
    checked_in = (ROOT / "schemas" / "halsync.schema.json").read_text(encoding="utf-8")
    assert checked_in == text(), "run python -m halsync.cli.reference"


def test_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(document())
    assert document()["$schema"].endswith("2020-12/schema")


def test_the_design_s_example(tmp_path: Path) -> None:
    validator().validate(yaml.safe_load(_DESIGN))
    (tmp_path / "halsync.yaml").write_text(_DESIGN)
    settings = load({}, {}, directory=str(tmp_path)).settings
    assert [source.name for source in settings.sources] == ["hal-config", "accounts", "local"]
    first, second = settings.sources[0].options, settings.sources[1].options
    assert isinstance(first, GitSettings)
    assert first._replace(auth=GitAuth()) == second


def examples() -> list[Path]:
    """Every halsync.yaml that ships."""
    return sorted((ROOT / "examples").rglob("halsync*.yaml"))


@pytest.mark.parametrize("path", examples(), ids=lambda path: path.name)
def test_shipped_examples(path: Path) -> None:
    validator().validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("key", SAMPLES)
def test_samples(key: str, tmp_path: Path) -> None:
    option = next(option for option in OPTIONS if option.key == key)
    sample = SAMPLES[key]
    for name in yaml_keys(option):
        if name.endswith("Env"):
            continue
        given = {**base_url(option), **sample.also, name: sample.typed}
        file = tmp_path / "halsync.yaml"
        of_source = key.startswith("sources")
        write_yaml(file, {} if of_source else given, given if of_source else None)
        validator().validate(json.loads(file.read_text()))


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_every_key_is_described(option: Any) -> None:
    for key in yaml_keys(option):
        node = document()
        for part in key.split("."):
            name = part.removesuffix("[]")
            assert node["additionalProperties"] is False
            node = node["properties"][name]
            if part.endswith("[]"):
                node = node["items"]
        assert node["title"] == key.rpartition(".")[2]
        assert node["description"]
        if option.choices:
            assert node["enum"] == list(option.choices)
        if option.default is not None:
            assert node["default"] == option.default
        examples = [yaml.safe_load(option.example)] if option.example else []
        for example in examples:
            jsonschema.Draft202012Validator(node).validate(example)


@pytest.mark.parametrize(
    "text",
    [
        "targt: /x",
        "publish: {keep: x}",
        "publish: {keepFor: 30}",
        "publish: {umask: 27}",
        "log: {level: warn}",
        "sources: [{name: a}]",
        "sources: [{name: A, dir: {path: x}}]",
        "sources: [{name: a, dir: {path: x}, git: {url: x}}]",
        "sources: [{name: a, git: {ref: x}}]",
        "sources: [{name: a, git: {url: x, auth: {token: x}}}]",
        "sources: [{name: a, git: {url: x, auth: {tokenFile: x, tokenEnv: y}}}]",
        "sources: [{name: a, git: {url: x, auth: {username: x, usernameFile: y}}}]",
        "render: {placeholders: {A: {env: x, file: y}}}",
        "render: {placeholders: {A: 1.5}}",
    ],
)
def test_schema_and_loader_refuse_the_same(text: str, tmp_path: Path) -> None:
    assert not validator().is_valid(yaml.safe_load(text))
    (tmp_path / "halsync.yaml").write_text(text)
    with pytest.raises(ConfigError):
        load({}, {}, directory=str(tmp_path))


@pytest.mark.parametrize("text", ["watch: {listen: ''}", "watch: {listen: 'off'}"])
def test_listening_nowhere(text: str, tmp_path: Path) -> None:
    assert validator().is_valid(yaml.safe_load(text))
    (tmp_path / "halsync.yaml").write_text(text + "\nsources: [{name: a, dir: {path: /a}}]\n")
    loaded = load({"target": "/t"}, {}, directory=str(tmp_path))
    assert loaded.settings.watch is not None
    assert loaded.settings.watch.listen == ""


def test_unknown_schema() -> None:
    assert "halsync" in schema_names()
    with pytest.raises(ConfigError) as caught:
        schema_text("../../etc/passwd")
    assert "halsync" in caught.value.hint
