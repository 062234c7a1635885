"""A thousand agents and one git server: ``python -m benchmarks.fleet [--agents N] …``.

The agents are halsync's own kept git sources, polled by one process over a connection each; the
server is nginx with ``git http-backend``. Printed are requests a second, how long they took, and
the server's CPU: for polls that march in step, polls that are spread, and a push that is announced
to everybody at once.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import material, server
from halsync.settings.model import GitSettings, Limits
from halsync.sources import open_source
from halsync.sources.base import Context, Source

_THREADS = 64


class Seen(NamedTuple):
    """What one scenario came to."""

    requests: int
    seconds: float
    peak: int
    """Requests in the busiest second of the second half."""
    median: float
    """Seconds that an answer took."""
    worst: float
    cpu: float
    """Seconds of the server's CPU for one request, all its processes counted."""
    failed: int

    def row(self, title: str) -> str:
        """A line of the table."""
        return (
            f"| {title} | {self.requests:,} in {self.seconds:.0f} s |"
            f" {self.requests / self.seconds:.0f} | {self.peak} | {self.median * 1e3:.0f} ms |"
            f" {self.worst * 1e3:,.0f} ms | {self.cpu * 1e3:.1f} ms |"
            f" {self.cpu * self.requests / self.seconds:.2f} | {self.failed} |"
        )


class Fleet:
    """The agents."""

    def __init__(self, url: str, count: int, room: Path) -> None:
        self._sources: list[Source] = []
        for number in range(count):
            work = room / str(number)
            work.mkdir()
            context = Context("hal", str(work), ("",), Limits(), time.monotonic() + 60)
            self._sources.append(open_source(GitSettings(url, "main"), context))
        self._lock = threading.Lock()
        self._took: list[tuple[float, float]] = []
        self._failed = 0

    def poll(self, interval: float, seconds: float, spread: float) -> Seen:
        """Every agent asks every ``interval``, give or take ``spread`` of it."""
        chance = random.Random(1)
        begun, cpu = time.monotonic(), server_cpu()
        due = [(begun, number) for number in range(len(self._sources))]
        with ThreadPoolExecutor(_THREADS) as pool:
            while due and due[0][0] < begun + seconds:
                at, number = heapq.heappop(due)
                time.sleep(max(0.0, at - time.monotonic()))
                pool.submit(self._ask, number, at)
                wait = interval * chance.uniform(1 - spread, 1 + spread)
                heapq.heappush(due, (at + wait, number))
        return self._seen(begun, cpu)

    def announce(self) -> Seen:
        """A push is announced to all at once: each asks, and fetches."""
        begun, cpu = time.monotonic(), server_cpu()
        with ThreadPoolExecutor(_THREADS) as pool:
            for number in range(len(self._sources)):
                pool.submit(self._fetch, number, begun)
        return self._seen(begun, cpu)

    def close(self) -> None:
        """Drop all connections."""
        for source in self._sources:
            source.close()

    def _ask(self, number: int, at: float) -> None:
        source = self._sources[number]
        try:
            source.renew(time.monotonic() + 60)
            source.revision()
        except Exception:
            self._failed += 1
        with self._lock:
            self._took.append((at, time.monotonic() - at))

    def _fetch(self, number: int, at: float) -> None:
        source = self._sources[number]
        try:
            source.renew(time.monotonic() + 60)
            source.revision()
            source.fetch()
        except Exception:
            self._failed += 1
        with self._lock:
            self._took.append((at, time.monotonic() - at))

    def _seen(self, begun: float, cpu: float) -> Seen:
        spent = time.monotonic() - begun
        took, self._took = self._took, []
        failed, self._failed = self._failed, 0
        half = begun + spent / 2
        seconds: dict[int, int] = {}
        for at, _ in took:
            if at >= half or len(took) == len(self._sources):
                seconds[int(at)] = seconds.get(int(at), 0) + 1
        late = sorted(each for _, each in took)
        return Seen(
            len(took),
            spent,
            max(seconds.values(), default=0),
            late[len(late) // 2],
            late[-1],
            (server_cpu() - cpu) / max(1, len(took)),
            failed,
        )


def git_cpu(repository: Path, lines: list[str], times: int = 40) -> tuple[float, int]:
    """User and system seconds of ``git http-backend`` and what it starts for one request of
    protocol 2, and the size of its answer. fcgiwrap does not wait for it, so that nothing that
    runs counts it."""
    body = "".join(f"{len(line) + 4:04x}{line}" if len(line) > 4 else line for line in lines)
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(repository.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": "version=2",
        "PATH_INFO": f"/{repository.name}/git-upload-pack",
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/x-git-upload-pack-request",
        "CONTENT_LENGTH": str(len(body)),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        done = subprocess.run(
            ["git", "http-backend"],
            input=body.encode(),
            env=environment,
            capture_output=True,
            check=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent / times, len(done.stdout)


def server_cpu() -> float:
    """User and system seconds of everything below this process."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(name)] = int(fields[1])
        spent[int(name)] = sum(map(int, fields[11:15]))
    ours = os.getpid()
    below = [pid for pid in parents if pid != ours and _is_below(pid, ours, parents)]
    return sum(spent[pid] for pid in below) / os.sysconf("SC_CLK_TCK")


def _is_below(pid: int, above: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        if pid == above:
            return True
        pid = parents[pid]
    return False


@contextmanager
def fleet(count: int) -> Iterator[Fleet]:
    """The server, and agents that know it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    with tempfile.TemporaryDirectory(prefix="halsync-fleet-") as directory:
        root = Path(directory)
        for name in ("repositories", "server", "agents"):
            (root / name).mkdir()
        material.reference_tree(root / "tree")
        material.bare_repository(root / "tree", root / "repositories/reference.git")
        with server.git_server(root / "server", root / "repositories") as url:
            agents = Fleet(f"{url}/now/reference.git", count, root / "agents")
            try:
                yield agents
            finally:
                agents.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--agents", type=int, default=1_000)
    parser.add_argument("--interval", type=float, default=15.0, help="seconds (%(default)s)")
    parser.add_argument("--rounds", type=int, default=4, help="intervals (%(default)s)")
    options = parser.parse_args()
    if reason := server.available():
        parser.error(reason)
    seconds = options.interval * options.rounds
    with tempfile.TemporaryDirectory(prefix="halsync-fleet-") as directory:
        root = Path(directory)
        material.reference_tree(root / "tree")
        material.bare_repository(root / "tree", root / "reference.git")
        git = ["git", "-C", str(root / "reference.git"), "rev-parse", "main"]
        head = subprocess.check_output(git, text=True).strip()
        peel = ["peel\n", "symrefs\n", "ref-prefix refs/heads/main\n"]
        asked = git_cpu(root / "reference.git", ["command=ls-refs\n", "0001", *peel, "0000"])
        want = [f"want {head}\n", "deepen 1\n", "done\n"]
        fetched = git_cpu(root / "reference.git", ["command=fetch\n", "0001", *want, "0000"])
    for what, (cpu, size) in (("a poll", asked), ("a fetch", fetched)):
        print(f"git's own part of {what}: {cpu * 1e3:.1f} ms CPU, {size:,} bytes")
    if not options.agents:
        return
    print(
        "| scenario | requests | a second | busiest second | median | longest | server CPU each"
        " | cores | failed |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with fleet(options.agents) as agents:
        every = f"every {options.interval:.0f} s"
        print(agents.poll(options.interval, seconds, 0.0).row(f"{every}, in step"), flush=True)
        print(agents.poll(options.interval, seconds, 0.1).row(f"{every}, ± 10 %"), flush=True)
        print(agents.poll(options.interval, seconds, 1.0).row(f"{every}, spread out"), flush=True)
        print(agents.announce().row("a push announced to all: ask and fetch"), flush=True)


if __name__ == "__main__":
    main()
