"""Sources fetched together, retried apart."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import ClassVar

import pytest

from halsync import sources
from halsync.agent import fetching as module
from halsync.agent.fetching import fetching
from halsync.agent.report import silent
from halsync.errors import (
    AccessDenied,
    ConfigError,
    ContentRefused,
    HalsyncError,
    Interrupted,
    SourceUnreachable,
)
from halsync.model import Snapshot
from halsync.observe.sentences import sentence
from halsync.settings.model import DirSettings, GitSettings, Settings, SourceSettings
from halsync.sources.base import Context
from halsync.sources.directory import Directory


def settings(tmp_path: Path, *entries: SourceSettings, timeout: float = 60) -> Settings:
    return Settings(sources=entries, work_dir=str(tmp_path), timeout=timeout)


def test_no_source_says_how_to_name_one(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="--git URL, --dir DIR"),
        fetching(settings(tmp_path), silent),
    ):
        pass


def test_equal_options_are_fetched_once(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    for path in ("hal/config", "accounts/a.yml"):
        (repository / path).parent.mkdir(parents=True)
        (repository / path).write_text(path)
    events: list[str] = []
    options = DirSettings(str(repository))
    one = SourceSettings("hal", options, "hal")
    two = SourceSettings("accounts", options, "accounts", "default/profiles")
    with fetching(
        settings(tmp_path, one, two), lambda event, **fields: events.append(event)
    ) as running:
        results = running.results()
    assert [(entry.settings, sorted(entry.snapshot.files)) for entry in results] == [
        (one, ["accounts/a.yml", "hal/config"]),
        (two, ["accounts/a.yml", "hal/config"]),
    ]
    assert events == ["fetching", "fetched"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["repository"]


def test_it_is_told_what_part_of_a_source_is_fetched(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "env/production").mkdir(parents=True)
    (repository / "env/production/config").write_text("a: 1")
    told: list[str] = []
    entry = SourceSettings("hal", DirSettings(str(repository)), "env/production")
    with fetching(
        settings(tmp_path, entry), lambda event, **fields: told.append(sentence(event, fields))
    ) as running:
        running.results()
    assert told[0] == f"fetching from {repository} (env/production)"
    assert told[1].endswith(f" from {repository} (env/production): 1 file")
    # What a snapshot of Vault calls its location holds it already.
    fields = {"location": "https://v/secret/hal", "path": "hal", "files": 1}
    assert sentence("fetched", fields) == "fetched from https://v/secret/hal: 1 file"


@pytest.mark.parametrize("target", ["", ".hal", "deep/er"])
def test_a_directory_that_holds_the_target_would_publish_itself(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    entry = SourceSettings("hal", DirSettings(str(tmp_path / "link")))
    told = settings(tmp_path, entry)._replace(target=str(tmp_path / target))
    with pytest.raises(ConfigError, match="source hal") as caught, fetching(told, silent):
        pass
    assert caught.value.where == str(tmp_path / "link")
    assert caught.value.hint


def test_a_directory_beside_or_below_the_target_is_none_of_that(tmp_path: Path) -> None:
    for path in ("hal/config", "hal-home/config", "hal-home/.halsync/current/config"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a: 1\n")
    for source in ("hal", "hal-home/.halsync/current"):
        entry = SourceSettings("hal", DirSettings(str(tmp_path / source)))
        told = settings(tmp_path, entry)._replace(target=str(tmp_path / "hal-home"))
        with fetching(told, silent) as running:
            assert running.results()


@pytest.mark.parametrize(
    "options", [GitSettings("ext::sh -c id"), GitSettings("https://h/r", "a b")]
)
def test_an_error_without_a_place_names_the_source(tmp_path: Path, options: GitSettings) -> None:
    entry = SourceSettings("accounts", options)
    with (
        pytest.raises(ConfigError) as caught,
        fetching(settings(tmp_path, entry), silent) as running,
    ):
        running.results()
    assert caught.value.where == "source accounts"


class Flaky(Directory):
    """A directory whose first answers fail as told."""

    failures: ClassVar[list[Exception]] = []
    closed = 0

    def fetch(self) -> Snapshot:
        if self.failures:
            raise self.failures.pop(0)
        return super().fetch()

    def close(self) -> None:
        type(self).closed += 1


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> type[Flaky]:
    def open_source(options: DirSettings, context: Context) -> Flaky:
        return Flaky(options, context)

    monkeypatch.setattr(module, "open_source", open_source)
    monkeypatch.setattr(Flaky, "closed", 0)
    assert sources.open_source is not open_source
    return Flaky


def test_transient_failures_are_retried_and_told(
    tmp_path: Path, flaky: type[Flaky], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    flaky.failures = [SourceUnreachable("down"), SourceUnreachable("still down")]
    told: list[object] = []
    entry = SourceSettings("hal", DirSettings(str(tmp_path)))
    with fetching(
        settings(tmp_path, entry), lambda event, **fields: told.append((event, fields.get("error")))
    ) as running:
        running.results()
    assert told == [
        ("fetching", None),
        ("retrying", "down"),
        ("retrying", "still down"),
        ("fetched", None),
    ]
    assert len(slept) == 2 and 0 < slept[0] < slept[1]
    assert flaky.closed == 3


class Meeting(Directory):
    """A directory that waits until all its like are being fetched."""

    barrier: ClassVar[threading.Barrier]

    def fetch(self) -> Snapshot:
        self.barrier.wait(10)
        return super().fetch()


def test_all_sources_are_fetched_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
        entries.append(SourceSettings(name, DirSettings(str(tmp_path / name))))
    monkeypatch.setattr(Meeting, "barrier", threading.Barrier(3), raising=False)
    monkeypatch.setattr(module, "open_source", Meeting)
    with fetching(settings(tmp_path, *entries), silent) as running:
        results = running.results()
    assert [(each.settings.name, list(each.snapshot.files)) for each in results] == [
        ("a", ["a"]),
        ("b", ["b"]),
        ("c", ["c"]),
    ]


class Failing(Directory):
    """The source ``bad`` fails, the others never end."""

    ended = threading.Event()

    def fetch(self) -> Snapshot:
        if self._context.name == "bad":
            raise AccessDenied("no")
        self.ended.wait(10)
        raise SourceUnreachable("stopped")

    def close(self) -> None:
        self.ended.set()


def test_one_failure_ends_it_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [SourceSettings(name, DirSettings(str(tmp_path / name))) for name in ("good", "bad")]
    monkeypatch.setattr(module, "open_source", Failing)
    Failing.ended.clear()
    with (
        pytest.raises(AccessDenied, match="no") as caught,
        fetching(settings(tmp_path, *entries), silent) as running,
    ):
        running.results()
    assert caught.value.where == "source bad"
    assert Failing.ended.is_set()


def test_permanent_failures_are_not(tmp_path: Path, flaky: type[Flaky]) -> None:
    flaky.failures = [AccessDenied("no"), AccessDenied("never asked")]
    entry = SourceSettings("hal", DirSettings(str(tmp_path)))
    with (
        pytest.raises(AccessDenied, match="no"),
        fetching(settings(tmp_path, entry), silent) as running,
    ):
        running.results()
    assert len(flaky.failures) == 1


@pytest.mark.parametrize("error", [Interrupted(15), ContentRefused("source hal holds a device")])
def test_what_names_its_own_places_keeps_them(
    tmp_path: Path, flaky: type[Flaky], error: HalsyncError
) -> None:
    flaky.failures = [error]
    entry = SourceSettings("hal", DirSettings(str(tmp_path)))
    with (
        pytest.raises(type(error)) as caught,
        fetching(settings(tmp_path, entry), silent) as running,
    ):
        running.results()
    assert not caught.value.where


def test_the_deadline_ends_it(
    tmp_path: Path, flaky: type[Flaky], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda wait: now.__setitem__(0, now[0] + wait))
    flaky.failures = [SourceUnreachable("down") for _ in range(100)]
    entry = SourceSettings("hal", DirSettings(str(tmp_path)))
    with (
        pytest.raises(SourceUnreachable, match=r"gave up after \d+ attempts in \d+ s"),
        fetching(settings(tmp_path, entry, timeout=60), silent) as running,
    ):
        running.results()
    assert now[0] < 60
