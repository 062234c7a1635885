"""The private directory of a run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from halsync.agent.scratch import scratch
from halsync.errors import ConfigError


def test_it_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch(str(tmp_path), "") as directory:
        assert os.stat(directory).st_mode & 0o777 == 0o700
        (Path(directory) / "packs").mkdir()
        (Path(directory) / "packs/a").write_text("")
        (Path(directory) / "packs/a").chmod(0o400)
        (Path(directory) / "packs").chmod(0o500)
        (Path(directory) / "link").symlink_to("/etc")
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), scratch(str(tmp_path), ""):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_a_running_one_uses_is_not(
    tmp_path: Path,
) -> None:
    stale, used = tmp_path / "halsync-work-1-dead", tmp_path / "halsync-work-2-live"
    stale.mkdir()
    (stale / "token").write_text("secret")
    used.mkdir()
    holder = os.open(used, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with scratch(str(tmp_path), ""):
        assert not stale.exists() and used.exists()
    os.close(holder)


def test_places_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with scratch("", "") as directory:
        assert Path(directory).parent == tmp_path


def test_nowhere_to_write_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--work-dir"), scratch(str(tmp_path / "none"), ""):
        pass


_OFTEN = """
import os, sys
from halsync.agent.scratch import scratch
for _ in range(150):
    with scratch(sys.argv[1], "") as directory:
        open(os.path.join(directory, "x"), "w").close()
        assert os.path.exists(os.path.join(directory, "x"))
"""


def test_runs_that_start_together_leave_each_other_alone(tmp_path: Path) -> None:
    """Each looks for what killed runs left while others have made theirs, but not locked it."""
    runs = [subprocess.Popen([sys.executable, "-c", _OFTEN, str(tmp_path)]) for _ in range(4)]
    assert [run.wait() for run in runs] == [0] * 4
    assert list(tmp_path.iterdir()) == []
