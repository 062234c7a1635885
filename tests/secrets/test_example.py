"""examples/secrets does what its README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.harness import ROOT, environment


def test_the_readme(tmp_path: Path) -> None:
    place = tmp_path / "secrets"
    shutil.copytree(ROOT / "examples" / "secrets", place)
    program = tmp_path / "bin" / "halsync"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m halsync "$@"\n')
    program.chmod(0o755)
    env = environment({"PYTHONPATH": str(ROOT)})
    env["PATH"] = f"{program.parent}:{env['PATH']}"
    lines = re.findall(r"^\$ (.+)$", (place / "README.md").read_text(), re.MULTILINE)
    assert len(lines) > 5
    for line in lines:
        subprocess.run(
            ["sh", "-c", line], cwd=place, env=env, capture_output=True, text=True, check=True
        )
    (deployment,) = yaml.safe_load((place / "hal/config").read_text())["deploymentConfigurations"]
    assert deployment["persistentStorage"]["s3"]["secretAccessKey"] == 'a: b "c" &d'
    assert (place / "hal/.secrets/kube-prod/config").read_text() == "apiVersion: v1\nkind: Config\n"
