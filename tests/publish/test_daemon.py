"""The daemon's own files, in a directory of their own."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from halsync.errors import Interrupted, PublishError
from halsync.publish import switch

from .support import V1, V2, put, visible


def test_daemon_files_are_real_files_and_go_when_the_source_drops_them(tmp_path: Path) -> None:
    daemon, target = tmp_path / "daemon", tmp_path / "t"
    daemon.mkdir()
    (daemon / "halyard.yml").write_text("shipped")
    result = put(target, {**V1, "halyard.yaml": "1"}, daemon=daemon)
    assert result.daemon_changed
    assert not (daemon / "halyard.yaml").is_symlink()
    assert (target / "halyard.yaml").read_text() == "1"
    put(target, {**V1, "halyard.yaml": "2"}, daemon=daemon)
    assert (daemon / "halyard.yaml").read_text() == "2"
    result = put(target, V1, daemon=daemon)
    assert sorted(os.listdir(daemon)) == ["halyard.yml"]
    assert result.adopted == ()
    assert (daemon / "halyard.yml").read_text() == "shipped"


def test_a_hand_made_daemon_file_is_kept_aside(tmp_path: Path) -> None:
    daemon, target = tmp_path / "daemon", tmp_path / "t"
    daemon.mkdir()
    (daemon / "halyard-local.yml").write_text("mine")
    result = put(target, {**V1, "halyard-local.yml": "theirs"}, daemon=daemon)
    assert (daemon / "halyard-local.yml").read_text() == "theirs"
    assert (target / result.adopted[0]).read_text() == "mine"


def test_the_daemons_directory_may_not_lie_in_the_target(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="inside the target"):
        put(tmp_path, V1, daemon=tmp_path / "x")


def test_what_is_staged_for_the_daemon_goes_with_the_run_that_staged_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, daemon = tmp_path / "t", tmp_path / "daemon"
    files = {**V1, "halyard.yml": "1"}
    for fault in (OSError(errno.EIO, "broken"), Interrupted(15)):

        def stop(*_: object, fault: BaseException = fault) -> None:
            raise fault

        with monkeypatch.context() as broken:
            broken.setattr(switch, "flip", stop)
            with pytest.raises((PublishError, Interrupted)):
                put(target, files, daemon=daemon)
        assert os.listdir(daemon) == []
    (daemon / ".halsync-tmp-halyard.yml").write_text("of a run that was killed")
    put(target, V1, daemon=daemon)
    assert os.listdir(daemon) == []


def test_a_directory_in_place_of_a_daemon_file_is_found_out_before_the_flip(
    tmp_path: Path,
) -> None:
    target, daemon = tmp_path / "t", tmp_path / "daemon"
    put(target, {**V1, "halyard.yml": "1"}, daemon=daemon)
    (daemon / "halyard.yml").unlink()
    (daemon / "halyard.yml").mkdir()
    with pytest.raises(PublishError, match="is a directory, and the source brings a file"):
        put(target, {**V2, "halyard.yml": "2"}, daemon=daemon)
    assert visible(target) == {**V1, "halyard.yml": "1"}
    put(target, V2, daemon=daemon)
    assert visible(target) == V2
    assert (daemon / "halyard.yml").is_dir()
