"""Which old generations are removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from halsync.publish import drift, rollback
from halsync.settings.model import PublishSettings

from .support import V1, V2, put, visible


def test_generations_go_only_when_beyond_count_and_age(tmp_path: Path) -> None:
    young = PublishSettings(keep=2, keep_for=3600)
    names = [put(tmp_path, {"config": str(n)}, options=young).generation for n in range(5)]
    kept = set(os.listdir(tmp_path / ".halsync/generations"))
    assert kept == set(names)
    old = PublishSettings(keep=2, keep_for=0)
    result = put(tmp_path, {"config": "last"}, options=old)
    assert set(result.removed) == set(names[:4])
    assert set(os.listdir(tmp_path / ".halsync/generations")) == {names[4], result.generation}
    assert set(os.listdir(tmp_path / ".halsync/manifests")) == {
        f"{names[4]}.json",
        f"{result.generation}.json",
    }


def test_the_live_and_the_pinned_generation_are_never_removed(tmp_path: Path) -> None:
    none = PublishSettings(keep=0, keep_for=0)
    first = put(tmp_path, V1, "r1")
    put(tmp_path, V2, "r2")
    result = rollback(str(tmp_path), first.generation, options=none)
    assert first.generation not in result.removed
    assert visible(tmp_path) == V1


def test_a_generation_that_somebody_changed_is_moved_instead_of_removed(tmp_path: Path) -> None:
    first = put(tmp_path, V1)
    place = tmp_path / ".halsync/generations" / first.generation / "config"
    put(tmp_path, V2)
    os.chmod(place, 0o600)
    place.write_text("a note to myself")
    result = put(tmp_path, {"config": "3"}, options=PublishSettings(keep=1, keep_for=0))
    assert first.generation in result.removed
    kept = [path for path in result.adopted if path.endswith(first.generation)]
    assert (tmp_path / kept[0] / "config").read_text() == "a note to myself"


def test_the_live_generation_stays_although_others_seem_to_be_of_the_future(
    tmp_path: Path,
) -> None:
    put(tmp_path, V1)
    for number in range(3):
        stray = tmp_path / f".halsync/generations/{number}"
        stray.mkdir()
        os.utime(stray, (time.time() + 1e7,) * 2)
    put(tmp_path, V2, "r2", options=PublishSettings(keep=1, keep_for=0))
    assert visible(tmp_path) == V2
    assert drift(str(tmp_path)) == []
