"""``render``, ``diff``, ``validate`` and ``explain``: with and without access to secrets."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
import yaml

from halsync.agent.secrets import versions_of
from halsync.redact import MASK
from tests.secrets.installation import GATE, Installation
from tests.servers.kube import Cluster

LINE = "server: {port: 8084}\nopts: -Da=encrypted:minio:key -Db=encrypted:minio:other\n"


@pytest.fixture
def laptop(here: Installation) -> Installation:
    """References, and nothing that could resolve them."""
    here.secrets(kubernetes="api")
    here.settings["kubernetes"] = {"kubeconfig": str(here.directory / "none")}
    here.write({GATE: LINE})
    return here


@pytest.mark.parametrize(
    "words",
    [("validate",), ("render",), ("render", "-o", "json"), ("explain", "gate-local.yml:opts"),
     ("diff", "--secrets", "skip"), ("init", "--secrets", "skip")],
)  # fmt: skip
def test_without_access(laptop: Installation, words: tuple[str, ...]) -> None:
    done = laptop.run(*words)
    assert done.code == 0, done.err + done.out
    if words[0] in ("render", "explain"):
        assert "encrypted:minio:key" in done.out


@pytest.mark.parametrize(
    "words", [("init",), ("diff",), ("validate", "--secrets", "check"),
              ("render", "--secrets", "resolve"), ("render", "--out", "x", "--show-secrets")],
)  # fmt: skip
def test_asked_to_have_access(laptop: Installation, words: tuple[str, ...]) -> None:
    done = laptop.run(*words)
    assert done.code == 2
    assert "none" in done.err


def test_skip_publishes_references_as_they_are(laptop: Installation) -> None:
    assert laptop.publish(secrets__mode="skip")[GATE].decode() == LINE


def test_check_finds_what_is_missing_and_changes_nothing(here: Installation, kube: Cluster) -> None:
    here.through(kube)
    kube.secret("minio", {"key": "value-of-key"})
    here.write({GATE: LINE})
    done = here.run("validate", "--secrets", "check", "-o", "json")
    assert done.code == json.loads(done.out)["exitCode"] == 6
    (problem,) = json.loads(done.out)["problems"]
    assert (problem["code"], problem["file"], problem["line"]) == ("HAL0263", GATE, 2)
    kube.secret("minio", {"key": "value-of-key", "other": "value-of-other"})
    assert here.run("validate", "--secrets", "check").code == 0
    looked = here.look(secrets__mode="check")
    assert looked.tree.files[GATE].content.decode() == LINE
    assert looked.sources[-1].revision == versions_of(here.load(), looked.references)


def test_check_ends_as_render_does(here: Installation, kube: Cluster, tmp_path: Path) -> None:
    """A right that is missing, or an outage, is no bad configuration."""
    here.through(kube)
    here.write({GATE: "a: encrypted:s:k\n"})
    config = yaml.safe_load(kube.kubeconfig.read_text())
    here.settings["kubernetes"]["kubeconfig"] = kube.account(tmp_path, []).kubeconfig
    assert here.run("validate", "--secrets=check").code == 4
    here.settings["kubernetes"]["kubeconfig"] = str(tmp_path / "down")
    here.settings["timeout"] = "1s"
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        config["clusters"][0]["cluster"]["server"] = server
        (tmp_path / "down").write_text(yaml.safe_dump(config))
        codes = {here.run(name, "--secrets=check").code for name in ("render", "validate")}
    assert codes == {3}
    here.write({"default/profiles/orca-local.yml": "a: [\n"})
    assert here.run("validate").code == 5


def test_explain_names_the_reference_and_masks_the_value(here: Installation) -> None:
    here.mount(minio={"key": "value-of-key", "other": "value-of-other"})
    here.write({GATE: LINE + "name: encrypted:minio:key\n"})
    done = here.run("explain", "gate-local.yml:opts", "--secrets", "resolve", "-o", "json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["value"] == MASK
    assert [step["step"] for step in told["steps"]] == [
        "source hal", "secret encrypted:minio:key", "secret encrypted:minio:other",
    ]  # fmt: skip
    assert (told["source"]["file"], told["source"]["line"]) == (GATE, 2)
    assert "value-of" not in done.out + done.err
    whole = json.loads(here.run("explain", GATE, "--secrets=resolve", "-o", "json").out)
    assert [step["step"] for step in whole["steps"]] == [
        "source hal", "secret encrypted:minio:key", "secret encrypted:minio:other",
    ]  # fmt: skip
    port = here.run("explain", "gate-local.yml:server.port", "--secrets=resolve", "-o", "json")
    assert json.loads(port.out)["value"] == 8084


def test_diff_after_a_rotation_shows_neither(here: Installation) -> None:
    here.mount(minio={"key": "old-value-1", "other": "same"})
    here.write({GATE: LINE, "default/profiles/a.yml": "x: 1\n"})
    here.publish()
    here.mount(minio={"key": "new-value-2", "other": "same"})
    done = here.run("diff")
    assert GATE in done.out and "opts" in done.out
    assert "old-value" not in done.out + done.err
    assert "new-value" not in done.out + done.err


def test_a_reference_that_nobody_resolves_is_told(here: Installation) -> None:
    here.write({GATE: "a: 1\nb: encrypted:minio:key\n"})
    (problem,) = here.look().problems
    assert (problem.code, problem.severity, problem.line) == ("HAL0262", "warning", 2)
    assert here.publish()[GATE] == b"a: 1\nb: encrypted:minio:key\n"


def test_problems_stand_in_the_file_that_was_written(here: Installation) -> None:
    """An overlay brings the reference, and lines shift on the way."""
    here.mount(minio={"key": "1234"})
    here.write(
        {GATE: "# c\na: 1\n", f"overlays/prod/{GATE}": "\n\nb:\n  c: encrypted:minio:none\n"}
    )
    here.settings["render"] = {"overlays": ["overlays/prod"]}
    refused = here.refused()
    assert (refused.one.file, refused.one.line) == (f"overlays/prod/{GATE}", 4)


def test_resolved_values_are_validated(here: Installation) -> None:
    here.mount(minio={"key": "not-a-version"})
    here.settings["validate"] = {}
    here.write(
        {"config": "currentDeployment: default\ndeploymentConfigurations:\n- name: default\n"
         "  version: 1.30.0\n  timezone: encrypted:minio:key\n"}
    )  # fmt: skip
    looked = here.run("diff", "-o", "json")
    assert "not-a-version" not in looked.out + looked.err


def test_json_javascript_and_properties(here: Installation) -> None:
    here.mount(s={"k": 'q"uo\\te\n2'})
    files: dict[str, str | bytes] = {
        "default/profiles/rosco/packer/a.json": '{"a": "x encrypted:s:k", "b": 1}\n',
        "default/profiles/settings-local.js": "// encrypted:s:k\nvar a = 'encrypted:s:k';\n",
        "default/profiles/clouddriver/a.properties": "# encrypted:s:k\na = encrypted:s:k\n",
    }
    here.write(files)
    published = here.publish()
    found = json.loads(published["default/profiles/rosco/packer/a.json"])
    assert found == {"a": 'x q"uo\\te\n2', "b": 1}
    assert published["default/profiles/settings-local.js"] == (
        b"// encrypted:s:k\nvar a = 'q\"uo\\\\te\\n2';\n"
    )
    assert published["default/profiles/clouddriver/a.properties"] == (
        b'# encrypted:s:k\na = q"uo\\\\te\\n2\n'
    )


def test_what_goes_to_the_browser_is_told_even_when_filled_in(here: Installation) -> None:
    here.mount(s={"k": "1234567"})
    here.settings["validate"] = {"ignore": ["schema"]}
    here.write({"default/profiles/settings-local.js": "var a = 'encrypted:s:k';\n"})
    assert "HAL2007" in {problem.code for problem in here.look().problems}


def test_a_secret_is_no_plain_text(here: Installation) -> None:
    here.mount(s={"k": "hunter22hunter22"})
    here.settings["validate"] = {}
    here.write({GATE: "password: encrypted:s:k\n"})
    codes = {problem.code for problem in here.look().problems}
    assert not codes & {"HAL2050", "HAL2051", "HAL2052"}


def test_help_tells(tmp_path: Path) -> None:
    from tests.harness import halsync

    done = halsync("init", "--help", cwd=tmp_path)
    assert "--secrets" in done.out and "skip" in done.out
