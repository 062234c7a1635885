"""The strategies that leave the pod where it is, against a daemon that is really restarted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from halsync.errors import Interrupted, RestartFailed, SourceUnreachable
from halsync.restart import busy, open_strategy
from halsync.restart.base import Standing, Strategy
from halsync.restart.beat import Beat
from halsync.restart.processes import matching, read
from halsync.restart.signalling import send
from halsync.settings.model import Settings
from halsync.settings.watching import ConfirmSettings, RestartSettings
from tests.servers.halyard import Halyard, free_port

from .conftest import QUICK, ignored, never, release, settings_of

A, B = release("a"), release("b")


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


def opened(
    halyard: Halyard, name: str, confirm: ConfirmSettings = QUICK, **more: object
) -> Strategy:
    return open_strategy(settings_of(halyard, name, confirm, **more), report=ignored)


def starts(halyard: Halyard) -> int:
    return len(halyard.journal("started"))


# daemon


def test_daemon_restarts_and_confirms_the_new_process(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon")
    before = strategy.standing()
    assert before.healthy
    assert strategy.standing() == before
    strategy.act(A, "configuration", "because")
    found = strategy.confirm(before, A, "configuration", stop=never)
    assert found.healthy, found.detail
    assert starts(halyard) == 2
    after = strategy.standing()
    assert after.healthy
    assert after.process not in ("", before.process)


def test_the_same_process_is_known_after_a_restart_of_halsync(halyard: Halyard) -> None:
    before = opened(halyard, "daemon").standing()
    assert opened(halyard, "daemon").standing() == before
    opened(halyard, "daemon").act(A, "configuration", "")
    halyard.wait_started(1)
    assert opened(halyard, "daemon").standing().process != before.process


def test_a_mark_that_may_have_expired_leaves_a_doubt(halyard: Halyard) -> None:
    now = time.time()
    strategy = opened(halyard, "daemon")
    beat = Beat(strategy._daemon, str(halyard.hal), clock=lambda: now)  # type: ignore[attr-defined]
    before = beat.standing()
    assert not beat.doubtful
    halyard.switch(lose=True)
    now += 30
    assert beat.standing().process != before.process
    assert not beat.doubtful
    current = beat.standing().process
    now += 300
    assert beat.standing().process == current
    assert beat.doubtful


def test_a_mark_is_renewed_before_it_expires(halyard: Halyard) -> None:
    now = time.time()
    beat = Beat(opened(halyard, "daemon")._daemon, "", clock=lambda: now)  # type: ignore[attr-defined]
    before = beat.standing().process
    for _ in range(10):
        now += 60
        assert beat.standing().process == before


def test_confirmation_survives_a_halsync_that_was_away_for_long(halyard: Halyard) -> None:
    """The shutdown was sent, the mark has expired: the process that answers is another one."""
    now = time.time()
    strategy = opened(halyard, "daemon")
    strategy._beat._clock = lambda: now - 3600  # type: ignore[attr-defined]
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    halyard.wait_started(1)
    assert opened(halyard, "daemon").confirm(before, A, "configuration", stop=never).healthy


def test_the_old_process_does_not_count(halyard: Halyard) -> None:
    """Nobody acted, so nothing new comes, however healthy the old one is."""
    strategy = opened(halyard, "daemon", QUICK._replace(timeout=0.6, settle=0.1))
    found = strategy.confirm(strategy.standing(), A, "configuration", stop=never)
    assert not found.healthy
    assert "the old process still runs" in found.detail


def test_never_healthy(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon", QUICK._replace(timeout=2))
    before = strategy.standing()
    halyard.switch(never_healthy=True)
    strategy.act(A, "daemon", "")
    found = strategy.confirm(before, A, "daemon", stop=never)
    assert not found.healthy
    assert "the daemon says 503 DOWN" in found.detail


def test_own_files_that_keep_it_from_starting(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon", QUICK._replace(timeout=1.5))
    before = strategy.standing()
    (halyard.own / "halyard-local.yml").write_text("server: {port: [")
    strategy.act(A, "daemon", "")
    found = strategy.confirm(before, A, "daemon", stop=never)
    assert not found.healthy
    assert "nothing listens there" in found.detail
    # Back to what worked, which nothing has to be restarted for: it comes up by itself.
    (halyard.own / "halyard-local.yml").unlink()
    down = strategy.standing()
    strategy.act(B, "daemon", "")
    assert strategy.confirm(down, B, "daemon", stop=never).healthy


@pytest.mark.e2e
def test_one_that_gets_healthy_and_crashes_again_is_not(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon", QUICK._replace(timeout=4, settle=2))
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    end = time.monotonic() + 3.5
    seen = starts(halyard)

    def crash_when_healthy() -> bool:
        nonlocal seen
        if time.monotonic() < end and starts(halyard) > seen:
            seen = starts(halyard)
            with suppress(ProcessLookupError):
                os.kill(halyard.pid, signal.SIGKILL)
        return False

    found = strategy.confirm(before, A, "configuration", stop=crash_when_healthy)
    assert not found.healthy


def test_acting_again_for_the_same_release_does_nothing_more(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon")
    strategy.standing()
    strategy.act(A, "configuration", "")
    halyard.wait_started(1)
    strategy.act(A, "configuration", "again, the answer got lost")
    time.sleep(0.2)
    assert starts(halyard) == 2
    strategy.act(B, "configuration", "")
    halyard.wait_started(2)


def test_nothing_to_end(halyard: Halyard) -> None:
    halyard.stop()
    strategy = opened(halyard, "daemon")
    before = strategy.standing()
    assert before == Standing("", False, "nothing listens there")
    strategy.act(A, "configuration", "")
    halyard.start()
    assert strategy.confirm(before, A, "configuration", stop=never).healthy


def test_a_daemon_that_hangs_is_worth_another_try(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon")
    strategy._daemon._timeout = 0.3  # type: ignore[attr-defined]
    halyard.switch(hang=["/shutdown"])
    with pytest.raises(SourceUnreachable):
        strategy.act(A, "configuration", "")
    halyard.switch()
    strategy.act(A, "configuration", "")
    halyard.wait_started(1)


def test_a_shutdown_that_is_refused_is_a_failure(halyard: Halyard) -> None:
    halyard.switch(refuse_shutdown=True)
    with pytest.raises(RestartFailed):
        opened(halyard, "daemon").act(A, "configuration", "")


def test_sigterm_while_it_waits(halyard: Halyard) -> None:
    strategy = opened(halyard, "daemon", QUICK._replace(settle=60, timeout=600))
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Interrupted):
        strategy.confirm(Standing("", False), A, "configuration", stop=soon)


@pytest.mark.parametrize("name", ["daemon", "apply", "exec", "signal", "none"])
def test_what_halyard_would_not_notice_is_not_told(halyard: Halyard, name: str) -> None:
    strategy = opened(halyard, name, command=("false",), process="standin_daemon.py")
    strategy.act(A, "none", "")
    assert strategy.confirm(Standing("", True), A, "none", stop=never).healthy
    assert [line["what"] for line in halyard.journal()] == ["started"]
    strategy.close()
    strategy.close()


# deploy and apply


def test_deploy_is_part_of_the_confirmation_if_asked_for(halyard: Halyard) -> None:
    told: list[dict[str, object]] = []
    strategy = open_strategy(
        settings_of(halyard, "daemon", QUICK._replace(deploy=True)),
        report=lambda event, **fields: told.append({"event": event, **fields}),
    )
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    assert strategy.confirm(before, A, "configuration", stop=never).healthy
    journal = [line["what"] for line in halyard.journal()]
    assert journal == ["started", "shutdown", "started", "prep", "deploy", "deployed"]
    assert {
        "event": "deploying",
        "task": "Apply deployment",
        "message": "Deploying: Success",
    } in told


def test_healthy_but_the_deployment_fails(halyard: Halyard) -> None:
    told: list[dict[str, object]] = []
    strategy = open_strategy(
        settings_of(halyard, "apply"),
        report=lambda event, **fields: told.append({"event": event, **fields}),
    )
    halyard.switch(deploy_fails="no nodes left")
    found = strategy.confirm(strategy.standing(), A, "configuration", stop=never)
    assert not found.healthy
    assert "no nodes left" in found.detail
    [problem] = found.problems
    assert (problem.code, problem.severity) == ("HAL2301", "fatal")
    assert told[-1]["event"] == "halyard-problem"
    assert "no nodes left" in str(told[-1]["message"])
    assert not (halyard.hal / ".halsync/deploy.json").exists()


def test_a_configuration_that_halyard_itself_refuses(halyard: Halyard) -> None:
    halyard.configure(primary="nobody")
    strategy = opened(halyard, "apply")
    found = strategy.confirm(strategy.standing(), A, "configuration", stop=never)
    assert not found.healthy
    assert "nobody is not an account" in found.problems[0].message
    assert not halyard.journal("deploy")


def test_apply_restarts_nothing_but_for_the_daemons_own_files(halyard: Halyard) -> None:
    strategy = opened(halyard, "apply")
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    assert strategy.confirm(before, A, "configuration", stop=never).healthy
    assert starts(halyard) == 1
    assert len(halyard.journal("deployed")) == 1
    strategy.act(B, "daemon", "")
    assert strategy.confirm(before, B, "daemon", stop=never).healthy
    assert starts(halyard) == 2
    assert len(halyard.journal("deployed")) == 2
    assert not halyard.journal("configDiff")


def test_a_deployment_that_runs_is_followed_by_the_next_halsync(halyard: Halyard) -> None:
    halyard.switch(task_seconds=1.0)
    strategy = opened(halyard, "apply")

    def running() -> bool:
        return bool(halyard.journal("deploy"))

    with pytest.raises(Interrupted):
        strategy.confirm(strategy.standing(), A, "configuration", stop=running)
    assert busy(settings_of(halyard, "apply")) == "Apply deployment"
    again = opened(halyard, "apply")
    assert again.confirm(again.standing(), A, "configuration", stop=never).healthy
    assert len(halyard.journal("deploy")) == len(halyard.journal("deployed")) == 1


def test_a_deployment_that_takes_too_long(halyard: Halyard) -> None:
    halyard.switch(task_seconds=60)
    strategy = opened(halyard, "apply", QUICK._replace(deploy_timeout=1))
    found = strategy.confirm(strategy.standing(), A, "configuration", stop=never)
    assert not found.healthy
    assert "is not over after" in found.detail


def test_nobody_is_busy_where_nobody_answers() -> None:
    restart = RestartSettings("daemon", daemon_url=f"http://127.0.0.1:{free_port()}")
    assert busy(Settings(restart=restart)) == ""
    assert busy(Settings()) == ""


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
