"""What a reader sees while generations change under it, and two agents on one target."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from halsync.errors import PublishError
from halsync.publish import read_generation, read_state
from halsync.settings.model import PublishSettings

from .support import put, visible

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("config", "default/profiles/a.yml", "default/profiles/b.yml", ".boms/bom/x.yml")

READER = """
import os, sys
target, names = sys.argv[1], sys.argv[2:]
print("ready", flush=True)
mixtures = torn = reads = 0
seen = set()
while not os.path.exists(target + "/stop"):
    base = os.path.realpath(target + "/.halsync/current")
    texts = [open(base + "/" + name).read() for name in names]
    mixtures += len(set(texts)) != 1
    # File by file through the links, each file is whole and everything is there.
    for name in names:
        text = open(target + "/" + name).read()
        torn += len(text) != 9001 or len(set(text.split())) != 1
    # A directory that was opened once stays what it was.
    profiles = os.open(target + "/default/profiles", os.O_RDONLY | os.O_DIRECTORY)
    pair = []
    for name in ("a.yml", "b.yml"):
        file = os.open(name, os.O_RDONLY, dir_fd=profiles)
        pair.append(os.read(file, 20000))
        os.close(file)
    os.close(profiles)
    mixtures += pair[0] != pair[1]
    seen.add(texts[0])
    reads += 1
print(mixtures, torn, reads, len(seen))
"""

PUBLISHER = """
import sys, time
from halsync.settings.model import PublishSettings
from tests.publish.support import put
target, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = PublishSettings(keep=3, keep_for=0, lock_timeout=60)
for number in range(count):
    text = f"{name}-{number}\\n"
    put(target, {"config": text, "default/profiles/a.yml": text, name: text}, text, options=options)
"""


def same(text: str) -> dict[str, str]:
    """A tree in which every file says the same, 9,001 characters long."""
    line = f"{text:0>8}\n"
    return dict.fromkeys(NAMES, line * 1000 + "\n")


def flip_under_readers(target: Path, flips: int) -> None:
    options = PublishSettings(keep=5, keep_for=3600)
    put(target, same("0"), options=options)
    command = [sys.executable, "-c", READER, str(target), *NAMES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for number in range(1, flips + 1):
            # Every third one comes back to a generation that is kept.
            put(target, same(str(number if number % 3 else number - 2)), options=options)
        (target / "stop").write_text("")
        answer = reader.stdout.read()
    mixtures, torn, reads, seen = map(int, answer.split())
    assert (mixtures, torn) == (0, 0)
    assert reads > 2
    assert seen > 1


def test_a_reader_never_sees_a_mixture(tmp_path: Path) -> None:
    flip_under_readers(tmp_path, 30)


@pytest.mark.e2e
def test_a_reader_never_sees_a_mixture_in_two_hundred_flips(tmp_path: Path) -> None:
    flip_under_readers(tmp_path, 200)


def two_agents(target: Path, count: int) -> None:
    agents = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(target), name, str(count)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("left", "right")
    ]
    for agent in agents:
        _, errors = agent.communicate()
        assert agent.returncode == 0, errors
    found = visible(target)
    text = found["config"]
    assert found == {
        "config": text,
        "default/profiles/a.yml": text,
        text.split("-")[0]: text,
    }
    state = read_state(str(target))
    assert state is not None
    for name in os.listdir(target / ".halsync/generations"):
        texts = {file.content for file in read_generation(str(target), name).files.values()}
        assert len(texts) == 1
    assert len(os.listdir(target / ".halsync/generations")) <= 3


def test_two_agents_at_once(tmp_path: Path) -> None:
    two_agents(tmp_path, 10)


@pytest.mark.e2e
def test_two_agents_at_once_for_long(tmp_path: Path) -> None:
    two_agents(tmp_path, 150)


def test_a_held_lock_is_waited_for_and_then_named_with_its_holder(tmp_path: Path) -> None:
    put(tmp_path, same("1"))
    lock = os.open(tmp_path / ".halsync/lock", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PublishError, match="holds the lock") as caught:
            put(tmp_path, same("2"), options=PublishSettings(lock_timeout=0.1))
        assert caught.value.where == str(tmp_path / ".halsync/lock")
        assert f"process {os.getpid()}" in caught.value.message
        assert visible(tmp_path) == same("1")
    finally:
        os.close(lock)
    put(tmp_path, same("2"), started=time.time())
    assert visible(tmp_path) == same("2")
