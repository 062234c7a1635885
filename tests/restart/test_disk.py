"""What is on disk: the hold file, the marks, the lock of the one sidecar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync.errors import ConfigError, PublishError
from halsync.model import SourceState
from halsync.redact import register
from halsync.restart import alone, disk, hold, open_marks
from halsync.restart.base import Marked, Release, Standing
from halsync.restart.written import marked_of, text_of
from halsync.settings.model import Settings

SOURCE = SourceState("hal-config", "git", "https://h/r.git", "main", "3e25d1" + 34 * "0", "", "")
RELEASE = Release(64 * "a", 40 * "b", (SOURCE,))
MARKED = Marked(
    "acted", RELEASE, "daemon", Standing("pod-uid", True, ""), 12.5, RELEASE, (RELEASE,), (3.0, 1.5)
)


def test_hold_and_resume(tmp_path: Path) -> None:
    target = str(tmp_path / "hal")
    assert hold.read(target) == ""
    assert not hold.clear(target)
    hold.set(target, "freeze\nuntil Monday", "alice")
    assert hold.read(target).startswith("freeze until Monday, by alice since 20")
    assert hold.clear(target)
    assert hold.read(target) == ""


def test_anybody_may_touch_the_file(tmp_path: Path) -> None:
    (tmp_path / ".halsync").mkdir()
    (tmp_path / ".halsync/hold").touch()
    assert hold.read(str(tmp_path)) == "no reason given"
    (tmp_path / ".halsync/hold").write_bytes(b"because \xff\x1b[31m" + 10_000 * b"x")
    found = hold.read(str(tmp_path))
    assert found.startswith("because")
    assert found.isprintable()
    assert len(found) < 5_000


def test_a_secret_in_the_reason_is_masked(tmp_path: Path) -> None:
    register("hunter2-secret")
    hold.set(str(tmp_path), "the password is hunter2-secret", "bob")
    assert "hunter2" not in hold.read(str(tmp_path))


def test_marks_survive(tmp_path: Path) -> None:
    marks = open_marks(Settings(target=str(tmp_path)))
    assert marks.read() == Marked()
    marks.write(MARKED)
    assert open_marks(Settings(target=str(tmp_path))).read() == MARKED
    assert [path.name for path in (tmp_path / ".halsync").iterdir()] == ["agent.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"version":1,"phase":"x"}', b'{"version":1,"release":[1]}',
     b'{"version":1,"since":"soon"}', b'{"version":1,"quarantined":7}', b"\xff\xfe", 60 * b"["],
)  # fmt: skip
def test_damaged_marks_are_kept_aside(tmp_path: Path, content: bytes) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    marks = open_marks(
        Settings(target=str(tmp_path)), report=lambda event, **fields: told.append((event, fields))
    )
    home = tmp_path / ".halsync"
    home.mkdir()
    (home / "agent.json").write_bytes(content)
    assert marks.read() == Marked()
    [(event, fields)] = told
    assert event == "marks-damaged"
    assert Path(str(fields["path"])).read_bytes() == content
    marks.write(MARKED)
    assert marks.read() == MARKED


def test_marks_of_a_later_version_are_not_touched(tmp_path: Path) -> None:
    marks = open_marks(Settings(target=str(tmp_path)))
    (tmp_path / ".halsync").mkdir()
    path = tmp_path / ".halsync/agent.json"
    path.write_text('{"version": 2}')
    with pytest.raises(PublishError, match="another version"):
        marks.read()
    assert json.loads(path.read_text()) == {"version": 2}


def test_a_full_volume_leaves_the_old_marks(tmp_path: Path) -> None:
    """A limit on the size of files stands for the volume."""
    marks = open_marks(Settings(target=str(tmp_path)))
    marks.write(MARKED)
    program = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
from halsync.errors import PublishError
from halsync.restart import open_marks
from halsync.restart.base import Marked
from halsync.settings.model import Settings
try:
    open_marks(Settings(target={str(tmp_path)!r})).write(Marked(reactions=tuple(range(100))))
except PublishError as error:
    print(error.hint)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip()
    assert marks.read() == MARKED
    assert sorted(os.listdir(tmp_path / ".halsync")) == ["agent.json"]


def test_a_scratch_file_that_somebody_takes_for_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that publishes clears what killed ones have left, and cannot tell the difference."""
    taken: list[Path] = []
    home, sync = tmp_path / ".halsync", os.fsync

    def fsync(descriptor: int) -> None:
        if not taken:
            taken.extend(home.glob(".tmp-*"))
            for each in taken:
                each.unlink()
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    disk.replace(str(home / "agent.json"), b"{}")
    assert taken
    assert [each.name for each in home.iterdir()] == ["agent.json"]


def test_one_sidecar_per_target(tmp_path: Path) -> None:
    wanted = pytest.raises(ConfigError, match=f"process {os.getpid()}")
    with alone(str(tmp_path)), wanted, alone(str(tmp_path)):
        raise AssertionError("both")
    with alone(str(tmp_path)):
        pass


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
sources = st.builds(SourceState, texts, texts, texts, texts, texts, texts, texts)
releases = st.builds(Release, texts, texts, st.lists(sources, max_size=3).map(tuple))
times = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.builds(
        Marked,
        st.sampled_from(["", "accepted", "published", "acted", "confirmed"]),
        st.none() | releases,
        st.sampled_from(["none", "configuration", "daemon"]),
        st.none() | st.builds(Standing, texts, st.booleans(), texts),
        times,
        st.none() | releases,
        st.lists(releases, max_size=3).map(tuple),
        st.lists(times, max_size=3).map(tuple),
    )
)
def test_what_is_written_is_what_is_read(marked: Marked) -> None:
    assert marked_of(text_of(marked)) == marked
