"""Children: deadline, bounds, process groups."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from halsync.errors import ConfigError
from halsync.sources.git.process import (
    Abandoned,
    Child,
    DeadlineExpired,
    OutputTooLarge,
    run,
)

ENV = {"PATH": os.environ["PATH"], "ONLY": "this"}


def soon() -> float:
    return time.monotonic() + 20


def test_output_status_and_environment() -> None:
    result = run(["sh", "-c", "env; echo bad >&2; exit 3"], ENV, soon())
    assert (result.code, result.stderr) == (3, "bad\n")
    names = {line.split(b"=")[0] for line in result.stdout.splitlines()}
    assert names - {b"PWD", b"SHLVL", b"_", b"OLDPWD"} == {b"PATH", b"ONLY"}


def test_large_input_and_output_do_not_block() -> None:
    data = os.urandom(3_000_000)
    assert run(["cat"], ENV, soon(), stdin=data).stdout == data
    assert run(["true"], ENV, soon(), stdin=data).code == 0


def test_stderr_keeps_the_beginning_and_the_end() -> None:
    script = "echo first >&2; head -c 1000000 /dev/zero | tr '\\0' x >&2; echo last >&2"
    said = run(["sh", "-c", script], ENV, soon()).stderr
    assert said.startswith("first\n")
    assert said.endswith("last\n")
    assert len(said) <= 16384


def test_too_much_output_ends_it() -> None:
    with pytest.raises(OutputTooLarge):
        run(["yes"], ENV, soon(), limit=1000)


def test_the_deadline_ends_the_whole_group(tmp_path: Path) -> None:
    script = f"sleep 300 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(DeadlineExpired):
        run(["sh", "-c", script], ENV, time.monotonic() + 0.5)
    assert_gone(int((tmp_path / "pid").read_text()))


def test_a_helper_that_outlives_the_child_holds_nobody_up(tmp_path: Path) -> None:
    script = f"sleep 300 & echo $! > {tmp_path}/pid; echo done"
    assert run(["sh", "-c", script], ENV, soon()).stdout == b"done\n"
    assert_gone(int((tmp_path / "pid").read_text()))


def assert_gone(pid: int) -> None:
    """Killed, though whoever inherits it may take a moment to reap it."""
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.01)


def test_a_watcher_gives_up() -> None:
    answers = iter([False, False, True])
    with pytest.raises(Abandoned):
        Child(["sleep", "300"], ENV).finish(soon(), watch=lambda: next(answers))


def test_descriptors_are_closed() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        run(["cat"], ENV, soon(), stdin=b"x")
        Child(["sleep", "300"], ENV, stdin=True, stdout=True).kill()
        with pytest.raises(ConfigError, match="no-such-program"):
            Child(["no-such-program"], ENV, stdin=True, stdout=True)
    assert len(os.listdir("/proc/self/fd")) == before


def test_children_may_be_ended_by_a_broken_pipe() -> None:
    # Python ignores SIGPIPE; a child that inherited that would report an error instead.
    assert run(["sh", "-c", "yes | head -n 1 > /dev/null"], ENV, soon()).stderr == ""


def test_without_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert run(["sh", "-c", "sleep 0.1; echo x"], ENV, soon()).stdout == b"x\n"
