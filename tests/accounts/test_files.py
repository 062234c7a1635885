"""The directory of kubeconfigs: complete files, ours known, others left alone."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from halsync.agent.account_files import write
from halsync.errors import PublishError
from halsync.publish.lock import held


def contents(directory: Path) -> dict[str, bytes]:
    """What others see."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.name.startswith(".halsync")
    }


def test_written_changed_and_removed(tmp_path: Path) -> None:
    place = tmp_path / "opsmx"
    done = write(str(place), {"prod": b"1", "team/admin.conf": b"2"})
    assert (done.written, done.removed) == (["prod", "team/admin.conf"], [])
    assert contents(place) == {"prod": b"1", "team/admin.conf": b"2"}
    before = (place / "prod").stat()
    assert stat.S_IMODE(before.st_mode) == 0o640
    assert not (place / "prod").is_symlink()
    done = write(str(place), {"prod": b"1", "team/admin.conf": b"3"}, mode=0o600)
    assert (done.written, done.unchanged) == (["team/admin.conf"], ["prod"])
    after = (place / "prod").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert stat.S_IMODE(after.st_mode) == 0o600
    assert write(str(place), {}).removed == ["prod", "team/admin.conf"]
    assert contents(place) == {}
    assert not (place / "team").exists()


def test_what_is_lost_for_now_stays(tmp_path: Path) -> None:
    write(str(tmp_path), {"a": b"1", "b": b"2", "c": b"3"})
    done = write(str(tmp_path), {"a": b"1"}, keep=frozenset({"b"}))
    assert done.removed == ["c"]
    assert contents(tmp_path) == {"a": b"1", "b": b"2"}
    assert write(str(tmp_path), {"a": b"1"}).removed == ["b"]
    assert write(str(tmp_path), {}, remove=False).removed == []


def test_a_file_becomes_a_directory_and_back(tmp_path: Path) -> None:
    write(str(tmp_path), {"prod": b"1"})
    done = write(str(tmp_path), {"prod/config": b"1", "zeta": b"2"})
    assert (done.written, done.removed, done.foreign) == (["prod/config", "zeta"], ["prod"], [])
    assert contents(tmp_path) == {"prod/config": b"1", "zeta": b"2"}
    done = write(str(tmp_path), {"prod": b"1"})
    assert (done.written, done.foreign) == (["prod"], [])
    assert contents(tmp_path) == {"prod": b"1"}


def test_a_file_of_others_where_a_directory_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "prod").write_bytes(b"theirs")
    done = write(str(tmp_path), {"prod/config": b"ours", "zeta": b"ours"})
    assert (done.foreign, done.written) == (["prod/config"], ["zeta"])
    assert contents(tmp_path) == {"prod": b"theirs", "zeta": b"ours"}


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "prod").write_bytes(b"theirs")
    (tmp_path / "other").write_bytes(b"theirs")
    done = write(str(tmp_path), {"prod": b"ours", "mine": b"ours"})
    assert (done.foreign, done.written) == (["prod"], ["mine"])
    assert write(str(tmp_path), {}).removed == ["mine"]
    assert contents(tmp_path) == {"prod": b"theirs", "other": b"theirs"}


def test_a_file_that_is_there_with_the_same_content_becomes_ours(tmp_path: Path) -> None:
    (tmp_path / "prod").write_bytes(b"same")
    assert write(str(tmp_path), {"prod": b"same"}).unchanged == ["prod"]


def test_a_killed_run_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renames = []
    rename = os.rename

    def killed(source: str, target: str) -> None:
        renames.append(target)
        if len(renames) == 3:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        write(str(tmp_path), {"a": b"1", "b": b"2"})
    monkeypatch.undo()
    (tmp_path / ".halsync-new-1").write_bytes(b"half")
    assert contents(tmp_path) == {"a": b"1"}
    done = write(str(tmp_path), {"a": b"9", "b": b"2"})
    assert done.written == ["a", "b"]
    assert not list(tmp_path.glob(".halsync-new-*"))


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    sizes = [100_000, 300_000]
    write(str(tmp_path), {"a": b"x" * sizes[0]})
    seen: set[int] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.add(len((tmp_path / "a").read_bytes()))

    reader = threading.Thread(target=look)
    reader.start()
    for turn in range(30):
        write(str(tmp_path), {"a": b"x" * sizes[turn % 2]})
    stop.set()
    reader.join()
    assert seen <= set(sizes)


def test_a_link_instead_of_a_directory_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    place = tmp_path / "opsmx"
    place.mkdir()
    (place / "team").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PublishError, match="cannot be written"):
        write(str(place), {"team/admin.conf": b"2"})
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_another_halsync_in_the_directory_is_not_waited_for_without_end(tmp_path: Path) -> None:
    write(str(tmp_path), {"a": b"1"})
    with held(str(tmp_path), 1):
        with pytest.raises(PublishError, match="another halsync") as caught:
            write(str(tmp_path), {"a": b"2"}, lock_timeout=0.1)
        assert caught.value.where == str(tmp_path)
        assert contents(tmp_path) == {"a": b"1"}
    assert write(str(tmp_path), {"a": b"2"}, lock_timeout=0.1).written == ["a"]


def test_a_state_that_somebody_wrote_removes_nothing_elsewhere(tmp_path: Path) -> None:
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    write(str(place), {"team/a": b"1"})
    elsewhere.mkdir()
    (elsewhere / "a").write_text("theirs")
    (place / "team" / "a").unlink()
    (place / "team").rmdir()
    (place / "team").symlink_to(elsewhere)
    names = ["team/a", "../elsewhere/a", str(elsewhere / "a"), "team/../../elsewhere/a"]
    (place / ".halsync-accounts.json").write_text(json.dumps({"files": names}))
    write(str(place), {"prod": b"2"})
    assert (elsewhere / "a").read_text() == "theirs"
    assert (place / "prod").read_bytes() == b"2"
