"""Months of a sidecar's life in a minute: random commits, outages, kills, a daemon that dies.

Longer with ``HALSYNC_SOAK_SECONDS``; ``HALSYNC_SOAK_SEED`` repeats one. At the end what is live
is the newest revision that is fit, Halyard was told of each change once, nobody ever saw what was
unfit, and nothing is left behind.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.sidecar import Sidecar
from tests.end_to_end.test_react import KILLER, World, good
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo

pytestmark = pytest.mark.e2e

SECONDS = float(os.environ.get("HALSYNC_SOAK_SECONDS", "45"))
SEED = int(os.environ.get("HALSYNC_SOAK_SEED", "0")) or int(time.time())
KINDS = {"change": 10, "back": 4, "cosmetic": 8, "invalid": 8, "killer": 1, "same": 2}
_LARGEST_GROWTH = 2_500
"""KiB that the allocator may keep for itself between two thirds of the time."""
Files = dict[str, bytes]


class Reader(threading.Thread):
    """Reads what Halyard reads, all the time, and judges every restart."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        self._config = world.target / "config"
        self._own = world.halyard.own / "halyard.yml"
        self._journal = world.directory / "pod/journal"
        self._at = self._journal.stat().st_size
        self.running = self._effective()
        """What the daemon was started with."""
        self.restarts = 0
        self.wrong: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.002):
            self.look()

    def look(self) -> None:
        """What is live, and what the daemon has done since the last look."""
        content = self._config.read_bytes()
        if b"UNFIT" in content or b"deploymentConfigurations" not in content:
            self.wrong.append(f"unfit and live: {content[-80:]!r}")
        with self._journal.open("rb") as stream:
            stream.seek(self._at)
            new = stream.read()
        self._at += len(new)
        for line in new.splitlines():
            if b'"shutdown"' in line:
                self.restarts += 1
                if self._effective() == self.running:
                    self.wrong.append(f"restarted for nothing: {self.running}")
            elif b'"started"' in line:
                self.running = self._effective()

    def _effective(self) -> tuple[bytes, bytes]:
        """What Halyard would notice of what is live."""
        own = self._own.read_bytes() if self._own.exists() else b""
        lines = self._config.read_bytes().splitlines()
        return b"\n".join(line for line in lines if not line.startswith(b"#")), own


class Author:
    """Commits at random."""

    def __init__(self, repo: Repo, example: Files, chance: random.Random) -> None:
        self._repo = repo
        self._example = example
        self._chance = chance
        self._names = ["production"]
        self.kinds: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The account that the newest fit revision names."""
        return self._names[-1]

    def commit(self, kind: str = "") -> str:
        """One commit, of a random kind if none is given; its id."""
        kind = kind or self._chance.choices(list(KINDS), list(KINDS.values()))[0]
        self.kinds[kind] += 1
        more: Files = {}
        tail = b""
        if kind == "change":
            self._names.append(f"production-{self.kinds.total()}")
        elif kind == "back":
            self._names.append(self._chance.choice(self._names))
        elif kind == "cosmetic":
            tail = f"# {self._chance.random()}\n".encode()
        elif kind == "invalid":
            tail = self._chance.choice([b"UNFIT: [\n", b"UNFIT: {a: 1\n", b"\tUNFIT: 1\n"])
        elif kind == "killer":
            more = {"halyard.yml": KILLER + f"# {self._chance.random()}\n".encode()}
        text = self._example["config"].replace(b"production", self.name.encode()) + tail
        return self._repo.commit({**self._example, **more, "config": text})


@pytest.fixture
def world(tmp_path: Path, repo: Repo, example: Files, git_server: GitHttpServer) -> Iterator[World]:
    """A repository behind HTTP, and a daemon that runs what it holds."""
    world = World(tmp_path, repo, example)
    world.url = f"{git_server.url}/repo.git"
    world.repo.commit(example)
    world.write(confirm={"timeout": "6s", "settle": "100ms"})
    with world.initialised():
        yield world


def test_soak(world: World, example: Files, git_server: GitHttpServer) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    author = Author(world.repo, example, chance)
    reader = Reader(world)
    reader.start()
    with world.sidecar(HALSYNC_WATCH_MAX_BACKOFF="1s") as sidecar:
        good(sidecar, world)
        memory = live_on(sidecar, author, git_server, chance)
        last = author.commit("change")
        sidecar.until(
            lambda: last in str(world.marks()["release"]) and world.marks()["phase"] == "confirmed",
            f"the last commit {last}",
        )
        sidecar.state("idle")
        assert author.name.encode() in (world.target / "config").read_bytes()
        after = sidecar.resident()
        assert after < memory + _LARGEST_GROWTH, f"{memory} KiB have grown to {after}"
        assert len(sidecar.descriptors()) < 20, sidecar.descriptors()
        assert sidecar.stop() == 0
    reader.ended.set()
    reader.join(5)
    reader.look()
    assert not reader.wrong, reader.wrong
    assert reader.running == reader._effective(), "a restart was lost"
    assert reader.restarts > 3, author.kinds
    leftovers(world)


def live_on(sidecar: Sidecar, author: Author, server: GitHttpServer, chance: random.Random) -> int:
    """Let time go by; resident memory (KiB) of the last process after its first changes."""
    begun, memory = time.monotonic(), 0
    while time.monotonic() - begun < SECONDS:
        author.commit()
        time.sleep(min(chance.expovariate(5), 2))
        spent = time.monotonic() - begun
        what = chance.random()
        if what < 0.05 and spent < SECONDS * 0.6:
            kill(sidecar, chance)
        elif what < 0.12:
            outage(server, chance)
        # Not before it has loaded what it needs for a whole turn.
        if not memory and spent > SECONDS * 0.7 and sidecar.events("confirmed"):
            memory = sidecar.resident()
    return memory or sidecar.resident()


def kill(sidecar: Sidecar, chance: random.Random) -> None:
    """SIGKILL or SIGTERM, and a new process."""
    if chance.random() < 0.7:
        sidecar.kill()
    else:
        # Whatever comes before it is up ends it as it ends every command.
        assert sidecar.stop(signal.SIGTERM) in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    sidecar.again()


def outage(server: GitHttpServer, chance: random.Random) -> None:
    """The server is down, refuses the credentials, or cuts its answers short for a while."""
    how = chance.choice(["down", "denied", "cut"])
    server.status = {"down": 503, "denied": 401}.get(how, 0)
    server.truncate = 200 if how == "cut" else 0
    time.sleep(chance.uniform(0.2, 1.0))
    server.status = server.truncate = 0


def leftovers(world: World) -> None:
    """No process, no directory, no half-written file."""
    assert not list(world.directory.glob("halsync-work-*"))
    assert not list((world.target / ".halsync").rglob(".tmp-*"))
    assert not (world.target / ".halsync/agent.sock").exists()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as stream:
                assert os.fsencode(world.file) not in stream.read()
        except OSError:
            continue
