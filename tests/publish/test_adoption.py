"""Taking over a hand-made ``.hal``, and edits made behind halsync's back."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from halsync.errors import PublishError
from halsync.publish import drift, kernel, read_state, rollback
from halsync.settings.model import PublishSettings

from .support import V1, V2, all_bytes, everything, lay, put, visible

HAND = {
    "config": "by hand\n",
    "default/profiles/gate-local.yml": "by hand\n",
    "default/profiles/old-local.yml": "nobody else has this\n",
    "default/service-settings/gate.yml": "by hand\n",
    "scripts/mine.sh": "echo mine\n",
}
HALYARDS = {
    "default/history/service-profiles.yml": "history\n",
    "default/staging/gate.yml": "staging\n",
    ".backup/config": "backup\n",
    "notes.txt": "nobody manages this\n",
}


def test_a_hand_made_tree_is_taken_over_and_every_byte_kept(tmp_path: Path) -> None:
    lay(tmp_path, HAND | HALYARDS)
    os.chmod(tmp_path / "config", 0o604)
    os.utime(tmp_path / "config", ns=(1, 10**18))
    inode = (tmp_path / "config").stat().st_ino
    result = put(tmp_path, V1)
    assert visible(tmp_path) == V1 | HALYARDS
    assert {path.split("/", 3)[3] for path in result.adopted} == {
        "config",
        "default/profiles",
        "default/service-settings",
        "scripts",
    }
    assert set(result.left_out) == {"default/profiles/old-local.yml", "scripts/mine.sh"}
    kept = tmp_path / result.adopted[0]
    status = kept.stat()
    assert (kept.name, status.st_ino, status.st_mtime_ns) == ("config", inode, 10**18)
    assert stat.S_IMODE(status.st_mode) == 0o604
    base = kept.parent
    assert {path: (base / path).read_text() for path in HAND} == HAND
    assert stat.S_IMODE((tmp_path / ".halsync/adopted").stat().st_mode) == 0o700


def test_one_can_go_back_to_the_hand_made_tree_however_old_it_is(tmp_path: Path) -> None:
    lay(tmp_path, HAND)
    none = PublishSettings(keep=1, keep_for=0)
    for number in range(4):
        put(tmp_path, {**V1, "config": str(number)}, str(number), options=none)
    state = read_state(str(tmp_path))
    assert state is not None
    hand_made = [entry for entry in state.history if entry.kind == "adopted"]
    assert len(hand_made) == 1
    assert rollback(str(tmp_path)).generation == hand_made[0].generation
    assert visible(tmp_path) == HAND


def test_odd_files_are_kept_and_links_are_followed_as_readers_do(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    lay(outside, {"a.yml": "from outside\n", "more/b.yml": "b\n"})
    target = tmp_path / "t"
    lay(target, HAND)
    profiles = target / "default" / "profiles"
    (profiles / "linked.yml").symlink_to(outside / "a.yml")
    (profiles / "relative.yml").symlink_to("../service-settings/gate.yml")
    (profiles / "tree").symlink_to(outside)
    (profiles / "loop").symlink_to(".")
    (profiles / "dangling").symlink_to("nowhere")
    os.mkfifo(profiles / "pipe")
    (profiles / "empty").mkdir()
    (target / "config").unlink()
    (target / "config").symlink_to(outside / "a.yml")
    result = put(target, V1)
    kept = next(target / path for path in result.adopted if path.endswith("default/profiles"))
    assert os.readlink(kept / "relative.yml") == "../service-settings/gate.yml"
    assert os.readlink(kept / "dangling") == "nowhere"
    assert stat.S_ISFIFO((kept / "pipe").lstat().st_mode)
    assert (kept / "empty").is_dir()
    rollback(str(target))
    assert (target / "config").read_text() == "from outside\n"
    assert (profiles / "linked.yml").read_text() == "from outside\n"
    assert (profiles / "relative.yml").read_text() == "by hand\n"
    assert (profiles / "tree/more/b.yml").read_text() == "b\n"
    assert (profiles / "empty").is_dir()
    assert os.readlink(profiles / "dangling") == "nowhere"
    assert (outside / "a.yml").read_text() == "from outside\n"


def test_an_edit_by_hal_is_kept_named_and_published_over(tmp_path: Path) -> None:
    put(tmp_path, V1)
    (tmp_path / "new").write_text("edited by hal config\n")
    os.rename(tmp_path / "new", tmp_path / "config")
    assert [(item.path, item.kind) for item in drift(str(tmp_path))] == [("config", "replaced")]
    result = put(tmp_path, V2)
    assert visible(tmp_path) == V2
    assert (tmp_path / result.adopted[0]).read_text() == "edited by hal config\n"
    assert result.left_out == ()


def test_drift_is_put_right_even_if_the_source_did_not_move(tmp_path: Path) -> None:
    first = put(tmp_path, V1)
    (tmp_path / "scripts").unlink()
    lay(tmp_path, {"scripts/mine.sh": "mine\n"})
    (tmp_path / ".boms").unlink()
    result = put(tmp_path, V1)
    assert (result.generation, result.changed) == (first.generation, True)
    assert visible(tmp_path) == V1
    assert (tmp_path / result.adopted[0] / "mine.sh").read_text() == "mine\n"
    before = everything(tmp_path)
    assert put(tmp_path, V1).outcome == "unchanged"
    assert everything(tmp_path) == before


def test_drift_at_a_name_that_the_new_tree_drops_does_not_stay_visible(tmp_path: Path) -> None:
    put(tmp_path, V1)
    (tmp_path / ".boms").unlink()
    lay(tmp_path, {".boms/bom/mine.yml": "mine\n"})
    result = put(tmp_path, V2)
    assert visible(tmp_path) == V2
    assert b"mine\n" in all_bytes(tmp_path / ".halsync" / "adopted")
    assert ".boms/bom/mine.yml" in result.left_out


def test_drift_while_pinned_is_put_right_too(tmp_path: Path) -> None:
    put(tmp_path, V1, "r1")
    put(tmp_path, V2, "r2")
    rollback(str(tmp_path))
    (tmp_path / "config").unlink()
    (tmp_path / "config").write_text("mine\n")
    result = put(tmp_path, V2, "r2")
    assert (result.outcome, result.changed) == ("pinned", True)
    assert visible(tmp_path) == V1
    assert put(tmp_path, V2, "r2").outcome == "pinned"
    assert put(tmp_path, V2, "r3").outcome == "published"


def test_copies_of_drift_are_no_place_to_go_back_to_unasked(tmp_path: Path) -> None:
    first = put(tmp_path, V1)
    (tmp_path / "config").unlink()
    (tmp_path / "config").write_text("mine\n")
    put(tmp_path, V2)
    assert rollback(str(tmp_path)).generation == first.generation


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
def test_file_systems_that_cannot_exchange_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(first: str, second: str) -> None:
        raise OSError(number, os.strerror(number), second)

    monkeypatch.setattr(kernel, "exchange", refuse)
    lay(tmp_path, HAND)
    inode = (tmp_path / "config").stat().st_ino
    result = put(tmp_path, V1)
    assert visible(tmp_path) == V1
    assert (tmp_path / result.adopted[0]).stat().st_ino == inode
    assert {text.encode() for text in HAND.values()} <= all_bytes(tmp_path / ".halsync/adopted")
    plain = {"config": "a", "ops/readme.txt": "1"}
    put(tmp_path, plain)
    put(tmp_path, {**plain, "ops/profiles/gate-local.yml": "2"})
    assert visible(tmp_path) == {**plain, "ops/profiles/gate-local.yml": "2"}


def test_a_takeover_without_exchange_that_fails_leaves_no_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full between the second name of the original and the link that replaces it."""
    lay(tmp_path, {"config": "by hand\n"})
    symlink = os.symlink

    def cannot(first: str, second: str) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), second)

    def full(text: str, place: str, **more: Any) -> None:
        if text == ".halsync/current/config" and "adopted" not in place:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), place)
        symlink(text, place, **more)

    monkeypatch.setattr(kernel, "exchange", cannot)
    with monkeypatch.context() as broken:
        broken.setattr(os, "symlink", full)
        with pytest.raises(PublishError, match="No space left"):
            put(tmp_path, V1)
    assert visible(tmp_path) == {"config": "by hand\n"}
    assert not (tmp_path / ".halsync/adopted").exists()
    put(tmp_path, V1)
    assert visible(tmp_path) == V1


def test_a_link_that_a_killed_run_left_beside_the_original_goes(tmp_path: Path) -> None:
    """As where a deployment has a volume of its own, on which its originals stay."""
    put(tmp_path, V1)
    (tmp_path / "default/profiles").unlink()
    lay(tmp_path, {"default/profiles/gate-local.yml": "by hand\n"})
    left = tmp_path / "default/.halsync-adopted-20261123T120000Z"
    left.mkdir()
    (left / "profiles").symlink_to("../.halsync/current/default/profiles")
    put(tmp_path, V1)
    assert not left.exists()
    assert visible(tmp_path) == V1


def test_an_edit_through_a_link_and_what_then_took_its_place_are_both_kept(
    tmp_path: Path,
) -> None:
    through = tmp_path / ".halsync/generations" / put(tmp_path, V1).generation / "config"
    os.chmod(through, 0o600)
    through.write_text("edited through the link\n")
    (tmp_path / "config").unlink()
    lay(tmp_path, {"config": "by hand\n"})
    result = put(tmp_path, V2, "r2")
    assert visible(tmp_path) == V2
    assert [(tmp_path / path).read_text() for path in result.adopted] == [
        "edited through the link\n",
        "by hand\n",
    ]


def test_directories_that_cannot_be_moved_are_taken_over_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on an overlay, for a directory of a lower layer; test_mounts has the real thing."""
    exchange, rename = kernel.exchange, os.rename

    def refuse(first: str, second: str) -> None:
        if os.path.isdir(second) and not os.path.islink(second):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), second)
        exchange(first, second)

    monkeypatch.setattr(kernel, "exchange", refuse)
    lay(tmp_path, HAND | HALYARDS)
    result = put(tmp_path, V1)
    assert visible(tmp_path) == V1 | HALYARDS
    assert "default/profiles/old-local.yml" in result.left_out
    assert {text.encode() for text in HAND.values()} <= all_bytes(tmp_path / ".halsync/adopted")
    before = everything(tmp_path)
    assert put(tmp_path, V1).outcome == "unchanged"
    assert everything(tmp_path) == before
    put(tmp_path, V2)
    assert visible(tmp_path) == V2 | HALYARDS
    assert rename is os.rename


def test_a_deployment_that_is_a_file_or_a_link_is_refused_untouched(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = tmp_path / "t"
    target.mkdir()
    (target / "default").symlink_to(elsewhere)
    with pytest.raises(PublishError, match="default: is not a directory"):
        put(target, V1)
    assert os.readlink(target / "default") == str(elsewhere)
    assert sorted(os.listdir(target)) == [".halsync", "default"]


def test_an_identical_hand_made_tree_is_taken_over_too(tmp_path: Path) -> None:
    lay(tmp_path, V1)
    result = put(tmp_path, V1)
    assert visible(tmp_path) == V1
    assert result.left_out == ()
    assert (tmp_path / "config").is_symlink()
