"""The programs of ``examples/`` that show halsync at work do so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import ROOT, environment

pytestmark = pytest.mark.e2e


def shown(program: str, tmp_path: Path) -> str:
    """What a program of ``examples/`` prints."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / program)],
        env=environment({"TMPDIR": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_quickstart(tmp_path: Path) -> None:
    out = shown("quickstart.py", tmp_path)
    assert "# What is live, and where it came from:" in out


def test_sidecar(tmp_path: Path) -> None:
    parts = shown("sidecar.py", tmp_path).split("\n# ")
    good, cosmetic, broken, deadly, after = parts[2:]
    assert "is confirmed" in good
    assert "restarts of the daemon: 1" in good
    assert "published" in cosmetic
    assert "restarts of the daemon: 1" in cosmetic
    assert "config:24: HAL0001" in broken
    assert "is in quarantine" in deadly
    assert "is live again" in deadly
    assert "halyard.yml is gone" in deadly
    assert "is confirmed" in after
