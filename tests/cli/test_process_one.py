"""Being process 1: orphans are buried, signals arrive, the exit code is the child's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import environment

PROGRAM = """
import ctypes, os, sys, time
from halsync.cli.process_one import reap_from_here
PR_SET_CHILD_SUBREAPER = 36  # orphans below come to us, as they come to process 1
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
reap_from_here(always=True)
if os.fork() == 0:
    if os.fork() == 0:  # its parent ends at once: an orphan
        open(sys.argv[1] + "/orphan", "w").write(str(os.getpid()))
        os._exit(0)
    os._exit(0)
os.wait()
open(sys.argv[1] + "/child", "w").write(str(os.getpid()))
try:
    time.sleep(30)
except KeyboardInterrupt:
    sys.exit(7)
"""


@contextmanager
def started(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program, once it has made its orphan."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    # A shell has its background jobs ignore Ctrl-C, and they hand that down.
    heeding = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    with subprocess.Popen(command, env=environment(), preexec_fn=heeding) as run:  # noqa: PLW1509
        try:
            end = time.monotonic() + 60
            while not all(number(tmp_path, name) for name in ("orphan", "child")):
                assert time.monotonic() < end, "it does not start"
                time.sleep(0.01)
            yield run
        finally:
            run.kill()


def number(tmp_path: Path, name: str) -> int:
    """A process id that was written down; 0 if it was not yet."""
    path = tmp_path / name
    return int(path.read_text() or 0) if path.exists() else 0


def test_orphans_are_buried_and_signals_passed_on(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        orphan = number(tmp_path, "orphan")
        end = time.monotonic() + 60
        while os.path.exists(f"/proc/{orphan}"):
            assert time.monotonic() < end, "a zombie stays"
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 7


def test_the_child_s_death_by_a_signal_is_told_as_a_shell_does(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        os.kill(number(tmp_path, "child"), signal.SIGKILL)
        assert run.wait(60) == 128 + signal.SIGKILL
