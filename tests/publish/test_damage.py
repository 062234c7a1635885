"""What people, clocks and broken disks do to ``.halsync``, and that the next run copes."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from halsync.errors import Interrupted, PublishError
from halsync.publish import drift, read_state, rollback, switch
from halsync.publish import run as module
from halsync.settings.model import PublishSettings

from .support import (
    V1,
    V2,
    discard,
    everything,
    lay,
    needs_plain_user,
    put,
    visible,
)

OPS = {"config": "a\n", "ops/profiles/gate-local.yml": "2\n"}
STRICT = PublishSettings(keep=1, keep_for=0)


def two(target: Path) -> tuple[str, str]:
    """Two generations; returns their names."""
    return put(target, V1, "r1").generation, put(target, V2, "r2").generation


def change_state(target: Path, **values: object) -> None:
    """Write values over those of the newest entry."""
    path = target / ".halsync/state.json"
    data = json.loads(path.read_text())
    data["history"][0].update(values)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    "values",
    [
        {"started": "soon"},
        {"since": None},
        {"sources": [{"name": "x"}]},
        {"sources": ["x"]},
        {"sources": 5},
    ],
)
def test_a_state_of_wrong_types_is_made_up_for(tmp_path: Path, values: dict[str, object]) -> None:
    _, second = two(tmp_path)
    change_state(tmp_path, **values)
    state = read_state(str(tmp_path))
    assert state is not None
    assert (state.current, state.sources[0].revision) == (second, "r2")
    assert put(tmp_path, V1, "r3").changed
    assert visible(tmp_path) == V1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "[" * 100_000, '{"layout": 1, "history": [[]], "pin": null}',
     '{"layout": 1, "history": [{"generation": 5, "since": "x", "started": "y", "sources": [],'
     ' "kind": "published", "inputs": ""}], "pin": null}'],
)  # fmt: skip
def test_a_state_that_is_no_state_is_made_up_for(tmp_path: Path, text: str) -> None:
    _, second = two(tmp_path)
    (tmp_path / ".halsync/state.json").write_text(text)
    state = read_state(str(tmp_path))
    assert state is not None
    assert state.current == second
    assert put(tmp_path, V1, "r3").changed
    assert rollback(str(tmp_path), second).generation == second


def test_a_clock_that_was_set_back_does_not_stop_publishing(tmp_path: Path) -> None:
    put(tmp_path, V1, "r1", started=time.time() + 1e7)
    assert put(tmp_path, V2, "r2").outcome == "published"
    assert visible(tmp_path) == V2


def test_a_pinned_generation_that_is_gone_does_not_leave_an_empty_target(tmp_path: Path) -> None:
    first, _ = two(tmp_path)
    rollback(str(tmp_path))
    discard(tmp_path / ".halsync/generations" / first)
    assert put(tmp_path, V2, "r2").outcome == "published"
    assert visible(tmp_path) == V2


def test_a_pinned_generation_without_a_manifest_stays_and_says_so(tmp_path: Path) -> None:
    first, _ = two(tmp_path)
    rollback(str(tmp_path))
    (tmp_path / f".halsync/manifests/{first}.json").unlink()
    result = put(tmp_path, V2, "r2")
    assert result.outcome == "pinned"
    assert any(f"{first}.json is missing" in warning for warning in result.warnings)
    assert visible(tmp_path) == V1


@pytest.mark.parametrize("text", [None, "", "[]", '{"files": {"a": 1}, "origins": []}'])
def test_a_lost_manifest_is_written_again(tmp_path: Path, text: str | None) -> None:
    _, second = two(tmp_path)
    manifest = tmp_path / f".halsync/manifests/{second}.json"
    manifest.unlink()
    if text is not None:
        manifest.write_text(text)
    assert [item.kind for item in drift(str(tmp_path))] == ["generation"]
    assert put(tmp_path, V2, "r2").outcome == "unchanged"
    assert drift(str(tmp_path)) == []
    before = everything(tmp_path)
    put(tmp_path, V2, "r2")
    assert everything(tmp_path) == before


def test_a_lost_generation_comes_back_and_counts_as_a_change(tmp_path: Path) -> None:
    _, second = two(tmp_path)
    discard(tmp_path / ".halsync/generations" / second)
    assert visible(tmp_path) == {}
    result = put(tmp_path, V2, "r2")
    assert (result.outcome, result.changed, result.generation) == ("published", True, second)
    assert visible(tmp_path) == V2


@pytest.mark.parametrize("name", ["manifests", "generations", "state.json", "lock", "key"])
def test_a_part_of_dot_halsync_that_is_gone_is_made_again(tmp_path: Path, name: str) -> None:
    put(tmp_path, V1, "r1", secret=["config"])
    put(tmp_path, V2, "r2", secret=["config"])
    path = tmp_path / ".halsync" / name
    discard(path) if path.is_dir() else path.unlink()
    put(tmp_path, V1, "r3", secret=["config"])
    assert visible(tmp_path) == V1
    assert drift(str(tmp_path)) == []


def test_a_new_key_makes_nobody_an_editor(tmp_path: Path) -> None:
    first = put(tmp_path, V1, "r1", secret=["config"]).generation
    put(tmp_path, V2, "r2", secret=["config"])
    (tmp_path / ".halsync/key").write_bytes(b"k" * 32)
    assert [(item.path, item.kind) for item in drift(str(tmp_path))] == [
        (".halsync/key", "changed")
    ]
    with pytest.raises(PublishError, match="is another one now"):
        rollback(str(tmp_path), first)
    result = put(tmp_path, V2, "r2", secret=["config"], options=STRICT)
    assert result.adopted == ()
    assert not (tmp_path / ".halsync/adopted").exists()
    assert drift(str(tmp_path)) == []


def test_a_manifest_that_was_edited_is_not_trusted(tmp_path: Path) -> None:
    first, _ = two(tmp_path)
    manifest = tmp_path / f".halsync/manifests/{first}.json"
    data = json.loads(manifest.read_text())
    place = tmp_path / ".halsync/generations" / first / "config"
    os.chmod(place, 0o600)
    place.write_text("tampered")
    from hashlib import sha256

    data["files"]["config"][0] = sha256(b"tampered").hexdigest()
    manifest.write_text(json.dumps(data))
    with pytest.raises(PublishError, match="not the one that it was published with"):
        rollback(str(tmp_path), first)


def test_a_copy_of_a_hand_made_tree_outlives_its_manifest(tmp_path: Path) -> None:
    lay(tmp_path, {"config": "by hand\n"})
    put(tmp_path, V1, "r1", options=STRICT)
    for path in (tmp_path / ".halsync/manifests").glob("adopted-*"):
        path.unlink()
    put(tmp_path, V2, "r2", options=STRICT)
    assert list((tmp_path / ".halsync/generations").glob("adopted-*"))


def test_a_run_that_fails_takes_back_what_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Directories for links, the new generation, and copies of edits: nothing piles up."""
    put(tmp_path, V1)
    os.chmod(tmp_path / "config", 0o600)
    (tmp_path / "config").write_text("edited in place\n")
    before = set(everything(tmp_path))

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(switch, "flip", refuse)
        for _ in range(2):
            with pytest.raises(PublishError, match="No space left"):
                put(tmp_path, V1 | OPS, "r2")
            assert set(everything(tmp_path)) == before
    put(tmp_path, V1 | OPS, "r2")
    assert visible(tmp_path) == V1 | OPS
    assert len(list((tmp_path / ".halsync/adopted").iterdir())) == 1


def test_a_file_that_appears_where_a_link_goes_is_never_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, V1)
    symlink = os.symlink

    def overtaken(text: str, place: str, **more: Any) -> None:
        if place.endswith("/kubeconfigs"):
            Path(place).write_text("somebody was quicker")
        symlink(text, place, **more)

    monkeypatch.setattr(os, "symlink", overtaken)
    with pytest.raises(PublishError):
        put(tmp_path, V2)
    assert (tmp_path / "kubeconfigs").read_text() == "somebody was quicker"


def test_a_different_revision_after_a_kill_leaves_no_empty_directory(tmp_path: Path) -> None:
    put(tmp_path, V1)
    pid = os.posix_spawn(
        sys.executable,
        ["python", "-c", KILLED, str(tmp_path)],
        {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    assert (tmp_path / "ops/profiles").is_symlink()
    put(tmp_path, V2, "r3")
    assert not (tmp_path / "ops").exists()
    assert visible(tmp_path) == V2


KILLED = """
import os, signal, sys
from halsync.publish import switch
from tests.publish.support import V1, put
switch.flip = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
put(sys.argv[1], {**V1, "ops/profiles/gate-local.yml": "2"}, "r2")
"""


def test_a_signal_after_the_flip_does_not_claim_that_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise Interrupted(15)

    put(tmp_path, V1)
    monkeypatch.setattr(module, "collect", stop)
    with pytest.raises(Interrupted) as caught:
        put(tmp_path, V2)
    assert visible(tmp_path) == V2
    assert "still holds what it held before" not in str(caught.value)


def test_a_kept_place_that_cannot_be_made_leaves_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with too few inodes, in the middle of a takeover."""
    lay(tmp_path, V1)
    mkdir = os.mkdir

    def scarce(path: Any, *more: Any, **named: Any) -> None:
        here = Path(str(path))
        if here.name == "default" and "adopted" in here.parts and here.parent.is_dir():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        mkdir(path, *more, **named)

    with monkeypatch.context() as full:
        full.setattr(os, "mkdir", scarce)
        for _ in range(3):
            with pytest.raises(PublishError, match="No space left"):
                put(tmp_path, V2)
    assert len(list((tmp_path / ".halsync/adopted").iterdir())) == 1


def test_an_edit_of_the_same_length_is_found_by_its_bytes(tmp_path: Path) -> None:
    put(tmp_path, V1)
    place = tmp_path / "config"
    status = place.stat()
    os.chmod(place, 0o640)
    place.write_text(V1["config"].replace("1", "7"))
    os.chmod(place, stat.S_IMODE(status.st_mode))
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    result = put(tmp_path, V1)
    assert visible(tmp_path) == V1
    assert (tmp_path / result.adopted[0]).read_text() == V1["config"].replace("1", "7")


@needs_plain_user
def test_read_only_directories_of_ones_own_are_taken_over(tmp_path: Path) -> None:
    lay(tmp_path, {**V1, "config": "by hand\n"})
    os.chmod(tmp_path / "default/profiles", 0o555)
    result = put(tmp_path, V1)
    assert visible(tmp_path) == V1
    kept = next(tmp_path / path for path in result.adopted if path.endswith("default/profiles"))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o555


@needs_plain_user
def test_what_its_owner_may_not_read_is_told_with_its_remedy(tmp_path: Path) -> None:
    lay(tmp_path, {**V1, "config": "by hand\n"})
    os.chmod(tmp_path / "config", 0)
    with pytest.raises(PublishError, match="cannot be read") as caught:
        put(tmp_path, V1)
    assert f"chmod u+rwX {tmp_path}/config" in caught.value.hint
    os.chmod(tmp_path / "config", 0o600)
    os.chmod(tmp_path / "default", 0o555)
    with pytest.raises(PublishError) as caught:
        put(tmp_path, V1)
    assert f"chmod u+rwX {tmp_path}/default)" in caught.value.hint
    os.chmod(tmp_path / "default", 0o755)
    put(tmp_path, V1)
    assert visible(tmp_path) == V1
