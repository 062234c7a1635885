"""What is told although something is wrong, and what is told last."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_results import fits
from tests.harness import EXAMPLE, Result, command, environment, halsync, sets


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A directory with a target, and with settings that name it and have a mistake."""
    done = halsync("init", "--dir", EXAMPLE, *sets(), "--target", tmp_path / "t")
    assert done.code == 0, done.err
    (tmp_path / "halsync.yaml").write_text("target: t\nwatch: {intervall: 3s}\n")
    return tmp_path


def status(live: Path, *words: str) -> Result:
    return halsync("status", *words, cwd=live, env={"HALSYNC_LOG_FORMAT": "text"})


@pytest.mark.parametrize("settings", ["target: t\nwatch: {intervall: 3s}\n", "target: [\n"])
def test_status_shows_the_disk_while_the_settings_are_bad(settings: str, live: Path) -> None:
    (live / "halsync.yaml").write_text(settings)
    words = () if settings.startswith("target: t") else ("--target", "t")
    done = status(live, *words)
    assert done.code == 2
    assert "generation  " in done.out and "drift       none" in done.out
    assert done.err.startswith("error: halsync.yaml:"), done.err
    found = fits(status(live, *words, "-o", "json").out, "status", "failure")
    assert found["published"] is True
    assert (found["outcome"], found["exitCode"]) == ("failed", 2)
    assert found["mistakes"][0]["where"].startswith("halsync.yaml:")


def test_status_without_a_target_that_can_be_read(live: Path) -> None:
    (live / "halsync.yaml").write_text("targt: t\n")
    done = status(live)
    assert (done.code, done.out) == (2, "")
    assert "did you mean target?" in done.err


def test_a_code_is_explained_while_the_settings_are_bad(live: Path) -> None:
    """As the codes of mistakes in them ask for."""
    env = {"HALSYNC_LOG_FORMAT": "text"}
    done = halsync("explain", "HAL0050", cwd=live, env=env)
    assert (done.code, done.err) == (0, "")
    done = halsync("explain", "config:1", cwd=live, env=env)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: halsync.yaml:")


def test_only_status_goes_on_with_bad_settings(live: Path) -> None:
    done = halsync("rollback", cwd=live, env={"HALSYNC_LOG_FORMAT": "text"})
    assert (done.code, done.out) == (2, "")


def test_the_outcome_comes_last(tmp_path: Path) -> None:
    service = tmp_path / "hal/default/service-settings"
    service.mkdir(parents=True)
    (service / "gate.yml").write_text("hots: 1\n")
    (tmp_path / "hal/config").write_text("deploymentConfigurations: [{name: default}]\n")
    words = ("init", "--dir", "hal", "--ignore", "rules", "--target", "t")
    done = halsync(*words, cwd=tmp_path, env={"HALSYNC_LOG_FORMAT": "json"})
    assert done.code == 0, done.err
    events = [json.loads(line)["event"] for line in done.err.splitlines()]
    assert events[-2:] == ["problem", "published"]
    master, slave = pty.openpty()
    with subprocess.Popen(
        command(*words[:-1], "t2"), stderr=slave, stdout=subprocess.DEVNULL, cwd=tmp_path,
        env=environment({"TERM": "dumb"}),
    ) as process:  # fmt: skip
        os.close(slave)
        assert process.wait() == 0
    text = os.read(master, 65536).decode()
    os.close(master)
    assert "warning[HAL0403]" in text
    assert "published" in text.splitlines()[-1]
