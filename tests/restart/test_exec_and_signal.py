"""The strategies that act outside of the daemon's API: a command, and a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from halsync.errors import RestartFailed, SourceUnreachable
from halsync.restart.processes import matching, read
from halsync.restart.signalling import send
from tests.servers.halyard import Halyard, free_port

from .conftest import QUICK, never, opened, release

A = release("a")


def adopted(command: list[str]) -> int:
    """Start a process that is no descendant of this one; its id."""
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], start_new_session=True, stderr=subprocess.DEVNULL,"
        " stdout=subprocess.DEVNULL)\n"
        "print(child.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *command],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


class Bare(Halyard):
    """A daemon that nobody supervises, and no descendant of this process."""

    def relaunch(self) -> None:
        """What the kubelet does."""
        before = len(self.journal("started"))
        adopted(self.command())
        self.wait_started(before)


@contextmanager
def _bare(directory: Path) -> Iterator[Bare]:
    found = Bare(directory, free_port())
    found.configure()
    found.relaunch()
    try:
        yield found
    finally:
        os.kill(found.pid, signal.SIGKILL)


# exec


def test_exec_is_told_what_happened_and_nothing_secret(
    halyard: Halyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALSYNC_GIT_TOKEN", "s3cr3t")
    monkeypatch.setenv("MY_TOKEN", "s3cr3t")
    out = tmp_path / "out"
    strategy = opened(
        halyard, "exec", command=("sh", "-c", f"env > {out}; echo '$HOME;' \"$0\"", "x y")
    )
    strategy.act(A, "daemon", "a new one")
    lines = out.read_text().splitlines()
    assert f"RESTART_IDENTITY={A.identity}" in lines
    assert "RESTART_REACTION=daemon" in lines
    assert "s3cr3t" not in out.read_text()
    assert strategy.confirm(strategy.standing(), A, "configuration", stop=never).healthy


def test_exec_passes_no_shell(halyard: Halyard, tmp_path: Path) -> None:
    strategy = opened(halyard, "exec", command=("touch", str(tmp_path / "a b;$(id)")))
    strategy.act(A, "configuration", "")
    assert (tmp_path / "a b;$(id)").exists()


def test_exec_fails_with_the_end_of_its_output_masked(halyard: Halyard) -> None:
    script = "for i in $(seq 5000); do echo line $i; done; echo 'password: hunter22' >&2; exit 7"
    with pytest.raises(RestartFailed, match="exit code 7") as caught:
        opened(halyard, "exec", command=("sh", "-c", script)).act(A, "configuration", "")
    assert "line 5000" in caught.value.message
    assert "line 4000\n" not in caught.value.message
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/no/such/program",), "no such file"),
        (("sh", "-c", "kill -9 $$"), "signal SIGKILL"),
        (("sh", "-c", "sleep 60 & sleep 60"), "was not over after 0.5 s"),
        (("sh", "-c", "exec >&- 2>&-; sleep 60"), "was not over after 0.5 s"),
    ],
)
def test_exec_fails(halyard: Halyard, command: tuple[str, ...], says: str) -> None:
    strategy = opened(halyard, "exec", QUICK._replace(timeout=0.5), command=command)
    with pytest.raises(RestartFailed, match=says) as caught:
        strategy.act(A, "configuration", "")
    assert caught.value.hint


def test_exec_may_leave_a_service_behind(halyard: Halyard, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"(sleep 0.5; touch {mark}) & echo started"
    opened(halyard, "exec", command=("sh", "-c", script)).act(A, "configuration", "")
    end = time.monotonic() + 10
    while not mark.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


# signal


def test_signal_finds_no_process(halyard: Halyard) -> None:
    """The stand-in is a child of this process, and so none that could be meant."""
    strategy = opened(halyard, "signal", process=str(halyard.directory))
    assert "no process" in strategy.standing().detail
    with pytest.raises(SourceUnreachable) as caught:
        strategy.act(A, "configuration", "")
    assert "shareProcessNamespace" in caught.value.hint


def test_signal_ends_the_process_and_the_next_one_is_confirmed(tmp_path: Path) -> None:
    with _bare(tmp_path) as halyard:
        word = str(halyard.directory / "journal")
        strategy = opened(halyard, "signal", process=word)
        before = strategy.standing()
        assert before.healthy, before.detail
        assert before.process.startswith(f"{halyard.pid}:")
        strategy.act(A, "configuration", "")
        halyard.relaunch()
        assert strategy.confirm(before, A, "configuration", stop=never).healthy
        strategy.act(A, "configuration", "again")
        assert strategy.standing().process.startswith(f"{halyard.pid}:")


def test_signal_that_does_not_end_needs_no_new_process(tmp_path: Path) -> None:
    with _bare(tmp_path) as halyard:
        word = str(halyard.directory / "journal")
        strategy = opened(halyard, "signal", process=word, signal="SIGWINCH")
        before = strategy.standing()
        strategy.act(A, "configuration", "")
        assert strategy.confirm(before, A, "configuration", stop=never).healthy
        assert strategy.standing() == before


def test_signal_refuses_to_choose(halyard: Halyard, tmp_path: Path) -> None:
    word = f"mark-of-{tmp_path.name}"
    pids = [adopted([sys.executable, "-c", "import time; time.sleep(60)", word]) for _ in range(2)]
    try:
        strategy = opened(halyard, "signal", process=word)
        with pytest.raises(RestartFailed, match="several processes match") as caught:
            strategy.act(A, "configuration", "")
        assert all(str(pid) in caught.value.message for pid in pids)
        assert not strategy.standing().healthy
        os.kill(pids.pop(), signal.SIGKILL)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def test_a_shell_around_it_is_passed_over(tmp_path: Path) -> None:
    word = f"mark-of-{tmp_path.name}"
    sleep = f"{sys.executable} -c 'import time; time.sleep(60)' {word}; true"
    shell = adopted(["sh", "-c", sleep])
    try:
        end = time.monotonic() + 10
        while not (found := matching(word)):
            assert time.monotonic() < end
            time.sleep(0.01)
        [process] = found
        assert process.parent == shell
    finally:
        for process in found:
            os.kill(process.pid, signal.SIGKILL)


def test_a_number_that_was_given_again_is_not_signalled() -> None:
    """The process that was found is gone, and another one has its number."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        found = read(child.pid)
        assert found
        send(found._replace(started="1"), signal.SIGKILL)
        assert child.poll() is None
        send(found, signal.SIGKILL)
        assert child.wait(10) == -signal.SIGKILL
    send(found, signal.SIGKILL)
