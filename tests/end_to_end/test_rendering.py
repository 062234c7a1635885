"""Variants, overlays, patches and scoped placeholders from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from halsync.formats.yaml import parse
from tests.harness import ROOT, Result, halsync, visible

EXAMPLE = ROOT / "examples" / "overlays"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the example, which may be changed."""
    shutil.copytree(EXAMPLE, tmp_path / "example")
    return tmp_path / "example"


def published(place: Path, *more: str) -> dict[str, Any]:
    """What ``init`` says it did."""
    done = halsync("init", "--target", "hal", "-o", "json", *more, cwd=place)
    assert done.code == 0, done.err
    report: dict[str, Any] = json.loads(done.out)
    return report


def asked(place: Path, question: str) -> dict[str, Any]:
    done = halsync("explain", question, "-o", "json", cwd=place)
    assert done.code == 0, done.err
    report: dict[str, Any] = json.loads(done.out)
    return report


def test_the_example(place: Path) -> None:
    report = published(place)
    assert report["problems"] == []
    files = visible(place / "hal")
    assert set(files) == {
        "config",
        "default/profiles/orca-local.yml",
        "default/profiles/settings-local.js",
        "default/profiles/spinnakerconfig.yml",
        "default/service-settings/redis.yml",
    }
    (deployment,) = parse(files["config"]).documents[0].value["deploymentConfigurations"]
    accounts = deployment["providers"]["kubernetes"]["accounts"]
    assert [account["name"] for account in accounts] == ["default", "prod-eu"]
    assert accounts[0]["namespaces"] == ["spinnaker"]
    assert deployment["security"]["authn"] == {}
    assert deployment["timezone"] == "Europe/Berlin"
    assert b"# the cluster that Spinnaker runs in" in files["config"]
    assert b"managedServiceAccounts = true;" in files["default/profiles/settings-local.js"]
    assert published(place)["outcome"] == "unchanged"


def test_another_environment_by_flag_and_variable(place: Path) -> None:
    done = halsync("render", "--overlay", "environments/staging", "--out", "out", cwd=place)
    assert done.code == 0, done.err
    assert "version: 1.31.0" in (place / "out" / "config").read_text()
    assert (place / "out" / "default" / "profiles" / "gate-local.yml").exists()
    same = halsync(
        "render", "--out", "two", cwd=place, env={"HALSYNC_RENDER_OVERLAYS": "environments/staging"}
    )
    assert same.code == 0, same.err
    assert (place / "two" / "config").read_text() == (place / "out" / "config").read_text()


def test_explain(place: Path) -> None:
    found = asked(place, "security.apiSecurity.overrideBaseUrl")
    assert found["value"] == "https://gate.prod.example.com"
    source = found["source"]
    assert (source["name"], source["file"], source["line"]) == (
        "hal-config",
        "environments/prod/config",
        12,
    )
    assert source["revision"].startswith("sha256:")
    assert [(step["step"], step["at"]) for step in found["steps"]] == [
        ("source hal-config", "config:24"),
        ("overlay environments/prod", "environments/prod/config:12"),
    ]
    text = halsync("explain", "settings-local.js:3", cwd=place)
    assert text.code == 0 and "written   halsync.yaml:11" in text.out


def test_explain_shows_no_secret(place: Path) -> None:
    config = place / "repository" / "config"
    config.write_text(config.read_text() + "      token: TOKEN-x\n      password: plain-one\n")
    (place / "secret").write_text("s3cr3t-value")
    settings = place / "halsync.yaml"
    settings.write_text(settings.read_text() + "    TOKEN: {file: secret}\n")
    shown = ""
    for question in ("security.token", "security.password", "security", "config:", "config"):
        for output in ("text", "json"):
            done = halsync("explain", question, "-o", output, cwd=place)
            assert done.code in (0, 2), done.err
            shown += done.out + done.err
    assert "s3cr3t" not in shown and "plain-one" not in shown
    assert "•••" in shown


def test_explain_works_while_checks_fail(place: Path) -> None:
    (place / "repository" / "default" / "profiles" / "orca-local.yml").write_text("a: [\n")
    assert halsync("init", "--target", "hal", cwd=place).code != 0
    assert asked(place, "version")["value"] == "1.30.4"
    done = halsync("explain", "orca-local.yml:a", cwd=place)
    assert done.code == 2 and "cannot be read" in done.err


def test_problems_stand_where_a_person_wrote_them(place: Path) -> None:
    overlay = place / "repository" / "environments" / "prod" / "config"
    overlay.write_text(overlay.read_text().replace("context: prod-eu", "contxt: prod-eu"))
    settings = place / "halsync.yaml"
    settings.write_text(settings.read_text().replace("timezone:", "timzone:"))
    done = halsync("render", "--log-format", "text", cwd=place)
    lines = [line for line in done.err.splitlines() if "[HAL" in line]
    assert any(line.startswith("environments/prod/config:8") for line in lines), done.err
    assert any(line.startswith("halsync.yaml:14") for line in lines), done.err
    assert all("(rendered: config:" in line for line in lines)


def meaning(report: dict[str, Any], place: Path) -> tuple[str, str]:
    """The digests of bytes and of meaning, on which init and status agree."""
    done = halsync("status", "--target", "hal", "-o", "json", cwd=place)
    status = json.loads(done.out)
    assert status["generation"] == report["generation"]
    assert status["meaning"] == report["meaning"]
    return report["generation"], report["meaning"]


def test_reformatting_changes_the_bytes_and_not_the_meaning(place: Path) -> None:
    redis = place / "repository" / "default" / "service-settings" / "redis.yml"
    first = meaning(published(place), place)
    assert meaning(published(place), place) == first
    url, skip = redis.read_text().splitlines()
    redis.write_text(f"# other\n{skip}\n{url.replace('redis:', chr(39) + 'redis:', 1)}'\n")
    second = meaning(published(place), place)
    assert second[0] != first[0]
    assert second[1] == first[1] != ""
    redis.write_text(redis.read_text().replace("true", "false"))
    third = meaning(published(place), place)
    assert third[1] != first[1]
    script = place / "repository" / "default" / "profiles" / "settings-local.js"
    script.write_text(script.read_text() + "// a comment\n")
    assert meaning(published(place), place)[1] != third[1]


def test_with_secrets_the_meaning_is_keyed(place: Path) -> None:
    settings = place / "halsync.yaml"
    (place / "secret").write_text("hunter22")
    redis = place / "repository" / "default" / "service-settings" / "redis.yml"
    redis.write_text(redis.read_text() + "password: TOKEN\n")
    settings.write_text(settings.read_text() + "    TOKEN: {file: secret}\n")
    one = meaning(published(place), place)
    shutil.rmtree(place / "hal")
    other = meaning(published(place), place)
    assert one[1] and other[1] and one[1] != other[1]


def failed(done: Result, *told: str) -> None:
    assert done.code == 6, done.err
    assert all(each in done.err for each in told), done.err
    assert "Traceback" not in done.err


def test_nothing_is_published_while_a_step_does_not_fit(place: Path) -> None:
    published(place)
    before = visible(place / "hal")
    settings = place / "halsync.yaml"
    text = settings.read_text()
    for old, new, *told in (
        ("variants: [git]", "variants: [s3]", "HAL0206", "s3"),
        ("[environments/prod]", "[environments/pord]", "HAL0206", "environments/prod"),
        ("count: 1", "count: 4", "HAL0208", "settings-local.js"),
        ("file: config\n", "file: confg\n", "HAL0206", "confg"),
        ("{remove: docs}", "{remove: dox}", "HAL0206", "dox"),
    ):
        assert old in text
        settings.write_text(text.replace(old, new))
        failed(halsync("init", "--target", "hal", cwd=place), *told)
        assert visible(place / "hal") == before
