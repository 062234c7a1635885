"""A patch of hand-made changes can be applied to the repository, and holds no secret."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from halsync.agent.watch.drifting import Drifting, keep
from halsync.model import File, Origin, SourceState, Tree
from halsync.publish import drift, publish
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
