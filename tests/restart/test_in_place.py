"""The strategies that leave the pod where it is, against a daemon that is really restarted."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pytest

from halsync.errors import Interrupted, RestartFailed, SourceUnreachable
from halsync.restart import busy, open_strategy
from halsync.restart.base import Standing
from halsync.restart.beat import Beat
from halsync.settings.model import Settings
from halsync.settings.watching import RestartSettings
from tests.servers.halyard import Halyard, free_port

from .conftest import QUICK, never, opened, release, settings_of

A, B = release("a"), release("b")


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
