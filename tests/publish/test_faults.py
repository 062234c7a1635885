"""A kill at any moment leaves the old or the new generation, and the next run heals."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from . import faults
from .support import discard

ROOT = Path(__file__).resolve().parents[2]
CHANGING = [
    *("mkdir", "mkdirat", "symlink", "symlinkat", "rename", "renameat", "renameat2", "rmdir"),
    *("unlink", "unlinkat", "link", "linkat", "chmod", "fchmod", "fchmodat", "chown", "fchown"),
    *("fchownat", "lchown", "openat", "write", "pwrite64", "fsync", "fdatasync", "syncfs"),
    *("utimensat", "ftruncate"),
]

FAULTS = [sys.executable, "-B", "-m", "tests.publish.faults"]

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def stop_at_steps(how: str, scenario: str, directory: Path, stride: int) -> int:
    """Run the program that forks and stops; returns how often it did."""
    done = subprocess.run(
        [*FAULTS, how, scenario, str(directory), str(stride)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("scenario", faults.SCENARIOS)
@pytest.mark.parametrize(("how", "stride"), [("kill", 7), ("raise", 11), ("fail", 13)])
def test_stopped_at_some_steps(tmp_path: Path, scenario: str, how: str, stride: int) -> None:
    assert stop_at_steps(how, scenario, tmp_path, stride) >= 1


@pytest.mark.e2e
@pytest.mark.parametrize("scenario", faults.SCENARIOS)
@pytest.mark.parametrize("how", ["kill", "raise", "fail"])
def test_stopped_at_every_step(tmp_path: Path, scenario: str, how: str) -> None:
    assert stop_at_steps(how, scenario, tmp_path, 1) >= 14


def act(directory: Path, scenario: str, *strace: str) -> int:
    """Prepare the scenario afresh and run it under strace. Returns the exit status."""
    discard(directory)
    target, daemon = directory / "t", directory / "daemon"
    target.mkdir(parents=True)
    faults.SCENARIOS[scenario].prepare(target, daemon)
    command = ["strace", "-f", "-qq", *strace, *FAULTS, "act", scenario, str(directory)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


def system_calls(directory: Path, scenario: str, log: Path) -> list[tuple[str, int]]:
    """Each system call that changes something below ``directory``: (name, its how-manieth)."""
    trace = ["-y", "-s", "0", "-e", f"trace={','.join(CHANGING)}", "-o", str(log)]
    assert act(directory, scenario, *trace) == 0
    seen: Counter[str] = Counter()
    found = []
    for line in log.read_text().splitlines():
        call = re.match(r"\d+ +(\w+)\(", line)
        if not call:
            continue
        name = call[1]
        seen[name] += 1
        if str(directory) in line and (name != "openat" or "O_CREAT" in line):
            found.append((name, seen[name]))
    return found


def kill_at_system_calls(tmp_path: Path, scenario: str, stride: int) -> int:
    """Kill on entry to every ``stride``-th of them, and check what is left."""
    directory = tmp_path / "d"
    calls = system_calls(directory, scenario, tmp_path / "log")
    kills = 0
    for name, number in calls[::stride]:
        inject = ("-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={number}")
        status = act(directory, scenario, "-o", "/dev/null", *inject)
        assert status in (-9, 137), f"{scenario}: {name} number {number} was not reached"
        where = f"{scenario}, killed at {name} number {number}"
        found = faults.SCENARIOS[scenario]
        faults.check(found, directory / "t", directory / "daemon", where)
        kills += 1
    return kills


@needs_strace
@pytest.mark.parametrize("scenario", ["update", "adoption"])
def test_killed_at_some_system_calls(tmp_path: Path, scenario: str) -> None:
    assert kill_at_system_calls(tmp_path, scenario, 29) >= 2


@needs_strace
@pytest.mark.e2e
@pytest.mark.parametrize("scenario", faults.SCENARIOS)
def test_killed_at_every_system_call(tmp_path: Path, scenario: str) -> None:
    assert kill_at_system_calls(tmp_path, scenario, 1) >= 14
