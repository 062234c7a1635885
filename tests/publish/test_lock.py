"""One agent at a time, whatever becomes of the lock file."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from pathlib import Path

import pytest

from halsync.errors import PublishError
from halsync.settings.model import PublishSettings

from .support import V1, V2, put, visible


def test_the_lock_file_may_be_removed_while_others_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waited on the removed file must not run beside who locked the new one."""
    put(tmp_path, V1)
    path = tmp_path / ".halsync/lock"
    removed = os.open(path, os.O_RDONLY)
    fcntl.flock(removed, fcntl.LOCK_EX)
    outcome: list[str] = []
    refused = threading.Event()
    flock = fcntl.flock

    def noticed(descriptor: int, operation: int) -> None:
        try:
            flock(descriptor, operation)
        except BlockingIOError:
            refused.set()
            raise

    def wait() -> None:
        try:
            put(tmp_path, V2, "r2", options=PublishSettings(lock_timeout=1))
        except PublishError as error:
            outcome.append(error.message)

    monkeypatch.setattr(fcntl, "flock", noticed)
    waiting = threading.Thread(target=wait)
    waiting.start()
    assert refused.wait(30)
    path.unlink()
    new = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    fcntl.flock(new, fcntl.LOCK_EX)
    os.close(removed)
    waiting.join()
    os.close(new)
    assert "holds the lock" in outcome[0]
    assert visible(tmp_path) == V1


def test_the_lock_has_the_mode_of_the_settings(tmp_path: Path) -> None:
    outer = os.umask(0o077)
    try:
        put(tmp_path, V1, options=PublishSettings(umask=0o007))
    finally:
        os.umask(outer)
    assert stat.S_IMODE((tmp_path / ".halsync/lock").stat().st_mode) == 0o660


def test_a_lock_on_nfs_needs_a_descriptor_that_could_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As flock(2) tells: there is no NFS server here, so its refusal is made up."""
    real = fcntl.flock

    def on_nfs(descriptor: int, operation: int) -> None:
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", on_nfs)
    put(tmp_path, V1)
    put(tmp_path, V2)
    assert visible(tmp_path) == V2


def test_small_files_of_a_sidecar_are_no_litter_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes them without the lock; one that was seen may have its own name a moment later."""
    put(tmp_path, V1)
    home = tmp_path / ".halsync"
    (home / ".tmp-told").write_text("{}")
    listdir = os.listdir

    def late(directory: str) -> list[str]:
        names = listdir(directory)
        if ".tmp-told" in names:
            os.rename(home / ".tmp-told", home / "told.json")
        return names

    monkeypatch.setattr(os, "listdir", late)
    put(tmp_path, V2, "r2")
    monkeypatch.undo()
    assert visible(tmp_path) == V2
    assert (home / "told.json").read_text() == "{}"
