"""Running halsync as a user does: a process of its own, a clean environment, real files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "acme-spinnaker"
SHARED = ROOT.parent / "shared"
CORPUS = SHARED / "corpus"

VALUES = (
    "SPINNAKER_NAMESPACE=spinnaker",
    "RELEASE_NAME=acme",
    "GATE_HOST=api.acme.example",
    "DECK_HOST=ui.acme.example",
)
"""What the example's placeholders need."""

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"{CORPUS} is not here")


class Result(NamedTuple):
    """A finished run."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the machine's but what a process needs."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "HOME") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **(extra or {})}


def command(*arguments: str | Path) -> list[str]:
    """The command line of halsync with these arguments."""
    return [sys.executable, "-m", "halsync", *map(str, arguments)]


def sets(values: tuple[str, ...] = VALUES) -> list[str]:
    """``--set`` for each value."""
    return [word for value in values for word in ("--set", value)]


def halsync(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    cwd: Path | None = None,
) -> Result:
    """Run halsync to its end."""
    done = subprocess.run(
        command(*arguments),
        env=environment(env),
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def visible(target: Path) -> dict[str, bytes]:
    """Every file below ``target`` as Halyard sees it: links followed, halsync's own left out."""
    found = {}
    for where, directories, files in os.walk(target, followlinks=True):
        if Path(where) == target and ".halsync" in directories:
            directories.remove(".halsync")
        for name in files:
            path = Path(where) / name
            found[str(path.relative_to(target))] = path.read_bytes()
    return found
