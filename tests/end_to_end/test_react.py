"""The sidecar beside a daemon: what it restarts, confirms, takes back; killed at every step."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.sidecar import Sidecar, running
from tests.harness import VALUES, halsync, visible
from tests.servers.git_repos import Repo
from tests.servers.halyard import CONFIG as HALCONFIG
from tests.servers.halyard import Halyard, free_port

pytestmark = pytest.mark.e2e

Files = dict[str, bytes]
KILLER = b"server: {port: 70000}\n"
"""As halyard.yml it is fine to everybody but the daemon, which does not start with it."""


def changed(files: Files, name: str) -> Files:
    """The example with an account renamed, so that Halyard must notice."""
    return {**files, "config": files["config"].replace(b"production", name.encode())}


class World:
    """A repository, a daemon, and the settings of the sidecar between them."""

    def __init__(self, directory: Path, repo: Repo, example: Files) -> None:
        self.repo = repo
        self.url = str(repo.path)
        self.example = example
        self.directory = directory
        (directory / "pod").mkdir()
        self.halyard = Halyard(directory / "pod", free_port())
        self.target = self.halyard.hal
        self.file = directory / "halsync.yaml"

    def write(self, strategy: str = "daemon", **restart: Any) -> None:
        """The settings, with everything quick."""
        values = dict(value.split("=", 1) for value in VALUES)
        settings = {
            "target": str(self.target),
            "daemonConfig": str(self.halyard.own),
            "sources": [{"name": "hal", "git": {"url": self.url, "ref": "main"}}],
            "render": {"placeholders": values},
            "restart": {
                "strategy": strategy,
                "daemonUrl": self.halyard.url,
                "confirm": {"timeout": "4s", "settle": "200ms"},
                "governor": {"debounce": "0s", "spacing": "0s", "budget": 1000},
                **restart,
            },
        }
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(settings))
        new.rename(self.file)

    def starts(self) -> int:
        """How often the daemon was started."""
        return len(self.halyard.journal("started"))

    def marks(self) -> dict[str, Any]:
        """What the sidecar remembers."""
        found: dict[str, Any] = json.loads((self.target / ".halsync/agent.json").read_text())
        return found

    @contextmanager
    def initialised(self) -> Iterator[None]:
        """What the repository holds is published, and the daemon runs with it."""
        done = halsync("init", "--config", self.file)
        assert done.code == 0, done.err
        try:
            self.halyard.start()
            yield
        finally:
            self.halyard.stop()

    @contextmanager
    def sidecar(self, **env: str) -> Iterator[Sidecar]:
        """A running sidecar."""
        with running(self.directory, "--config", self.file, env=env) as started:
            yield started


@pytest.fixture
def world(tmp_path: Path, repo: Repo, example: Files) -> Iterator[World]:
    """The example is published, and the daemon runs with it."""
    world = World(tmp_path, repo, example)
    world.repo.commit(example)
    world.write()
    with world.initialised():
        yield world


def good(sidecar: Sidecar, world: World) -> None:
    """Wait until what is live is known to work."""
    sidecar.until(
        lambda: (world.target / ".halsync/agent.json").exists() and bool(world.marks()["good"]),
        "a last known good release",
    )


def test_a_change_restarts_once_and_is_confirmed(world: World) -> None:
    with world.sidecar() as sidecar:
        good(sidecar, world)
        assert world.starts() == 1, "what runs already is not restarted"
        world.repo.commit(changed(world.example, "production2"))
        told = sidecar.wait("acted")
        assert (told["strategy"], told["reaction"]) == ("daemon", "configuration")
        sidecar.wait("confirmed")
        assert world.starts() == 2
        assert b"production2" in visible(world.target)["config"]
        sidecar.state("idle")
        assert world.marks()["phase"] == "confirmed"
        # Comments, and a file that Halyard never reads.
        world.repo.commit({**changed(world.example, "production2"), "notes.txt": b"for people\n"})
        sidecar.wait("published", 2)
        sidecar.state("idle")
        assert world.starts() == 2
        # Its own settings are read at the start only.
        own = {**changed(world.example, "production2"), "halyard.yml": b"server: {port: 8064}\n"}
        world.repo.commit(own)
        assert sidecar.wait("acted", 2)["reaction"] == "daemon"
        sidecar.wait("confirmed", 2)
        assert world.starts() == 3
        assert (world.halyard.own / "halyard.yml").read_bytes() == b"server: {port: 8064}\n"


def test_what_takes_halyard_down_is_taken_back(world: World) -> None:
    with world.sidecar() as sidecar:
        good(sidecar, world)
        before = visible(world.target)
        bad = world.repo.commit({**changed(world.example, "doomed"), "halyard.yml": KILLER})
        sidecar.wait("unconfirmed")
        assert sidecar.wait("quarantined")["sources"] == [f"hal@{bad}"]
        sidecar.wait("rolled-back")
        sidecar.wait("confirmed")
        assert visible(world.target) == before
        assert not (world.halyard.own / "halyard.yml").exists()
        sidecar.state("refused")
        starts = world.starts()
        checks = len(sidecar.events("checked"))
        sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
        assert len(sidecar.events("unconfirmed")) == 1
        # Neither a new process nor init tries it again.
        sidecar.kill()
        sidecar.again()
        sidecar.state("refused")
        assert not sidecar.events("accepted")
        sidecar.stop()
        assert halsync("init", "--config", world.file).code in (0, 8)
        assert visible(world.target) == before
        sidecar.again()
        sidecar.state("refused")
        assert world.starts() == starts
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("confirmed")
        assert b"production2" in visible(world.target)["config"]
        assert world.starts() == starts + 1


def test_what_means_the_same_is_in_quarantine_too(world: World) -> None:
    """A comment, and a file that Halyard never reads, do not take it down once more."""
    with world.sidecar() as sidecar:
        good(sidecar, world)
        before = visible(world.target)
        doomed = {**changed(world.example, "doomed"), "halyard.yml": KILLER}
        world.repo.commit(doomed)
        sidecar.wait("quarantined")
        sidecar.wait("confirmed")
        sidecar.state("refused")
        starts = world.starts()
        same = {**doomed, "config": doomed["config"] + b"# said\n", "notes.txt": b"for people\n"}
        commit = world.repo.commit(same)
        asked = halsync("sync", "--target", world.target, "-o", "json")
        told = json.loads(asked.out)
        assert (asked.code, told["outcome"]) == (8, "quarantined"), asked.err
        assert told["revisions"] == {"hal": commit}
        assert "--retry" in told["message"]
        [refused] = sidecar.events("refused")
        assert (refused["stage"], refused["identity"]) == ("quarantine", told["identity"])
        # Nor does init publish it in a new process, or a new sidecar.
        sidecar.stop()
        assert halsync("init", "--config", world.file).code in (0, 8)
        sidecar.again()
        sidecar.state("refused")
        assert not sidecar.events("accepted")
        assert (world.starts(), visible(world.target)) == (starts, before)
        # Unless a person says that it was not at fault.
        halsync("sync", "--retry", "--target", world.target)
        assert f"hal@{commit}" in sidecar.wait("accepted")["sources"]
        assert sidecar.wait("quarantined")["sources"] == [f"hal@{commit}"]
        sidecar.wait("confirmed")
        sidecar.state("refused")
        assert visible(world.target) == before
        assert len(world.marks()["quarantined"]) == 1
        # A change of what Halyard notices is tried by itself.
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("confirmed", 2)
        assert b"production2" in visible(world.target)["config"]


def test_halyard_recovers_by_itself_after_the_way_back(world: World) -> None:
    """The fault was its own, and with the last known good configuration it is well again."""
    with world.sidecar() as sidecar:
        good(sidecar, world)
        world.halyard.switch(never_healthy=True)
        world.repo.commit(changed(world.example, "production2"))
        sidecar.state("confirming")
        sidecar.wait("quarantined")
        sidecar.wait("unconfirmed", 2)
        assert world.marks()["phase"] == ""
        world.halyard.switch()
        assert sidecar.wait("confirmed")["detail"] == "it is healthy again"
        assert world.marks()["phase"] == "confirmed"
        sidecar.state("refused")
        # Whoever knows what it was has the revision tried again.
        asked = halsync("sync", "--retry", "--target", world.target, "-o", "json")
        assert json.loads(asked.out)["outcome"] == "confirmed", asked.out
        assert b"production2" in visible(world.target)["config"]
        sidecar.state("idle")


def test_a_hold_and_a_newer_revision(world: World) -> None:
    with world.sidecar() as sidecar:
        good(sidecar, world)
        assert halsync("hold", "--reason", "demo", "--target", world.target).code == 0
        world.repo.commit(changed(world.example, "first"))
        assert "demo" in sidecar.wait("held")["reason"]
        sidecar.state("held")
        shown = sidecar.status()
        assert "demo" in shown["detail"], shown
        assert not shown["detail"].startswith("held")
        assert shown["pending"]["until"] is None, "a hold has no end"
        world.repo.commit(changed(world.example, "second"))
        sidecar.until(lambda: len(sidecar.events("fetched")) >= 3, "the second revision")
        assert b"first" not in visible(world.target)["config"]
        assert halsync("resume", "--target", world.target).code == 0
        sidecar.process.send_signal(signal.SIGHUP)
        sidecar.wait("confirmed")
        assert b"second" in visible(world.target)["config"]
        assert world.starts() == 2, "the first one was never tried"


def test_one_turn_says_how_it_ended(world: World) -> None:
    words = ("watch", "--once", "--config", world.file)
    # A turn waits for no second change, so a change does not rest.
    world.write(governor={"debounce": "1h", "spacing": "0s"})
    assert halsync(*words).code == 0
    world.repo.commit(changed(world.example, "production2"))
    assert halsync(*words).code == 0
    assert world.starts() == 2
    before = visible(world.target)
    world.repo.commit({**changed(world.example, "doomed"), "halyard.yml": KILLER})
    assert halsync(*words).code == 8
    assert visible(world.target) == before
    assert halsync(*words).code == 8, "it is in quarantine"


def test_a_broken_command_goes_back(world: World) -> None:
    world.write("exec", command=["/bin/false"])
    with world.sidecar() as sidecar:
        good(sidecar, world)
        before = visible(world.target)
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("unconfirmed")
        sidecar.wait("quarantined")
        sidecar.wait("unconfirmed", 2)
        assert visible(world.target) == before
        sidecar.state("refused")


def test_the_apply_strategy_deploys_once(world: World) -> None:
    world.write("apply")
    simple = {"config": HALCONFIG.format(version="1.30.0", primary="prod").encode()}
    world.repo.commit(simple)
    assert halsync("init", "--config", world.file).code == 0
    with world.sidecar() as sidecar:
        good(sidecar, world)
        world.repo.commit({"config": simple["config"].replace(b"1.30.0", b"1.30.1")})
        sidecar.wait("confirmed")
        assert [each["version"] for each in world.halyard.journal("deployed")] == ["1.30.1"]
        assert world.starts() == 1


BOUNDARIES = (
    "standing",
    "mark accepted",
    "publish",
    "mark published",
    "act",
    "mark acted",
    "confirm",
    "mark confirmed",
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", BOUNDARIES)
def test_killed_at_every_boundary(step: str, when: str, world: World) -> None:
    """SIGKILL there; the next process ends where this one would have, with one restart."""
    with world.sidecar() as sidecar:
        good(sidecar, world)
        sidecar.stop()
    new = world.repo.commit(changed(world.example, "production2"))
    faulty = {"HALSYNC_FAULT": f"{when} {step}", "HALSYNC_FAULT_LOG": str(world.directory / "hit")}
    with faulty_sidecar(world, faulty) as sidecar:
        assert sidecar.process.wait(20) == -signal.SIGKILL, sidecar.log.read_text()
    with world.sidecar() as sidecar:
        sidecar.until(lambda: settled(world, new), f"the release after a kill {when} {step}")
        assert b"production2" in visible(world.target)["config"]
        assert world.starts() == 2
        checks = len(sidecar.events("checked"))
        sidecar.until(lambda: len(sidecar.events("checked")) > checks + 2, "more checks")
        assert world.starts() == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["mark quarantined", "rollback", "back published", "back acted"])
def test_killed_while_going_back(step: str, when: str, world: World) -> None:
    with world.sidecar() as sidecar:
        good(sidecar, world)
        sidecar.stop()
    before = visible(world.target)
    world.repo.commit({**changed(world.example, "doomed"), "halyard.yml": KILLER})
    with faulty_sidecar(world, {"HALSYNC_FAULT": f"{when} {step}"}) as sidecar:
        assert sidecar.process.wait(30) == -signal.SIGKILL, sidecar.log.read_text()
    with world.sidecar() as sidecar:
        sidecar.until(
            lambda: visible(world.target) == before and world.marks()["phase"] == "confirmed",
            f"the way back after a kill {when} {step}",
        )
        assert len(world.marks()["quarantined"]) == 1
        sidecar.state("refused")
        assert not sidecar.events("accepted")


def settled(world: World, commit: str) -> bool:
    """Whether the release of that commit is confirmed."""
    marks = world.marks()
    release = marks["release"]
    return marks["phase"] == "confirmed" and release and commit in json.dumps(release)


@contextmanager
def faulty_sidecar(world: World, env: dict[str, str]) -> Iterator[Sidecar]:
    """A sidecar that kills itself; see :mod:`tests.end_to_end.faulty_watch`."""
    words = ["watch", "--interval", "200ms", "--listen", "off", "--config", str(world.file)]
    sidecar = Sidecar(
        world.directory / "faulty.log",
        words,
        {"TMPDIR": str(world.directory), **env},
        module="tests.end_to_end.faulty_watch",
    )
    try:
        yield sidecar
    finally:
        sidecar.process.kill()
        sidecar.process.wait()


def test_the_steps_are_those_that_happen(world: World) -> None:
    """The list of boundaries is complete: a run writes down which it passes."""
    with world.sidecar() as sidecar:
        good(sidecar, world)
        sidecar.stop()
    world.repo.commit(changed(world.example, "production2"))
    log = world.directory / "steps"
    with faulty_sidecar(world, {"HALSYNC_FAULT_LOG": str(log)}) as sidecar:
        sidecar.wait("confirmed")
        sidecar.stop()
    seen = [line for line in log.read_text().splitlines() if line.startswith("before ")]
    assert [line.removeprefix("before ") for line in seen] == list(BOUNDARIES)


def test_no_descriptor_leaks(world: World) -> None:
    with world.sidecar() as sidecar:
        good(sidecar, world)
        seen = []
        for number in range(4):
            world.repo.commit(changed(world.example, f"production{number}"))
            sidecar.wait("confirmed", number + 1)
            sidecar.state("idle")
            seen.append(sidecar.descriptors())
        # What is loaded when first used, and the connection of the one who asks.
        assert len(seen[-1]) <= len(seen[0]) + 1, (seen[0], seen[-1])
        children = f"/proc/{sidecar.process.pid}/task/{sidecar.process.pid}/children"
        assert not os.path.exists(children) or not Path(children).read_text().split()
