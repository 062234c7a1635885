"""The preset as a user meets it: halsync.yaml, variables, and what is said about mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness import Result, environment, halsync
from tests.render.opsmx.support import CONFIG, DYNAMIC, FILES

VALUES = {"spinnaker": {"gitopsHalyard": {"repo": {"username": "ada", "token": "tok-123456"}}}}


def render(
    directory: Path,
    render: dict[str, Any],
    files: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
    **settings: Any,
) -> tuple[Result, dict[str, str]]:
    """``halsync render`` of a small installation; the texts of the files."""
    for path, text in {**FILES, **(files or {})}.items():
        (directory / "hal" / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / "hal" / path).write_text(text)
    whole = {
        "sources": [{"name": "hal", "dir": {"path": "hal"}}],
        "render": {"preset": "opsmx", "chart": "4.0", "values": VALUES, **render},
        "validate": {"ignore": ["rules", "schema"]},  # a small tree is no whole configuration
        **settings,
    }
    (directory / "halsync.yaml").write_text(yaml.safe_dump(whole))
    done = halsync("render", "--out", "out", "--show-secrets", cwd=directory, env=env)
    out = directory / "out"
    found = {
        str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()
    }
    return done, found


NAMED = {"release": "isd", "namespace": "opsmx"}


def test_the_users_own_placeholders_win_where_the_preset_fills_them_in(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    own = {"KEY": "my-own-key", "GIT_TOKEN": {"file": "token"}, "RELEASE_NAME": "other"}
    files = {"default/profiles/gate-local.yml": "a: KEY\nb: GIT_TOKEN\n"}
    done, out = render(tmp_path, {"namespace": "opsmx", "placeholders": own}, files)
    assert done.code == 0, done.err
    profile = yaml.safe_load(out[DYNAMIC])
    assert profile["encrypt"]["key"] == "my-own-key"
    assert profile["spring"]["cloud"]["config"]["server"]["git"]["password"] == "from-a-file"
    assert out["default/profiles/gate-local.yml"] == "a: KEY\nb: GIT_TOKEN\n"
    assert "redis://other-redis-master" in out["default/service-settings/redis.yml"]


def test_the_users_own_patches_come_after_the_presets(tmp_path: Path) -> None:
    authz = {
        "deploymentConfigurations": [{"name": "second", "security": {"authz": {"enabled": True}}}]
    }
    patch = {"file": "config", "merge": authz, "override": True}
    done, out = render(tmp_path, {**NAMED, "patches": [patch]})
    assert done.code == 0, done.err
    one, two = yaml.safe_load(out[CONFIG])["deploymentConfigurations"]
    assert one["security"]["authz"]["enabled"] is False
    assert two["security"]["authz"]["enabled"] is True


def test_surroundings_from_variables(tmp_path: Path) -> None:
    services = [
        {"kind": "Service", "metadata": {"name": f"spin-{name}-np"},
         "spec": {"ports": [{"port": port, "nodePort": node}]}}
        for name, port, node in (("gate", 8084, 31000), ("deck", 9000, 31001))
    ]  # fmt: skip
    (tmp_path / "services.json").write_text(json.dumps({"kind": "List", "items": services}))
    values = {**VALUES, "global": {"autoConfiguration": {"enabled": True}}}
    env = {
        "HALSYNC_RENDER_RELEASE": "isd",
        "HALSYNC_RENDER_NAMESPACE": "opsmx",
        "HALSYNC_RENDER_NODE_IP": "192.0.2.10",
        "HALSYNC_RENDER_SERVICES_FILE": "services.json",
    }
    done, out = render(tmp_path, {"values": values}, env=env)
    assert done.code == 0, done.err
    security = yaml.safe_load(out[CONFIG])["deploymentConfigurations"][0]["security"]
    assert security["apiSecurity"]["overrideBaseUrl"] == "http://192.0.2.10:31000"
    assert security["uiSecurity"]["overrideBaseUrl"] == "http://192.0.2.10:31001"


def test_the_key_of_the_source_serves_the_dynamic_accounts(tmp_path: Path) -> None:
    """Without a key of its own, the preset takes the one that the repository is read with."""
    from halsync.agent.preset import steps_of
    from halsync.settings.model import GitAuth, GitSettings, SecretRef, Settings, SourceSettings
    from halsync.settings.steps import Preset
    from tests.render.opsmx.support import tree_of

    auth = GitAuth(ssh_key=SecretRef("/run/secrets/ssh-key"))
    source = SourceSettings("hal", GitSettings("git@host:a/b.git", auth=auth))
    values = {"spinnaker": {"gitopsHalyard": {"repo": {"sshkeysecret": True}}}}
    settings = Settings(sources=(source,), preset=Preset("opsmx", "3.12", values))
    plan = steps_of(settings, tree_of(FILES)).plan
    assert "/run/secrets/ssh-key" in {item.file for item in plan.placeholders}


def test_a_reference_as_token_is_resolved(tmp_path: Path) -> None:
    """standard-isd-gitops gives the token so; the chart's decoder resolves it in the profile."""
    place = tmp_path / "secrets" / "gittoken" / "gittoken"
    place.parent.mkdir(parents=True)
    place.write_text("tok: en&1\n")
    repo = {"username": "ada", "token": "encrypted:gittoken:gittoken"}
    values = {"spinnaker": {"gitopsHalyard": {"repo": repo}}}
    done, out = render(tmp_path, {**NAMED, "values": values, "secretsDir": "secrets"})
    assert done.code == 0, done.err
    git = yaml.safe_load(out[DYNAMIC])["spring"]["cloud"]["config"]["server"]["git"]
    assert git["password"] == "tok: en&1"
    done = halsync("render", "-o", "json", cwd=tmp_path)
    (one,) = json.loads(done.out)["references"]
    assert (one["file"], one["name"], one["key"]) == (DYNAMIC, "gittoken", "gittoken")


@pytest.mark.parametrize(
    ("render_", "told"),
    [
        ({"preset": "opsmx", "values": {}}, "render.chart must be 3.12 or 4.0"),
        ({"preset": "opsmx", "chart": 4.0, "values": {}}, "render.chart"),
        ({"preset": "none", "chart": "4.0"}, "render.preset"),
        ({"release": "isd"}, "render.release belongs to a preset"),
        ({"preset": "opsmx", "chart": "4.0", "values": "none.yaml"}, "cannot read the Helm values"),
        (
            {"preset": "opsmx", "chart": "4.0", "values": {"global": {"ssl": {"enabled": "yes"}}}},
            "global.ssl.enabled must be true or false",
        ),
        ({"preset": "opsmx", "chart": "4.0", "values": [1]}, "render.values must be a mapping"),
    ],
)
def test_mistakes(tmp_path: Path, render_: dict[str, Any], told: str) -> None:
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal" / "config").write_text("deploymentConfigurations: []\n")
    settings = {"sources": [{"name": "hal", "dir": {"path": "hal"}}], "render": render_}
    (tmp_path / "halsync.yaml").write_text(yaml.safe_dump(settings))
    done = halsync("render", cwd=tmp_path)
    assert done.code == 2 and told in done.err, done.err


def test_a_mistake_in_the_values_has_a_place(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("global:\n  ldap:\n    enabled: 'false'\n")
    done, _ = render(tmp_path, {**NAMED, "values": "values.yaml"})
    assert done.code == 2
    last = json.loads(done.err.splitlines()[-1])
    assert last["where"] == "values.yaml:3:14"


_LOADED = """
import json, sys
from halsync.cli.main import main
code = main(["init", "--dir", "hal", "--target", "out"])
json.dump([code, sorted(sys.modules)], open("loaded", "w"))
"""


def test_nothing_is_loaded_without_the_preset(tmp_path: Path) -> None:
    """A run without the preset imports none of its modules."""
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal" / "config").write_text("deploymentConfigurations:\n- name: default\n")
    subprocess.run([sys.executable, "-c", _LOADED], cwd=tmp_path, env=environment(), check=True)
    code, loaded = json.loads((tmp_path / "loaded").read_text())
    assert code == 0 and "halsync.render" in loaded
    assert not [name for name in loaded if "preset" in name]


def test_addresses_that_nobody_can_discover_name_the_value_that_wants_them(tmp_path: Path) -> None:
    values = {**VALUES, "global": {"autoConfiguration": {"enabled": True}}}
    (tmp_path / "home").mkdir()
    done, _ = render(
        tmp_path,
        {"values": values, "release": "isd", "namespace": "opsmx"},
        env={"HOME": str(tmp_path / "home")},
        secrets={"mode": "resolve"},
    )
    assert done.code == 2
    assert "OVERRIDE_API_URL is to be discovered (global.autoConfiguration.enabled at" in done.err
    assert "render.servicesFile" in done.err
