"""The termination log: last words where Kubernetes looks for them, and never a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from halsync import redact
from halsync.observe import termination
from halsync.observe.termination import write_last_words


def test_replaces_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("an older and longer line")
    write_last_words(str(file), "done")
    assert file.read_text() == "done"


def test_creates_a_file_that_was_asked_for_but_not_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log"
    monkeypatch.setattr(termination, "DEFAULT", str(file))
    write_last_words(str(file), "done")
    assert not file.exists()
    monkeypatch.undo()
    write_last_words(str(file), "done")
    assert file.read_text() == "done"


def test_is_cut_to_what_the_kubelet_reads(tmp_path: Path) -> None:
    file = tmp_path / "log"
    write_last_words(str(file), "x" + "ü" * 4096)
    assert len(file.read_bytes()) == 4095
    assert file.read_text().endswith("ü")


def test_is_redacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_values", set())
    redact.register("c4nary word")
    write_last_words(str(tmp_path / "log"), "refused c4nary word")
    assert (tmp_path / "log").read_text() == f"refused {redact.MASK}"


def test_never_fails(tmp_path: Path) -> None:
    write_last_words("", "x")
    write_last_words(str(tmp_path / "no" / "directory"), "x")
    write_last_words(str(tmp_path), "x")
    write_last_words("/dev/null", "x")
    os.mkfifo(tmp_path / "fifo")
    write_last_words(str(tmp_path / "fifo"), "nobody reads this")
