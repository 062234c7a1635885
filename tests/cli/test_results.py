"""``-o json``: one object for a script whatever happens, as the schema ``results`` says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from halsync.cli.commands import COMMANDS
from halsync.cli.results import wanted
from halsync.observe.turn import Turn
from tests.accounts.test_sync import Place
from tests.harness import EXAMPLE, ROOT, command, environment, halsync, sets
from tests.manifests.installing import Installation
from tests.manifests.test_commands import CONFIG_MAP
from tests.observe.sidecar import a_view, running
from tests.servers.kube import Cluster
from tests.servers.kube.fixtures import kube, kube_server
from tests.servers.s3 import S3Server
from tests.servers.s3_fixtures import bucket, rclone

__all__ = ["bucket", "kube", "kube_server", "rclone"]

BAD = "currentDeployment: default\ndeploymentConfigurations:\n- {name: default, kuberntes: {}}\n"


@cache
def schema(name: str) -> dict[str, Any]:
    """A schema that halsync ships."""
    found: dict[str, Any] = json.loads((ROOT / f"schemas/{name}.schema.json").read_text("utf-8"))
    return found


def closed(node: Any) -> Any:
    """A schema that lets pass only what it names, so that nothing is printed that it does not."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    shut = {key: closed(value) for key, value in node.items()}
    if "properties" in node and isinstance(node.get("required"), list):
        shut.setdefault("additionalProperties", False)
    return shut


def fits(text: str, *names: str) -> dict[str, Any]:
    """One JSON object; each of its fields is one of these definitions', which it fits."""
    found: dict[str, Any] = json.loads(text)
    definitions = schema("results")["$defs"]
    known: set[str] = set()
    for name in names:
        fields = set(definitions[name]["properties"])
        part = {key: value for key, value in found.items() if key in fields}
        whole = {"$ref": f"#/$defs/{name}", "$defs": closed(definitions)}
        jsonschema.Draft202012Validator(whole).validate(part)
        known |= fields
    assert set(found) <= known
    jsonschema.Draft202012Validator(schema("results")).validate(found)
    return found


def test_the_schema_is_one_and_agrees_with_that_of_the_report() -> None:
    jsonschema.Draft202012Validator.check_schema(schema("results"))
    definitions = schema("results")["$defs"]
    assert definitions["problem"] == schema("report")["$defs"]["problem"]
    for each in schema("results")["anyOf"]:
        assert each["$ref"].rpartition("/")[2] in definitions
    named = json.dumps(schema("results"))
    assert "_" not in "".join(
        key for each in definitions.values() for key in each.get("properties", {})
    )
    page = (ROOT / "docs/schemas.md").read_text("utf-8")
    for each in COMMANDS:
        if any("json" in argument.choices for argument in each.arguments):
            assert f"`{each.name}" in page, each.name
            assert f"halsync {each.name}" in named or each.name == "validate"


@pytest.fixture
def hal(tmp_path: Path) -> Path:
    """What can be published."""
    place = tmp_path / "hal"
    shutil.copytree(EXAMPLE, place)
    return place


@pytest.mark.e2e
def test_publishing_and_looking(hal: Path, tmp_path: Path) -> None:
    target = tmp_path / "t"
    target.mkdir()
    (target / "config").write_text("by: hand\n")
    (target / "default").mkdir()
    (target / "default/notes.txt").write_text("mine")
    words: tuple[str | Path, ...] = ("--dir", hal, *sets(), "--target", target)

    def run(name: str, *more: str | Path, code: int = 0) -> str:
        done = halsync(*name.split(), *more, "-o", "json")
        assert done.code == code, done.err
        return done.out

    assert fits(run("status", "--target", target), "status")["published"] is False
    changes = fits(run("diff", *words), "diff")["changes"]
    assert {each["change"] for each in changes} >= {"added", "changed"}
    assert fits(run("init", *words), "init")["outcome"] == "published"
    assert fits(run("init", *words), "init")["outcome"] == "unchanged"
    rendered = fits(run("render", *words[:-2]), "render")
    assert {each["family"] for each in rendered["references"]} == {"spinnaker"}
    assert "content" in rendered["files"][0]
    out = fits(run("render", *words[:-2], "--out", tmp_path / "out"), "render")
    assert "content" not in out["files"][0]
    gate = hal / "default/service-settings/gate.yml"
    gate.chmod(gate.stat().st_mode ^ 0o111)
    (hal / "default/profiles/settings-local.js").write_text("let a = 1;\n")
    (hal / "default/profiles/orca-local.yml").unlink()
    changes = fits(run("diff", *words, "--exit-code", code=1), "diff")["changes"]
    assert {each["change"] for each in changes} >= {"removed", "changed"}
    assert fits(run("init", *words), "init")["changed"]
    assert fits(run("rollback", "--target", target), "rollback")["outcome"] == "rolled-back"
    assert fits(run("init", *words), "init")["outcome"] == "pinned"
    (target / "default/profiles/mine.yml").write_text("a: 1\n")
    assert fits(run("hold", "--reason", "why", "--target", target), "hold")["held"]
    shown = fits(run("status", "--target", target), "status")
    assert shown["pinned"] and shown["held"] and shown["drift"] and shown["history"]
    assert fits(run("resume", "--target", target), "resume")["wasHeld"] is True
    assert fits(run("resume", "--target", target), "resume")["wasHeld"] is False


def test_explaining_and_settings(hal: Path) -> None:
    words: tuple[str | Path, ...] = ("--dir", hal, *sets(), "-o", "json")
    for question in ("config", "config:3", "version", "gate-local.yml:server"):
        done = halsync("explain", question, *words)
        assert done.code == 0, done.err
        fits(done.out, "explain")
    assert fits(halsync("explain", "HAL1003", "-o", "json").out, "code")["onDeploy"] in (
        True,
        False,
    )
    assert fits(halsync("explain", "HAL0401", "-o", "json").out, "code")["onDeploy"] is None
    fits(halsync("config", "show", *words).out, "config")
    fits(halsync("version", "-o", "json").out, "version")


def test_a_turn_of_the_sidecar(tmp_path: Path) -> None:
    problem = {
        "code": "HAL0401", "group": "schema", "severity": "error", "file": "config", "line": 3,
        "column": 5, "path": "a", "message": "no such key", "hint": "", "origin": None,
    }  # fmt: skip
    with running(tmp_path, listen="") as sidecar:
        for turn, code in (
            (Turn("waiting", "no window is open", until=1_800_000_000.0), 0),
            (Turn("published", "restarts nothing", generation="c" * 40, revisions={"a": "b"}), 0),
            (Turn("refused", "bad", "push a fix", 5, problems=(problem,)), 5),
        ):
            sidecar.ask = lambda _, turn=turn: turn._asdict()  # type: ignore[misc]
            done = halsync("sync", "--target", tmp_path, "-o", "json")
            found = fits(done.out, "sync")
            assert done.code == found["exitCode"] == code
            assert found["until"] == ("2027-01-15T08:00:00Z" if turn.until else None)
        done = halsync("sync", "--no-wait", "--target", tmp_path, "-o", "json")
        assert fits(done.out, "sync")["outcome"] == "woken"
        for pending in ("ab" * 32, ""):
            sidecar.view = a_view(pending=pending, until=1_800_000_000.0, quarantined=("cd" * 32,))
            done = halsync("status", "--target", tmp_path, "-o", "json")
            assert fits(done.out, "status")["sidecar"]["quarantined"]


@pytest.mark.e2e
def test_in_the_cluster(kube: Cluster, tmp_path: Path) -> None:
    repo = Installation(tmp_path, kube)
    repo.write("promotion/config.yaml", CONFIG_MAP)
    for word, outcome in (("apply", "created"), ("diff", "unchanged")):
        done = repo.run("manifests", word, "-o", "json")
        (found,) = fits(done.out, "manifests")["objects"]
        assert found["outcome"] == outcome
    (tmp_path / "accounts").mkdir()
    place = Place(tmp_path / "accounts", kube)
    kube.secret("prod", {"config": "kubeconfig-of-prod"})
    lacking = place.sync("-o", "json", code=6)
    found = fits(lacking.out, "accounts", "failure")
    assert (found["outcome"], found["exitCode"], found["written"]) == ("refused", 6, ["prod"])
    kube.secret("team", {"admin.conf": "kubeconfig-of-team", "other": "x"})
    assert fits(place.sync("-o", "json").out, "accounts")["unchanged"] == ["prod"]


@pytest.mark.e2e
def test_pushing(rclone: S3Server, bucket: str, hal: Path) -> None:
    rclone.fill(bucket, {})
    variables = {"HALSYNC_S3_ENDPOINT": rclone.url, "HALSYNC_S3_PATH_STYLE": "true"}
    variables |= rclone.variables()
    words = ("push", hal, "--to-s3", f"s3://{bucket}/hal", "-o", "json")
    assert not fits(halsync(*words, "--dry-run", env=variables).out, "push")["written"]
    nobody = halsync(*words, env=variables)
    assert (nobody.code, fits(nobody.out, "failure")["exitCode"]) == (2, 2)
    assert fits(halsync(*words, "--yes", env=variables).out, "push")["written"]


REFUSED = [("init", "--target", "t"), ("diff", "--target", "t"), ("render",)]


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: words[0])
def test_a_refused_configuration(words: tuple[str, ...], tmp_path: Path) -> None:
    """The same problems as ``validate -o json`` tells, and the code that the process ends with."""
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal/config").write_text(BAD)
    done = halsync(*words, "--dir", "hal", "-o", "json", cwd=tmp_path)
    found = fits(done.out, "failure")
    assert (done.code, found["exitCode"], found["outcome"]) == (5, 5, "refused")
    assert (found["message"], found["where"][:7]) == ("the configuration is bad", "dir at ")
    report = halsync("validate", "--dir", "hal", "-o", "json", cwd=tmp_path)
    told = json.loads(report.out)
    jsonschema.Draft202012Validator(closed(schema("report"))).validate(told)
    assert (told["problems"], told["exitCode"]) == (found["problems"], 5)
    assert told["outcome"] == "refused"


@pytest.mark.parametrize("words", [*REFUSED, ("validate",)], ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--dir", "none"), 3),
        (("--dir", "hal", "--set", "A"), 2),
        (("--dir", "hal", "--no-such"), 2),
        (("--git", "file:///none", "--ref", "x", "--timeout", "1s"), 3),
    ],
)
def test_every_other_failure(
    words: tuple[str, ...], more: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal/config").write_text(BAD)
    done = halsync(*words, *more, "-o", "json", cwd=tmp_path)
    found = fits(done.out, "failure")
    assert (done.code, found["exitCode"], found["outcome"]) == (code, code, "failed")
    assert found["message"] and found["hint"] and found["problems"] == []


def test_every_mistake_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text("targt: x\ntimeout: soon\n")
    found = fits(halsync("init", "--output=json", cwd=tmp_path).out, "failure")
    assert found["message"] == "2 mistakes in the settings"
    assert [each["where"] for each in found["mistakes"]] == [
        "halsync.yaml:1:1",
        "halsync.yaml:2:10",
    ]


def test_a_secret_is_not_in_it(tmp_path: Path) -> None:
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal/config").write_text(BAD.replace("kuberntes", "canary-token-12"))
    done = halsync(
        "init", "--dir", "hal", "--target", "t", "-o", "json", "--set", "TOKEN=canary-token-12",
        "--git-token-file", "x", cwd=tmp_path,
    )  # fmt: skip
    assert "canary" not in fits(done.out, "failure")["message"]


def test_nothing_more_where_nobody_asked(tmp_path: Path) -> None:
    assert halsync("init", "--dir", "none", "--target", "t", cwd=tmp_path).out == ""
    assert halsync("validate", "none", "-o", "sarif", cwd=tmp_path).out == ""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command("init", "--dir", "none", "--target", "t", "-o", "json"),
        stdout=writer, stderr=subprocess.PIPE, env=environment(), cwd=tmp_path, text=True,
        check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("init -o json", True),
        ("init -ojson", True),
        ("init --output json", True),
        ("init --output=json", True),
        ("init -o text -o json", True),
        ("init -o json -o text", False),
        ("init -o", False),
        ("init", False),
        ("explain -- -o json", False),
    ],
)
def test_when_a_script_asks(line: str, asked: bool) -> None:
    assert wanted(line.split()) == asked
