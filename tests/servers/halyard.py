"""A Halyard daemon for tests: ``examples/standin_daemon.py`` as a process of its own, and a
thread that starts it again as the kubelet does.

``python -m tests.servers.halyard --hal DIR --port N …`` is the same program.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "standin_daemon.py"

CONFIG = """\
currentDeployment: default
deploymentConfigurations:
- name: default
  version: {version}
  providers:
    kubernetes:
      enabled: true
      accounts:
      - name: prod
      primaryAccount: {primary}
  persistentStorage:
    persistentStoreType: s3
"""


class Halyard:
    """A running daemon."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.hal = directory / "hal"
        self.own = directory / "own"
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._switches = directory / "switches.json"
        self._journal = directory / "journal"
        self._process: subprocess.Popen[bytes] | None = None
        self._kubelet: threading.Thread | None = None
        self._ended = threading.Event()
        for path in (self.hal, self.own):
            path.mkdir(exist_ok=True)

    def configure(self, version: str = "1.30.0", primary: str = "prod") -> None:
        """Write a halconfig."""
        (self.hal / "config").write_text(CONFIG.format(version=version, primary=primary))

    def switch(self, **values: Any) -> None:
        """Misbehave like this from now on, and no other way."""
        scratch = self._switches.with_suffix(".new")
        scratch.write_text(json.dumps(values))
        scratch.rename(self._switches)

    def journal(self, what: str = "") -> list[dict[str, Any]]:
        """What it did, or how often it did one thing."""
        if not self._journal.exists():
            return []
        lines = [json.loads(line) for line in self._journal.read_text().splitlines()]
        return [line for line in lines if what in ("", line["what"])]

    @property
    def pid(self) -> int:
        """Process id of the daemon."""
        return int(self.journal("started")[-1]["pid"])

    def start(self, *, wait: bool = True) -> None:
        """Start it, from now on whenever it has ended, and wait until it answers."""
        before = len(self.journal("started"))
        self._ended.clear()
        self._launch()
        self._kubelet = threading.Thread(target=self._supervise, daemon=True)
        self._kubelet.start()
        if wait:
            self.wait_started(before)

    def command(self) -> list[str]:
        """How the daemon is started."""
        return [
            *(sys.executable, str(PROGRAM), "--hal", str(self.hal)),
            *("--config", str(self.own), "--port", str(self.port)),
            *("--switches", str(self._switches), "--journal", str(self._journal)),
        ]

    def _launch(self) -> None:
        parent = ["--parent", str(os.getpid())]
        self._process = subprocess.Popen([*self.command(), *parent], stderr=subprocess.DEVNULL)

    def _supervise(self) -> None:
        while not self._ended.is_set():
            if self._process and self._process.poll() is not None:
                self._launch()
            self._ended.wait(0.01)

    def wait_started(self, before: int) -> None:
        """Wait until there were more than ``before`` starts, and the last one answers."""
        end = time.monotonic() + 20
        while len(self.journal("started")) <= before or not self._answers():
            assert time.monotonic() < end, "the stand-in does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """End it for good."""
        self._ended.set()
        if self._kubelet:
            self._kubelet.join()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._kubelet = None

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/health", timeout=2).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve_halyard(directory: Path) -> Iterator[Halyard]:
    """A daemon with a halconfig that is good enough to be deployed."""
    found = Halyard(directory, free_port())
    found.configure()
    found.start()
    try:
        yield found
    finally:
        found.stop()


if __name__ == "__main__":
    sys.path.insert(0, str(PROGRAM.parent))
    runpy.run_path(str(PROGRAM), run_name="__main__")
