"""A home directory as the documents take it for granted, and a shell in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.harness import EXAMPLE, Result, environment


def sandbox(place: Path, *, published: bool = False) -> Path:
    """``~/.hal`` made by hand (or published twice), and a work tree with the same in it.

    Returns:
        The work tree, where a reader would stand.
    """
    home, work, programs = place / "home", place / "home" / "work", place / "bin"
    for tree in (home / ".hal", work, work / "hal", work / "environments" / "prod"):
        shutil.copytree(EXAMPLE, tree, dirs_exist_ok=True)
    (home / ".hal" / "default" / "history").mkdir()
    (home / ".hal" / "default" / "history" / "2024-01-31").write_text("hal deploy apply\n")
    programs.mkdir()
    (programs / "halsync").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m halsync "$@"\n')
    (programs / "halsync").chmod(0o755)
    if published:
        for zone in ("Europe/Paris", "Europe/Rome"):
            publish = f"sed -i 's#timezone: .*#timezone: {zone}#' hal/config && "
            done = shell(work, publish + "halsync init --dir hal --target ~/.hal")
            assert done.code == 0, done.err
    return work


def shell(work: Path, script: str) -> Result:
    """Paste ``script`` into a shell that stands in ``work`` and stops at the first failure."""
    home = work.parent
    own = {
        "HOME": str(home),
        "PATH": f"{home.parent / 'bin'}:{environment()['PATH']}",
        "HALSYNC_LOG_FORMAT": "text",
        "PYTHONPATH": str(EXAMPLE.parent.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "sre@acme.example" for who in ("AUTHOR", "COMMITTER")
           for what in ("NAME", "EMAIL")},
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=work,
        env=environment(own),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)
