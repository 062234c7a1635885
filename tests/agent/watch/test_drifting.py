"""A patch of hand-made changes can be applied to the repository, and holds no secret."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from halsync.agent.watch.drifting import Drifting, keep
from halsync.model import File, Origin, SourceState, Tree
from halsync.observe.sentences import sentence
from halsync.publish import drift, publish, read_state
from halsync.publish.back import rollback
from halsync.redact import register
from halsync.settings.model import PublishSettings, Settings
from tests.servers.git_repos import git

SOURCE = SourceState("hal", "git", "https://h/r.git", "main", "r1")


def published(target: Path) -> None:
    def file(text: str, path: str, *, secret: bool = False) -> File:
        return File(text.encode(), False, Origin("hal", "r1", path), secret)

    files = {
        "config": file("one: 1\ntwo: 2\n", "env/config"),
        "default/profiles/gate.yml": file("a: 1\n", "env/profiles/gate.yml"),
        "default/profiles/secret.yml": file("password: x\n", "env/secret.yml", secret=True),
    }
    publish(Tree(files, {}), [SOURCE], PublishSettings(), str(target), started=0)


def replace(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text)


def test_the_patch_fits_the_repository(tmp_path: Path) -> None:
    target, work = tmp_path / "hal", tmp_path / "work"
    published(target)
    replace(target / "config", "one: 1\ntwo: 3\n")
    (target / "default/profiles").unlink()
    profiles = target / "default/profiles"
    profiles.mkdir()
    replace(profiles / "gate.yml", "a: 1\nb: by hand")
    replace(profiles / "new.yml", "c: 1\n")
    replace(profiles / "secret.yml", "password: hunter2\n")
    register("by hand and known")
    place = Path(keep(str(target), drift(str(target))))
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    text = place.read_text()
    assert "hunter2" not in text
    assert "default/profiles/secret.yml: left out, it holds secrets" in text
    for path, content in {
        "env/config": "one: 1\ntwo: 2\n",
        "env/profiles/gate.yml": "a: 1\n",
    }.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(content)
    git("init", "-q", ".", cwd=work)
    git("apply", str(place), cwd=work)
    assert (work / "env/config").read_text() == "one: 1\ntwo: 3\n"
    assert (work / "env/profiles/gate.yml").read_text() == "a: 1\nb: by hand"
    assert (work / "default/profiles/new.yml").read_text() == "c: 1\n"
    assert keep(str(target), drift(str(target))) == str(place), "the same drift, the same patch"


def test_it_is_told_once_and_when_it_is_gone(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    published(target)
    told: list[str] = []
    settings = Settings(target=str(target))
    drifting = Drifting(settings, "report", lambda event, **_: told.append(event))
    assert not drifting.look()
    replace(target / "config", "one: 9\n")
    assert not drifting.look()
    assert not drifting.look()
    assert told == ["drift"]
    os.unlink(target / "config")
    os.symlink(".halsync/current/config", target / "config")
    assert not drifting.look()
    assert told == ["drift", "drift-gone"]
    assert Drifting(settings, "revert", lambda *_, **__: None).look() is False
    replace(target / "config", "one: 9\n")
    assert Drifting(settings, "revert", lambda *_, **__: None).look() is False, "it is done"
    assert not drift(str(target))


class Told:
    """What drifting tells."""

    def __init__(self, target: Path, action: str) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.drifting = Drifting(Settings(target=str(target)), action, self._report)

    def _report(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))

    def look(self) -> bool:
        """Once; what it told is forgotten before."""
        self.events.clear()
        return self.drifting.look()


def test_what_is_put_back_is_over_at_once(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    published(target)
    told = Told(target, "revert")
    replace(target / "config", "one: 9\n")
    assert not told.look()
    (drifted, adopted, gone) = told.events
    assert (drifted[0], drifted[1]["action"], drifted[1]["paths"]) == (
        "drift",
        "revert",
        ["config"],
    )
    assert (adopted[0], gone[0]) == ("adopted", "drift-gone")
    assert told.drifting.found == []
    assert not told.look()
    assert told.events == []


def edited_in_place(target: Path) -> Path:
    """An editor that writes into the published file itself, through the link."""
    file = (target / "config").resolve()
    file.chmod(0o600)
    file.write_text("one: 9\n")
    return file


def test_what_only_a_publication_brings_back_is_published_again(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    published(target)
    edited_in_place(target)
    told = Told(target, "revert")
    assert told.look()
    ((event, fields),) = told.events
    assert (event, fields["action"], fields["left"]) == ("drift", "revert", ["config"])
    assert "to be published again: config" in sentence(event, fields)
    assert told.look(), "until it is"
    assert told.events == []
    published(target)
    assert not told.look()
    assert [event for event, _ in told.events] == ["drift-gone"]


def test_a_pinned_generation_is_not_said_to_be_put_back(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    published(target)
    first = published_again(target)
    rollback(str(target), first)
    told = Told(target, "revert")
    replace(target / "config", "by hand")
    assert not told.look(), "links are put back, pinned or not"
    assert [event for event, _ in told.events] == ["drift", "adopted", "drift-gone"]
    file = edited_in_place(target)
    assert not told.look()
    ((event, fields),) = told.events
    assert (event, fields["action"]) == ("drift", "report")
    assert "halsync rollback to another one" in str(fields["hint"])
    assert "left alone: config" in sentence(event, fields)
    assert file.read_text() == "one: 9\n"
    assert not told.look()
    assert told.events == []


def published_again(target: Path) -> str:
    """Another generation; the name of the one before."""
    state = read_state(str(target))
    assert state
    files = {"config": File(b"one: 2\n", False, Origin("hal", "r2", "config"))}
    source = SOURCE._replace(revision="r2")
    publish(Tree(files, {}), [source], PublishSettings(), str(target), started=1)
    return state.current


def test_a_flood_of_changes_is_counted(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    published(target)
    (target / "default/profiles").unlink()
    os.mkdir(target / "default/profiles")
    files = {f"p/{number}": File(b"x\n", False, Origin("hal", "r3", "x")) for number in range(300)}
    publish(Tree(files, {}), [SOURCE], PublishSettings(), str(target), started=2)
    for path in (target / ".halsync/current/p").resolve().iterdir():
        path.chmod(0o666)
    told = Told(target, "report")
    told.look()
    ((event, fields),) = told.events
    assert len(fields["paths"]) == 100  # type: ignore[arg-type]
    assert fields["more"] == 200
    assert "and 295 more" in sentence(event, fields)
