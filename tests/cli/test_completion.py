"""``halsync completion``, in the shells themselves where they are installed."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.harness import environment, halsync


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_options_and_values(shell: str, tmp_path: Path) -> None:
    script = halsync("completion", shell).out
    for word in ("rollback", "config", "target", "no-lfs", "accept-new", "exit-code"):
        assert word in script, word
    (tmp_path / "script").write_text(script)
    if which(shell) is None:
        pytest.skip(f"{shell} is not here to check the syntax")
    done = subprocess.run(
        [shell, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_bash_really_completes(tmp_path: Path) -> None:
    (tmp_path / "script").write_text(halsync("completion", "bash").out)
    ask = (
        f"source {tmp_path}/script; "
        "COMP_WORDS=(halsync init --host-key-check acc); COMP_CWORD=3; "
        'COMP_LINE="${COMP_WORDS[*]}"; '
        "COMP_POINT=${#COMP_LINE}; _shtab_halsync 2>/dev/null; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["accept-new"]


ASKED = [
    ("init --host-key-check acc", "accept-new"),
    ("manifests app", "apply"),
    ("manifests apply --pru", "--prune"),
    ("validate -o sar", "sarif"),
    ("validate a-fi", "a-file.yml"),
    ("validate a-file.yml b-fi", "b-file.yml"),
    ("push some", "some-where/"),
    ("migrate opsmx a-fi", "a-file.yml"),
]


@pytest.fixture
def shell_place(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A directory with files, and a variable so that shells find a halsync and no settings."""
    place = tmp_path / "here"
    (place / "some-where").mkdir(parents=True)
    for name in ("a-file.yml", "b-file.yml"):
        (place / name).touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/halsync").write_text("#!/bin/sh\n")
    (tmp_path / "bin/halsync").chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    return place, environment({"HOME": str(tmp_path), "TERM": "vt100", "PATH": path})


@pytest.mark.skipif(which("fish") is None, reason="fish is not here")
def test_fish_really_completes(shell_place: tuple[Path, dict[str, str]]) -> None:
    place, env = shell_place
    script = place.parent / ".config/fish/completions/halsync.fish"
    script.parent.mkdir(parents=True)
    script.write_text(halsync("completion", "fish").out)
    asks = [f"complete -C 'halsync {words}'" for words, _ in ASKED]
    done = subprocess.run(
        ["fish", "-c", "; ".join(asks)],
        capture_output=True, text=True, check=True, cwd=place, env=env,
    )  # fmt: skip
    found = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert found == [word for _, word in ASKED]


@pytest.mark.e2e
@pytest.mark.skipif(which("zsh") is None, reason="zsh is not here")
def test_zsh_really_completes(shell_place: tuple[Path, dict[str, str]]) -> None:
    place, env = shell_place
    script = place.parent / "functions/_halsync"
    script.parent.mkdir()
    script.write_text(halsync("completion", "zsh").out)
    master, slave = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=place, env=env,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(slave)
        setup = (
            f"fpath=({script.parent} $fpath); autoload -Uz compinit; compinit -u -D; "
            # What was typed is printed instead of run.
            'accept() { print -r -- "<$BUFFER>"; BUFFER=; zle .accept-line }; '
            "zle -N accept; bindkey '^X' accept; stty cols 200; PS1=; echo rea''dy\n"
        )
        os.write(master, setup.encode())
        seen = _until(master, b"ready\r\n")
        for words, found in ASKED:
            os.write(master, f"halsync {words}\t\x18".encode())
            seen = _until(master, b">\r\n")
            typed = seen.rpartition("<")[2].partition(">")[0].split()
            assert typed == ["halsync", *words.split()[:-1], found]
        os.write(master, b"exit\n")
        process.wait()
    os.close(master)


def _until(terminal: int, end: bytes) -> str:
    seen = b""
    while end not in seen:
        assert select.select([terminal], [], [], 30)[0], seen
        seen += os.read(terminal, 65536)
    return seen.decode()
