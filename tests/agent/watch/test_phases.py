"""What the next process makes of what it finds: only what really runs is confirmed or blamed."""

from __future__ import annotations

from pathlib import Path

from halsync.agent.watch.identity import name_of
from halsync.agent.watch.phases import Phases
from halsync.agent.watch.preparing import may_pass
from halsync.errors import RenderError
from halsync.model import File, Origin, Problem, SourceState, Tree
from halsync.publish import publish
from halsync.render.secret_codes import MISSING, UNWRITABLE
from halsync.restart import open_strategy
from halsync.restart.base import Marked, Reaction, Release, Standing
from halsync.restart.marks import DiskMarks
from halsync.settings.model import DirSettings, PublishSettings, Settings, SourceSettings
from halsync.settings.watching import RestartSettings

ASKED: Reaction = "configuration"


def source(revision: str) -> SourceState:
    return SourceState("hal", "dir", "/src", "", revision)


def live(target: Path, revision: str, versions: str = "") -> Release:
    """Publish a revision as an ``init`` does; the release that it is."""
    files = {"config": File(revision.encode(), False, Origin("hal", revision, "config"), False)}
    sources = [source(revision)]
    if versions:
        sources.append(SourceState("secrets", "secrets", "", "", versions))
    done = publish(Tree(files, {}), sources, PublishSettings(), str(target), started=0)
    return Release(f"name of {revision}", done.generation, tuple(sources))


def begun(target: Path, strategy: str, marked: Marked) -> Phases:
    """A new process that finds these marks."""

    def report(event: str, **fields: object) -> None:
        """Nobody reads it."""

    settings = Settings(
        sources=(SourceSettings("hal", DirSettings("/src")),),
        target=str(target),
        restart=RestartSettings(strategy),  # type: ignore[arg-type]
    )
    marks = DiskMarks(str(target), 0o600, None)
    marks.write(marked)
    return Phases(settings, open_strategy(settings, report=report), marks, report)


def acted(release: Release, good: Release, bad: tuple[Release, ...] = ()) -> Marked:
    return Marked("acted", release, ASKED, Standing("before", True), 1.0, good, bad)


def test_a_rollback_by_hand_while_no_sidecar_ran(tmp_path: Path) -> None:
    bad = live(tmp_path, "r2")
    good = live(tmp_path, "r1")
    phases = begun(tmp_path, "daemon", acted(bad, good))
    assert not phases.under_way, "what runs is not what would be confirmed"
    assert phases.told == bad.generation, "of the rollback Halyard was not told"
    assert phases.marked.release == good
    assert begun(tmp_path, "daemon", acted(good, good)).under_way, "and this is"


def test_another_strategy_than_the_one_that_acted(tmp_path: Path) -> None:
    good = live(tmp_path, "r1")
    elsewhere = Release("name of r2", "", (source("r2"),))
    phases = begun(tmp_path, "daemon", acted(elsewhere, good))
    assert not phases.under_way
    assert phases.marked.phase == "confirmed"
    assert phases.told == good.generation


def test_the_next_pods_init_found_something_newer(tmp_path: Path) -> None:
    chosen, good = Release("r2", "", (source("r2"),)), Release("r1", "", (source("r1"),))
    newer = live(tmp_path, "r3")
    phases = begun(tmp_path, "rollout", acted(chosen, good))
    release = phases.marked.release
    assert release
    assert release.sources == newer.sources
    assert release.identity == name_of(phases._settings, newer.sources) != chosen.identity
    assert release.generation == newer.generation


def test_the_way_back_stays_one_though_a_secret_was_rotated(tmp_path: Path) -> None:
    good, bad = Release("r1", "", (source("r1"),)), Release("r2", "", (source("r2"),))
    now = live(tmp_path, "r1", "rotated")
    phases = begun(tmp_path, "rollout", acted(good, good, (bad,)))
    assert phases.going_back
    assert phases.marked.release == now._replace(identity="r1")


def test_a_secret_that_is_missing_may_be_made() -> None:
    def refused(*codes: str) -> RenderError:
        problems = [Problem(code, "render", "error", "m") for code in codes]
        return RenderError("no", tuple(problems))

    assert may_pass(refused(UNWRITABLE.code, MISSING.code))
    assert not may_pass(refused(UNWRITABLE.code))
