"""The examples for CI, and the pre-commit hook, carried out as a runner does."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.harness import ROOT, Result, environment

GOOD = "currentDeployment: default\ndeploymentConfigurations:\n- {name: default, version: 1.36.1}\n"
BAD = GOOD.replace("version", "vershun")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a configuration in a directory, and halsync on the path."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin/halsync"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m halsync "$@"\n')
    script.chmod(0o755)
    place = tmp_path / "repository"
    (place / "hal").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", place], check=True)
    return place


def run(lines: str, place: Path, variables: dict[str, str] | None = None) -> Result:
    """What a runner's shell makes of some lines."""
    env = environment(variables)
    env["PATH"] = f"{place.parent}/bin:{env['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", lines],
        cwd=place, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


def example(name: str) -> Any:
    return yaml.safe_load((ROOT / "examples/ci" / name).read_text())


def test_gitlab(repository: Path) -> None:
    job = example("gitlab-ci.yml")["halsync"]
    report = repository / job["artifacts"]["reports"]["junit"]
    for text, code, failures in ((BAD, 5, "1"), (GOOD, 0, "0")):
        (repository / "hal/config").write_text(text)
        done = run("\n".join(job["script"]), repository, job["variables"])
        assert done.code == code, done.err
        assert ElementTree.parse(report).getroot().get("failures") == failures
        assert ("error[HAL0401]" in done.out) == (code == 5)


def test_github(repository: Path) -> None:
    job = example("github-actions.yml")["jobs"]["validate"]
    [line] = [step["run"] for step in job["steps"] if "halsync validate" in step.get("run", "")]
    for text, code in ((BAD, 5), (GOOD, 0)):
        (repository / "hal/config").write_text(text)
        done = run(line, repository, job["env"])
        assert (done.code, done.err) == (code, "")
        assert done.out.startswith("::error file=hal/config,line=3,") == (code == 5)


def test_the_hook(repository: Path) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["pass_filenames"] is False
    for text, code in ((BAD, 5), (GOOD, 0)):
        (repository / "hal/config").write_text(text)
        for more in ("", " hal"):
            done = run(hook["entry"] + more, repository)
            assert (done.code, done.err) == (code, "")
            assert ("error[HAL0401]" in done.out) == (code == 5)
