"""SIGTERM and SIGKILL at any moment of a run leave the old configuration or the new one."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.harness import EXAMPLE, command, environment, halsync, sets, visible
from tests.servers.git_repos import Repo

Files = dict[str, bytes]


def interrupted_runs(
    target: Path, source: tuple[str, ...], number: signal.Signals, times: int
) -> set[int]:
    """Runs that are stopped after a random time, each changing one placeholder."""
    chance = random.Random(7)
    codes = set()
    for attempt in range(times):
        before = visible(target)
        words = [*source, *sets(), "--set", f"DECK_HOST=host-{attempt}", "--target", str(target)]
        run = subprocess.Popen(
            command("init", *words), env=environment(), stderr=subprocess.PIPE, text=True
        )
        time.sleep(chance.uniform(0.02, 0.5))
        run.send_signal(number)
        _, error = run.communicate(timeout=30)
        assert "Traceback" not in error
        codes.add(run.returncode)
        after = visible(target)
        new = {path: content for path, content in after.items() if b"host-" in content}
        hosts = {
            word.split(b"$")[0].split(b"/")[0].split(b"'")[0]
            for content in new.values()
            for word in content.split()
            if b"//host-" in word
            for word in [word.partition(b"//")[2]]
        }
        assert after == before or hosts == {f"host-{attempt}".encode()}
    return codes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_may_be_stopped_at_any_moment(
    number: signal.Signals, repo: Repo, example: Files, live: Path
) -> None:
    repo.commit(example)
    source = ("--git", f"file://{repo.path}", "--ref", "main")
    codes = interrupted_runs(live, source, number, 12)
    expected = {0, 128 + number} if number == signal.SIGTERM else {0, -number}
    # Before Python has installed the handler the signal simply ends the process.
    assert codes <= {*expected, -number}
    done = halsync("init", *source, *sets(), "--target", live)
    assert done.code == 0, done.err
    assert visible(live) == {
        path: content for path, content in visible(live).items() if b"host-" not in content
    }
    left = [path.name for path in (live / ".halsync").rglob(".tmp-*")]
    assert left == []


def test_sigterm_says_so_and_stops_what_it_started(repo: Repo, tmp_path: Path) -> None:
    from tests.servers.git_http import serve_http

    repo.commit({"config": b"deploymentConfigurations: []\n"})
    with serve_http(repo.path.parent) as server:
        server.stall.set()
        run = subprocess.Popen(
            command("init", "--git", f"{server.url}/repo.git", "--target", str(tmp_path / "hal")),
            env=environment({"TMPDIR": str(tmp_path)}),
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(1.0)
        run.terminate()
        _, error = run.communicate(timeout=20)
    assert run.returncode == 128 + signal.SIGTERM
    assert "interrupted" in error
    assert not (tmp_path / "hal").exists()
    assert not list(tmp_path.glob("halsync-work-*"))
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False)
    assert f"{server.url}/repo.git" not in running.stdout


def test_the_example_is_what_the_tests_think() -> None:
    assert b"DECK_HOST" in (EXAMPLE / "config").read_bytes()
