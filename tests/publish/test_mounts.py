"""Targets with volumes in them, on them, and on unusual file systems. Needs root."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from halsync.errors import PublishError
from halsync.publish import build, drift, system
from halsync.settings.model import PublishSettings

from .support import V1, V2, all_bytes, everything, lay, needs_root, put, visible

pytestmark = needs_root

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """``mount(*arguments)``; the last one is the place. Unmounted afterwards."""
    places: list[str] = []

    def act(*arguments: str | Path) -> None:
        words = [str(word) for word in arguments]
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount here: {done.stderr.strip()}")
        if not any("remount" in word for word in words):
            places.append(words[-1])

    yield act
    for place in reversed(places):
        subprocess.run(["umount", "-l", place], check=True)


def test_the_target_is_a_mount_point_on_another_file_system(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    target.mkdir()
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", target)
    lay(target, {"config": "by hand\n"})
    put(target, V1)
    put(target, V2)
    assert visible(target) == V2
    assert b"by hand\n" in all_bytes(target / ".halsync/adopted")
    link = tmp_path / "link"
    link.symlink_to(target)
    assert put(link, V2).outcome == "unchanged"


def test_a_file_mounted_by_subpath_is_left_alone(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    (tmp_path / "volume.yml").write_text("mounted\n")
    lay(target, {"default/profiles/gate-local.yml": "", "default/profiles/extra.yml": "by hand\n"})
    mount("--bind", tmp_path / "volume.yml", target / "default/profiles/gate-local.yml")
    for files in (V1, V2):
        result = put(target, files)
        assert any("gate-local.yml: left alone" in warning for warning in result.warnings)
        assert visible(target) == {**files, "default/profiles/gate-local.yml": "mounted\n"}
        assert drift(str(target)) == []
        before = everything(target)
        assert put(target, files).outcome == "unchanged"
        assert everything(target) == before
    assert b"by hand\n" in all_bytes(target / ".halsync/adopted")
    assert (tmp_path / "volume.yml").read_text() == "mounted\n"


def test_a_mounted_config_is_left_alone(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    (tmp_path / "config").write_text("mounted\n")
    lay(target, {"config": ""})
    mount("--bind", tmp_path / "config", target / "config")
    result = put(target, V1)
    assert "config: left alone, another volume is mounted there" in result.warnings
    assert visible(target) == {**V1, "config": "mounted\n"}


def test_a_deployment_on_a_volume_of_its_own(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    (target / "default").mkdir(parents=True)
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", target / "default")
    lay(target, {"default/profiles/gate-local.yml": "by hand\n", "default/history/x": "h\n"})
    result = put(target, V1)
    kept = next(path for path in result.adopted if path.startswith("default/.halsync-adopted-"))
    assert (target / kept / "gate-local.yml").read_text() == "by hand\n"
    assert visible(target) == V1 | {
        "default/history/x": "h\n",
        f"{kept}/gate-local.yml": "by hand\n",
    }
    assert put(target, V1).outcome == "unchanged"


def test_two_takeovers_in_one_second_on_a_volume_without_dot_halsync(
    tmp_path: Path, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "t"
    (target / ".halsync").mkdir(parents=True)
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", target / ".halsync")
    monkeypatch.setattr(time, "strftime", lambda *_: "20261123T120000Z")
    for words in ("first\n", "second\n"):
        (target / "config").unlink(missing_ok=True)
        lay(target, {"config": words})
        (place,) = put(target, V1).adopted
        assert (target / place).read_text() == words
        assert (target / "config").read_text() == V1["config"]


def test_overlay_directories_of_a_lower_layer(tmp_path: Path, mount: Mount) -> None:
    lower, upper, work, target = (tmp_path / name for name in ("low", "up", "work", "t"))
    for directory in (lower, upper, work, target):
        directory.mkdir()
    hand = {"config": "by hand\n", "default/profiles/gate-local.yml": "by hand too\n"}
    hand["default/profiles/deep/er.yml"] = "deep\n"
    lay(lower, hand | {"default/history/x": "h\n"})
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mount("-t", "overlay", "overlay", "-o", layers, target)
    result = put(target, V1)
    assert visible(target) == V1 | {"default/history/x": "h\n"}
    kept = all_bytes(target / ".halsync/adopted")
    assert {text.encode() for text in hand.values()} <= kept
    assert "default/profiles/deep/er.yml" in result.left_out
    before = everything(target)
    assert put(target, V1).outcome == "unchanged"
    assert everything(target) == before
    put(target, V2)
    assert visible(target) == V2 | {"default/history/x": "h\n"}


def test_generations_of_an_image_are_removed_like_others(tmp_path: Path, mount: Mount) -> None:
    lower, upper, work, target = (tmp_path / name for name in ("low", "up", "work", "t"))
    for directory in (lower, upper, work, target):
        directory.mkdir()
    put(lower, V1)
    mount(
        "-t",
        "overlay",
        "overlay",
        "-o",
        f"lowerdir={lower},upperdir={upper},workdir={work}",
        target,
    )
    result = put(target, V2, options=PublishSettings(keep=1, keep_for=0))
    assert result.warnings == ()
    assert [path.name for path in (target / ".halsync/generations").iterdir()] == [
        result.generation
    ]
    assert visible(target) == V2


def test_a_file_mounted_in_the_directory_of_the_daemon_is_told_before_the_flip(
    tmp_path: Path, mount: Mount
) -> None:
    target, daemon, volume = (tmp_path / name for name in ("t", "daemon", "volume.yml"))
    daemon.mkdir()
    (daemon / "halyard.yml").touch()
    volume.write_text("mounted: true\n")
    mount("--bind", volume, daemon / "halyard.yml")
    put(target, {**V1, "halyard.yml": "mounted: true\n"}, "r1", daemon=daemon)
    with pytest.raises(PublishError, match="yml: is mounted by itself"):
        put(target, {**V2, "halyard.yml": "from: source\n"}, "r2", daemon=daemon)
    assert visible(target) == {**V1, "halyard.yml": "mounted: true\n"}
    assert not (target / ".halsync/adopted").exists()
    assert [path.name for path in daemon.iterdir()] == ["halyard.yml"]
    put(target, V2, "r3", daemon=daemon)
    assert (daemon / "halyard.yml").read_text() == "mounted: true\n"


def test_an_old_generation_that_can_neither_stay_nor_be_moved_leaves_no_litter(
    tmp_path: Path, mount: Mount
) -> None:
    """It came with an image, and somebody had changed it: those bytes are not ours to delete."""
    lower, upper, work, target = (tmp_path / name for name in ("low", "up", "work", "t"))
    for directory in (lower, upper, work, target):
        directory.mkdir()
    old = put(lower, V1).generation
    put(lower, V2)
    edited = lower / ".halsync/generations" / old / "config"
    edited.write_text("a note to myself")
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mount("-t", "overlay", "overlay", "-o", layers, target)
    result = put(target, {"config": "3"}, options=PublishSettings(keep=1, keep_for=0))
    (warning,) = result.warnings
    assert f"{old}: is old and cannot be removed" in warning
    assert (target / ".halsync/generations" / old / "config").read_text() == "a note to myself"
    assert not (target / ".halsync/adopted").exists()


def test_a_full_volume_changes_nothing_and_leaves_no_litter(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    target.mkdir()
    mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", target)
    put(target, V1)
    before = set(everything(target))
    big = {**V2, "default/profiles/big.yml": "x" * 400_000, "another": "y"}
    with pytest.raises(PublishError, match="No space left") as caught:
        put(target, big)
    assert caught.value.where == str(target / "default/profiles/big.yml")
    assert "sizeLimit" in caught.value.hint
    assert visible(target) == V1
    assert set(everything(target)) == before
    put(target, V2)
    assert visible(target) == V2


def test_too_few_inodes(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    target.mkdir()
    mount("-t", "tmpfs", "-o", "nr_inodes=60", "tmpfs", target)
    lay(target, {"config": "by hand\n"})
    with pytest.raises(PublishError, match="No space left"):
        put(target, {f"default/profiles/{n}.yml": "x" for n in range(80)} | {"config": "c"})
    assert visible(target) == {"config": "by hand\n"}
    put(target, V1)
    assert visible(target) == V1


def test_a_read_only_volume(tmp_path: Path, mount: Mount) -> None:
    target = tmp_path / "t"
    put(target, V1)
    mount("--bind", target, target)
    mount("-o", "remount,bind,ro", target)
    with pytest.raises(PublishError, match="Read-only file system") as caught:
        put(target, V2)
    assert "mounted read-only" in caught.value.hint
    assert visible(target) == V1
    assert put(target, V1).outcome == "unchanged"


def test_a_read_only_daemon_directory_is_found_out_before_the_flip(
    tmp_path: Path, mount: Mount
) -> None:
    target, daemon = tmp_path / "t", tmp_path / "daemon"
    put(target, V1)
    daemon.mkdir()
    mount("-t", "tmpfs", "-o", "ro", "tmpfs", daemon)
    with pytest.raises(PublishError, match="Read-only file system") as caught:
        put(target, {**V2, "halyard.yaml": "a: 1"}, daemon=daemon)
    assert str(daemon) in caught.value.where
    assert visible(target) == V1
    assert drift(str(target)) == []


def test_no_room_for_a_hand_made_daemon_file_is_found_out_before_the_flip(
    tmp_path: Path, mount: Mount
) -> None:
    target, daemon = tmp_path / "t", tmp_path / "daemon"
    target.mkdir()
    mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", target)
    put(target, V1)
    before = set(everything(target))
    lay(daemon, {"halyard.yaml": "by hand\n" * 50_000})
    with pytest.raises(PublishError, match="No space left"):
        put(target, {**V2, "halyard.yaml": "a: 1"}, daemon=daemon)
    assert visible(target) == V1
    assert set(everything(target)) == before
    assert (daemon / "halyard.yaml").read_text() == "by hand\n" * 50_000
    assert len(list(daemon.iterdir())) == 1


def test_links_on_a_volume_of_their_own_are_durable_too(
    tmp_path: Path, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "t"
    (target / "default").mkdir(parents=True)
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", target / "default")
    synced: list[str] = []
    real = system.sync_directory

    def noted(path: str) -> None:
        synced.append(path)
        real(path)

    monkeypatch.setattr(build, "sync_directory", noted)
    put(target, V1 | {f"default/profiles/{number}.yml": "x" for number in range(20)})
    assert synced == [str(target / "default")]
