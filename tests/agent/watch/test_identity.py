"""The name of a release changes with all that decides it, and gives no secret away."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from halsync.agent.watch import identity as module
from halsync.agent.watch.identity import files_of, identity, stamps
from halsync.settings.model import DirSettings, PlaceholderSettings, Settings, SourceSettings
from halsync.settings.steps import Patch, RenderPlan

ONE = SourceSettings("hal", DirSettings("/src"))
SETTINGS = Settings(sources=(ONE,), target="/t")


def name(settings: Settings = SETTINGS, revision: str = "r1", versions: str = "") -> str:
    return identity(settings, {"hal": revision}, versions)


def test_what_changes_it() -> None:
    patch = Patch("config", "merge", {"a": 1})
    names = {
        name(),
        name(revision="r2"),
        name(versions="v2"),
        name(SETTINGS._replace(sources=(ONE._replace(path="sub"),))),
        name(SETTINGS._replace(sources=(ONE._replace(mount="default"),))),
        name(SETTINGS._replace(placeholders=(PlaceholderSettings("A", "1"),))),
        name(SETTINGS._replace(placeholders=(PlaceholderSettings("A", "2"),))),
        name(SETTINGS._replace(plan=RenderPlan(patches=(patch,)))),
        name(SETTINGS._replace(plan=RenderPlan(patches=(patch._replace(value={"a": 2}),)))),
    }
    assert len(names) == 9
    assert name() == name(), "and nothing else"


def test_what_does_not() -> None:
    assert name(SETTINGS._replace(timeout=5, log_level="debug")) == name()
    one, two = (PlaceholderSettings("A", "1", declared_at=at) for at in ("--set", "halsync.yaml:3"))
    assert name(SETTINGS._replace(placeholders=(one,))) == name(
        SETTINGS._replace(placeholders=(two,))
    )


def test_a_secret_in_the_settings_cannot_be_guessed_from_it() -> None:
    def of(value: str) -> str:
        placeholder = PlaceholderSettings("TOKEN", value, secret=True)
        patch = Patch("config", "merge", {"password": value, "user": "ada"})
        return name(
            SETTINGS._replace(placeholders=(placeholder,), plan=RenderPlan(patches=(patch,)))
        )

    assert of("hunter2") == of("another one")


def test_files_are_watched_through_links(tmp_path: Path) -> None:
    (tmp_path / "v1").write_text("one")
    (tmp_path / "v2").write_text("two")
    link = tmp_path / "value"
    link.symlink_to("v1")
    settings = SETTINGS._replace(placeholders=(PlaceholderSettings("A", file=str(link)),))
    files = files_of(settings, str(tmp_path / "halsync.yaml"))
    assert files == tuple(sorted((str(link), str(tmp_path / "halsync.yaml"))))
    before = stamps(files)
    assert stamps(files) == before
    os.unlink(link)
    assert stamps(files) != before, "gone"
    link.symlink_to("v2")
    assert stamps(files) != before, "another one"


@pytest.mark.parametrize("secret", [False, True])
def test_what_stands_in_a_file_changes_it(tmp_path: Path, secret: bool) -> None:
    def of(value: str) -> str:
        (tmp_path / "value").write_text(value)
        item = PlaceholderSettings("A", file=str(tmp_path / "value"), secret=secret)
        return name(SETTINGS._replace(placeholders=(item,)))

    assert of("one") != of("two")
    assert of("one") == of("one")


def test_a_guess_at_what_stands_in_a_file_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is read by whoever may read the StatefulSet."""
    (tmp_path / "value").write_text("1234")
    asked: list[bytes] = []

    def noted(digest: bytes) -> str:
        asked.append(digest)
        return "slow"

    monkeypatch.setattr(module, "slow_digest", noted)
    item = PlaceholderSettings("A", file=str(tmp_path / "value"))
    name(SETTINGS._replace(placeholders=(item,)))
    assert asked == [sha256(sha256(b"1234").digest()).digest()]
