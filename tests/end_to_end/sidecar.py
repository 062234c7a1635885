"""``halsync watch`` as a process, with its log as what tests wait for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.harness import environment

Event = dict[str, Any]
PATIENCE = 30.0
"""Seconds until a test says that something will never come."""


class Sidecar:
    """One process. The log is kept in a file, which outlives it."""

    def __init__(
        self,
        log: Path,
        words: list[str],
        env: Mapping[str, str] | None = None,
        module: str = "halsync",
    ) -> None:
        self.log = log
        self._module = module
        self._words = words
        self._env = env
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", self._module, *self._words],
                env=environment(self._env),
                stderr=stream,
                stdout=stream,
            )

    def again(self) -> None:
        """A new process after the old one has ended."""
        self.process.wait(PATIENCE)
        self.process = self._start()

    def events(self, name: str = "") -> list[Event]:
        """What this process has said so far; only the events of that name, if one is given."""
        with self.log.open("rb") as stream:
            stream.seek(self._offset)
            lines = stream.read().split(b"\n")[:-1]
        found = [json.loads(line) for line in lines if line.startswith(b"{")]
        assert len(found) == len(lines), lines
        return [event for event in found if not name or event["event"] == name]

    def wait(self, name: str, number: int = 1, **fields: object) -> Event:
        """The ``number``-th event of that name with these fields."""
        found: list[Event] = []

        def there() -> bool:
            found[:] = [
                event
                for event in self.events(name)
                if all(event.get(key) == value for key, value in fields.items())
            ]
            return len(found) >= number

        self.until(there, f"{number} x {name} {fields}")
        return found[number - 1]

    def until(self, there: Callable[[], bool], what: str) -> None:
        """Wait until ``there()``; what is published in the middle of a look is looked at again."""

        def seen() -> bool:
            try:
                return there()
            except FileNotFoundError:
                return False

        limit = time.monotonic() + PATIENCE
        while not seen():
            ended = self.process.poll()
            assert ended is None, f"ended with {ended} before {what}:\n{self.log.read_text()}"
            assert time.monotonic() < limit, f"no {what} in:\n{self.log.read_text()}"
            time.sleep(0.02)

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.wait("watching")["listen"])

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page of its server."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def status(self) -> dict[str, Any]:
        """What ``/status`` answers."""
        found: dict[str, Any] = json.loads(self.get("/status")[1])
        return found

    def state(self, *states: str) -> None:
        """Wait until it is in one of these states."""
        self.until(lambda: self.status()["state"] in states, f"state {states}")

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it as Kubernetes does; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def resident(self) -> int:
        """Resident memory in KiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0])

    def descriptors(self) -> list[str]:
        """Open files."""
        place = f"/proc/{self.process.pid}/fd"
        found = []
        for name in os.listdir(place):
            with suppress(FileNotFoundError):  # closed since
                found.append(os.readlink(f"{place}/{name}"))
        return sorted(found)


@contextmanager
def running(
    directory: Path, *words: str | Path, env: Mapping[str, str] | None = None
) -> Iterator[Sidecar]:
    """A sidecar with short intervals that listens somewhere on loopback."""
    options = ["--interval", "200ms", "--listen", "127.0.0.1:0", "--log-level", "debug"]
    surroundings = {"TMPDIR": str(directory), **(env or {})}
    sidecar = Sidecar(
        directory / "sidecar.log", ["watch", *options, *map(str, words)], surroundings
    )
    try:
        yield sidecar
    finally:
        sidecar.process.kill()
        sidecar.process.wait(PATIENCE)
