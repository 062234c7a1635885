"""The ``dir`` source, on real directories and on mounts laid out as the kubelet does."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from halsync.errors import (
    INVALID,
    AccessDenied,
    ConfigError,
    ContentRefused,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
)
from halsync.settings.model import DirSettings, Limits
from halsync.sources import open_source
from halsync.sources.base import Context, Source
from tests.harness import halsync


def source(
    directory: Path, *paths: str, limits: Limits | None = None, seconds: float = 10
) -> Source:
    context = Context("dir", "", paths or ("",), limits or Limits(), time.monotonic() + seconds)
    return open_source(DirSettings(str(directory)), context)


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def kubelet_mount(root: Path, files: dict[str, str], stamp: str) -> Path:
    """Lay out ``files`` as the kubelet's atomic writer does."""
    write(root / f"..{stamp}", files)
    (root / "..data_tmp").symlink_to(f"..{stamp}")
    (root / "..data_tmp").rename(root / "..data")
    for top in {path.split("/")[0] for path in files}:
        if not (root / top).is_symlink():
            (root / top).symlink_to(f"..data/{top}")
    return root


def test_a_plain_directory(tmp_path: Path) -> None:
    write(tmp_path, {"config": "a: 1\n", "default/profiles/x.sh": "", ".git/HEAD": "no"})
    (tmp_path / "default/profiles/x.sh").chmod(0o755)
    snapshot = source(tmp_path).fetch()
    assert {path: file.content for path, file in snapshot.files.items()} == {
        "config": b"a: 1\n",
        "default/profiles/x.sh": b"",
    }
    assert snapshot.files["default/profiles/x.sh"].executable
    assert not snapshot.files["config"].executable
    assert snapshot.files["config"].origin == ("dir", snapshot.revision, "config")
    assert snapshot.revision.startswith("sha256:")


def test_the_revision_follows_content_names_and_modes_only(tmp_path: Path) -> None:
    write(tmp_path, {"config": "a", "b": "c"})
    seen = [source(tmp_path).revision()]
    os.utime(tmp_path / "config")
    assert source(tmp_path).revision() == seen[0] == source(tmp_path).fetch().revision
    (tmp_path / "config").write_text("b")
    seen.append(source(tmp_path).revision())
    (tmp_path / "b").rename(tmp_path / "c")
    seen.append(source(tmp_path).revision())
    (tmp_path / "c").chmod(0o700)
    seen.append(source(tmp_path).revision())
    assert len(set(seen)) == 4


def test_a_mounted_configmap_is_read_through_its_data_link_once(tmp_path: Path) -> None:
    kubelet_mount(tmp_path, {"config": "one", "default/profiles/gate.yml": "g"}, "2026_1")
    snapshot = source(tmp_path).fetch()
    assert sorted(snapshot.files) == ["config", "default/profiles/gate.yml"]
    assert snapshot.revision == source(tmp_path).revision() == "..2026_1"
    kubelet_mount(tmp_path, {"config": "two", "default/profiles/gate.yml": "g"}, "2026_2")
    assert source(tmp_path).fetch().files["config"].content == b"two"


def test_a_mount_that_switches_while_it_is_read_gives_one_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubelet_mount(tmp_path, {"a": "old", "b": "old"}, "1")
    real_open = os.open
    switched: list[str] = []

    def switching_open(path: str, flags: int, mode: int = 0o777) -> int:
        if not switched:
            switched.append(path)
            kubelet_mount(tmp_path, {"a": "new", "b": "new"}, "2")
            for name in ("a", "b"):
                (tmp_path / "..1" / name).unlink()
        return real_open(path, flags, mode)

    monkeypatch.setattr(os, "open", switching_open)
    files = source(tmp_path).fetch().files
    assert [file.content for file in files.values()] == [b"new", b"new"]


def test_a_sub_path_brings_along_what_its_links_need(tmp_path: Path) -> None:
    write(tmp_path, {"prod/config": "c", "shared/deep/x": "x", "other": "o"})
    (tmp_path / "prod/x").symlink_to("../shared/link")
    (tmp_path / "shared/link").symlink_to("deep/x")
    files = source(tmp_path, "prod").fetch().files
    assert files["prod/x"].content == b"x"
    assert "other" not in files


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("none", SourceNotFound, "no such directory"),
        ("file", SourceNotFound, "not a directory"),
        ("live", ConfigError, ".halsync/current"),
    ],
)
def test_directories_that_are_none(
    tmp_path: Path, path: str, error: type[HalsyncError], words: str
) -> None:
    write(tmp_path, {"file": "", "live/.halsync/current": ""})
    with pytest.raises(error, match=words) as caught:
        source(tmp_path / path).fetch()
    assert str(tmp_path / path) in str(caught.value) and caught.value.hint


def test_a_missing_sub_path_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, {"environments/prod/config": ""})
    with pytest.raises(SourceNotFound, match="did you mean 'environments/prod'"):
        source(tmp_path, "environment/prod").fetch()


def test_special_files_are_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, {"config": ""})
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(ContentRefused) as caught:
        source(tmp_path).fetch()
    assert [problem.file for problem in caught.value.problems] == ["pipe", "passwd"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_access_denied(tmp_path: Path) -> None:
    write(tmp_path, {"config": ""})
    (tmp_path / "config").chmod(0)
    with pytest.raises(AccessDenied, match="config"):
        source(tmp_path).fetch()


def test_a_directory_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    write(tmp_path, {"config": ""})
    with pytest.raises(SourceUnreachable, match="too large to be read in time"):
        source(tmp_path, seconds=-1).fetch()


@pytest.mark.parametrize(("depth", "name"), [(1100, "a"), (2500, "a"), (30, "n" * 200)])
def test_directories_as_deep_as_they_come(tmp_path: Path, depth: int, name: str) -> None:
    (tmp_path / "config").write_text("a: 1\n")
    inner = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(depth):
            os.mkdir(name, dir_fd=inner)
            outer, inner = inner, os.open(name, os.O_RDONLY, dir_fd=inner)
            os.close(outer)
        with pytest.raises(ContentRefused) as caught:
            source(tmp_path).fetch()
        [problem] = caught.value.problems
        assert (problem.code, problem.file.split("/")[0]) == ("HAL0106", name)
        looked = halsync("validate", tmp_path)
        assert looked.code == INVALID
        assert "HAL0106" in looked.out
    finally:
        os.close(inner)
        # Deeper than Python's own rmtree goes.
        subprocess.run(["rm", "-rf", str(tmp_path / name)], check=True)
