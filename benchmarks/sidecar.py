"""Rows of the sidecar: what it takes while nothing happens, and how soon a change is live."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import Run

POLLS = 10_000
_LIMIT = 240.0
"""Seconds for all polls; what was not done by then is said."""
_SECRET = b"a secret of the benchmark"
_PATIENCE = 60.0


class Sidecar:
    """One ``halsync watch`` with strategy ``none``, so that only our own work is measured."""

    def __init__(self, directory: Path, words: list[str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.target = directory / "target"
        self._log = directory / "log"
        secret = directory / "secret"
        secret.write_bytes(_SECRET)
        environment = {
            "PATH": os.environ["PATH"],
            "HALSYNC_WATCH_WEBHOOK_SECRET_FILE": str(secret),
            "HALSYNC_LOG_FORMAT": "json",
        }
        listen = ["--listen", "127.0.0.1:0", "--target", str(self.target)]
        with self._log.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "halsync", "watch", *words, *listen],
                env=environment,
                stderr=stream,
            )
        self.wait_for(lambda: b'"published"' in self._log.read_bytes(), "first publication")
        started = next(
            json.loads(line) for line in self._log.read_bytes().splitlines() if b"watching" in line
        )
        self.address = str(started["listen"])

    def wait_for(self, there: Callable[[], bool], what: str, pause: float = 0.02) -> None:
        """Until ``there()``."""
        limit = time.monotonic() + _PATIENCE
        while not there():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise SystemExit(f"no {what}: {self._log.read_text()[-2000:]}")
            time.sleep(pause)

    def generation(self) -> str:
        """The live generation."""
        return os.readlink(self.target / ".halsync/current")

    def checks(self) -> int:
        """Successful checks so far."""
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return sum(
            int(float(line.rpartition(" ")[2]))
            for line in text.splitlines()
            if line.startswith("halsync_source_checks_total{")
        )

    def resident(self) -> int:
        """Resident memory in bytes."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) * 1024

    def cpu(self) -> float:
        """User and system seconds so far, children that were waited for included."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def announce(self, commit: str) -> None:
        """What GitHub sends after a push."""
        body = json.dumps({"ref": "refs/heads/main", "after": commit}).encode()
        signature = hmac.new(_SECRET, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": commit,
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        request = urllib.request.Request(f"http://{self.address}/hooks/git", body, headers)
        urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def sidecar(directory: Path, words: list[str]) -> Iterator[Sidecar]:
    """Start one, and end it."""
    running = Sidecar(directory, words)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(30)


def idle(directory: Path, words: list[str], polls: int = POLLS) -> str:
    """Memory after the first look, and after thousands of polls; CPU of one."""
    with sidecar(directory, [*words, "--interval", "1ms"]) as running:
        running.wait_for(lambda: running.checks() >= 50, "polls", 0.2)
        first, checks, cpu = running.resident(), running.checks(), running.cpu()
        limit = time.monotonic() + _LIMIT
        while running.checks() - checks < polls and time.monotonic() < limit:
            time.sleep(0.5)
        done = running.checks() - checks
        last, each = running.resident(), (running.cpu() - cpu) / done
    return (
        f"| {last / 1e6:.1f} MB after {done:,} polls, {first / 1e6:.1f} MB before,"
        f" {each * 1e3:.2f} ms CPU a poll | | | |"
    )


class Commits:
    """New commits of one bare repository, each changing one value of ``config``."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._number = 0
        self._config = self._git("show", "main:config")

    def next(self) -> str:
        """Put one on ``main``; its id."""
        self._number += 1
        text = f"{self._config}\n# {self._number}\n".replace(
            "production", f"production{self._number}"
        )
        blob = self._git("hash-object", "-w", "--stdin", stdin=text)
        listing = self._git("ls-tree", "main")
        lines = [
            f"100644 blob {blob}\tconfig" if line.endswith("\tconfig") else line
            for line in listing.splitlines()
        ]
        tree = self._git("mktree", stdin="\n".join(lines) + "\n")
        identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
        commit = self._git(*identity, "commit-tree", "-p", "main", "-m", "bench", tree)
        self._git("update-ref", "refs/heads/main", commit)
        return commit

    def _git(self, *words: str, stdin: str = "") -> str:
        command = ["git", "-C", str(self._repository), *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True)
        return done.stdout.strip("\n")


def announced(running: Sidecar, commits: Commits) -> Callable[[], Run]:
    """From the webhook to the flip of the link that Halyard reads through."""

    def run() -> Run:
        time.sleep(1.1)  # webhooks that come sooner after one another are put together
        commit = commits.next()
        before, cpu = running.generation(), running.cpu()
        begun = time.perf_counter()
        running.announce(commit)
        running.wait_for(lambda: running.generation() != before, "publication", 0.0005)
        return Run(time.perf_counter() - begun, running.cpu() - cpu, running.resident())

    return run


def webhook(
    directory: Path, words: list[str], commits: Commits, clone: Callable[[], Run], pairs: int
) -> measure.Comparison:
    """A change announced by webhook, in a warm process, against cloning it."""
    with sidecar(directory, [*words, "--interval", "1h"]) as running:
        return measure.compare(announced(running, commits), clone, pairs)


def polled(directory: Path, words: list[str], commits: Commits, runs: int) -> str:
    """From a push to the flip, found by a poll a second."""
    with sidecar(directory, [*words, "--interval", "1s"]) as running:
        spent = []
        for _ in range(runs):
            before = running.generation()
            commits.next()
            begun = time.perf_counter()
            running.wait_for(lambda: running.generation() != before, "publication", 0.001)  # noqa: B023
            spent.append(time.perf_counter() - begun)
    spent.sort()
    return (
        f"| median {spent[len(spent) // 2] * 1e3:.0f} ms, longest {spent[-1] * 1e3:.0f} ms"
        f" ({runs} pushes) | | | |"
    )
