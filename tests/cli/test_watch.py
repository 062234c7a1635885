"""``halsync validate --watch``."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness import command, environment, halsync

pytest.importorskip("watchdog", reason="watchdog is not installed")

GOOD = "deploymentConfigurations: [{name: default}]\n"
BAD = "deploymentConfigurations: [{nam: default}]\n"


class Watching:
    """A running watch: its reports one by one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def report(self) -> list[str]:
        """The lines of the next report, up to the one that counts."""
        lines: list[str] = []
        while not lines or not ("checked" in lines[-1] or "no problems" in lines[-1]):
            lines.append(self._lines.get(timeout=60))
        return lines

    def silent(self) -> bool:
        return self._lines.empty()


@contextmanager
def watching(*words: str, cwd: Path) -> Iterator[Watching]:
    process = subprocess.Popen(
        command("validate", "--watch", *words),
        cwd=cwd,
        env=environment({"HALSYNC_LOG_FORMAT": "text"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell has its background jobs ignore Ctrl-C, and they hand that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        yield Watching(process)
    finally:
        process.kill()
        process.communicate()


def save(path: Path, text: str) -> None:
    """As editors do: a new file renamed over the old one."""
    other = path.with_name(path.name + "~")
    other.write_text(text)
    os.replace(other, path)


def test_each_save_is_checked(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(GOOD)
    with watching(cwd=tmp_path) as run:
        assert run.report() == ["no problems found in 1 file"]
        save(config, BAD)
        report = run.report()
        assert any("error[HAL0401]" in line for line in report)
        assert not any("\x1b" in line for line in report)
        config.write_text(GOOD)
        while run.report() != ["no problems found in 1 file"]:
            pass  # the empty file may have been seen by itself
        below = tmp_path / "default/service-settings"
        below.mkdir(parents=True)
        (below / "gate.yml").write_text("hots: x\n")
        while "HAL0403" not in "".join(run.report()):
            pass  # the directories may have been seen by themselves
        run.process.send_signal(signal.SIGINT)
        _, errors = run.process.communicate(timeout=60)
        assert run.process.returncode == 130
        assert errors == "error: interrupted\n"


def test_the_settings_are_read_again(tmp_path: Path) -> None:
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal/config").write_text(BAD)
    settings = tmp_path / "halsync.yaml"
    sources = "sources: [{name: hal, dir: {path: hal}}]\n"
    settings.write_text(sources)
    with watching(cwd=tmp_path) as run:
        assert "HAL0401" in "".join(run.report())
        save(settings, sources + "validate: {ignore: [HAL0401, HAL0024]}\n")
        assert run.report() == ["no problems found in 1 file"]


def test_everything_that_a_check_depends_on_is_watched(tmp_path: Path) -> None:
    """What a halsync.yaml beside PATH names, and what it names later."""
    place = tmp_path / "deploy"
    for name in ("deploy", "hal", "other"):
        (tmp_path / name).mkdir()
    config, zone = tmp_path / "hal/config", tmp_path / "zone"
    config.write_text(GOOD.replace("default", "ZONE"))
    (tmp_path / "other/config").write_text(BAD)
    zone.write_text("UTC\n")
    settings = (
        "sources: [{name: hal, dir: {path: ../hal}}]\nvalidate: {ignore: [rules, render]}\n"
        "render: {placeholders: {ZONE: {file: ../zone}}}\n"
    )
    (place / "halsync.yaml").write_text(settings)
    with watching("deploy", "--select", "schema,parse,HAL0205", cwd=tmp_path) as run:
        assert run.report() == ["no problems found in 1 file"]
        save(config, BAD)
        assert "HAL0401" in "".join(run.report())
        zone.rename(tmp_path / "zone.old")
        assert "HAL0205" in "".join(run.report())
        (tmp_path / "zone.old").rename(zone)
        assert "HAL0401" in "".join(run.report())
        save(place / "halsync.yaml", settings.replace("../hal", "../other"))
        assert "HAL0401" in "".join(run.report())
        save(tmp_path / "other/config", GOOD)
        assert run.report() == ["no problems found in 1 file"]


def test_a_directory_that_is_replaced(tmp_path: Path) -> None:
    """As git does, and the kubelet."""
    for name, text in (("hal", GOOD), ("new", BAD)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config").write_text(text)
    with watching("hal", "--ignore", "rules", cwd=tmp_path) as run:
        assert run.report() == ["no problems found in 1 file"]
        (tmp_path / "hal").rename(tmp_path / "old")
        assert run.process.stderr
        assert "hal: no such file or directory" in run.process.stderr.readline()
        (tmp_path / "new").rename(tmp_path / "hal")
        assert "HAL0401" in "".join(run.report())
        save(tmp_path / "hal/config", GOOD)
        assert run.report() == ["no problems found in 1 file"]


def test_one_file(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(GOOD)
    with watching("config", cwd=tmp_path) as run:
        run.report()
        (tmp_path / "other").write_text("x")
        save(config, BAD)
        assert "HAL0401" in "".join(run.report())
        assert run.silent()


def test_nothing_to_watch_and_no_library(tmp_path: Path) -> None:
    (tmp_path / "1.yml").touch()
    for words in (("-",), ("-", "1.yml")):
        done = halsync("validate", "--watch", "--kind", "bom", *words, cwd=tmp_path)
        assert done.code == 2
        assert "standard input cannot be watched" in done.err
    done = halsync("validate", "--watch", "--git", "file:///none", "--ref", "x", cwd=tmp_path)
    assert done.code == 2
    assert "nothing on this machine to watch" in done.err
    done = halsync("validate", "--watch", "not/there", cwd=tmp_path)
    assert done.code == 2
    assert "no such file or directory" in done.err
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "watchdog.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join([str(blocked), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = halsync("validate", "--watch", cwd=tmp_path, env={"PYTHONPATH": path})
    assert done.code == 2
    assert "halsync[watch]" in done.err
    assert sys.executable not in done.err
