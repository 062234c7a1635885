"""``init`` passes over what took Halyard down before, and takes what was last seen to work.

Where the pod is replaced (strategies ``rollout`` and ``pod``) the marks outlive it; a kept volume
keeps its own. Git sources are pinned by commit. What cannot be pinned is not published either:
the run fails with exit code 8 and says so.
"""

from __future__ import annotations

import time

from halsync.agent.effect import effect_of
from halsync.agent.fetching import fetching
from halsync.errors import HalsyncError, ProblemsError, RestartFailed, TransientError
from halsync.halyard import CONFIG
from halsync.model import short_revision
from halsync.restart import open_marks
from halsync.restart.opening import REPLACING, restart_of
from halsync.settings.model import GitSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from halsync.agent.fetching import Fetching
    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.model import SourceState
    from halsync.restart.base import Marked, Release
    from halsync.settings.model import Settings

_TRIES = 4
_PAUSE = 1.0
"""Seconds: a pod's network may need a moment longer than the pod."""


def prepare_known_good(settings: Settings, running: Fetching, report: Report) -> Candidate:
    """As :func:`halsync.agent.pipeline.prepare`, but of other revisions where the newest are in
    quarantine, or where they are bad and a new pod would otherwise come up with nothing.

    Raises:
        HalsyncError: as ``prepare``.
        RestartFailed: they are in quarantine and cannot be replaced.
    """
    from halsync.agent.pipeline import prepare

    marked = _remembered(settings, report)
    good = marked.good if marked else None
    try:
        candidate = prepare(settings, running, report)
    except ProblemsError as error:
        if good is None or restart_of(settings).strategy not in REPLACING:
            raise
        try:
            found = _instead(settings, good, report)
        except HalsyncError:
            raise error from None
        report("passed-over", why=error.message, sources=_told(found.sources))
        return found
    if marked is None or not _blamed(settings, candidate, marked):
        return candidate
    if good is None:
        raise _stuck(candidate, "no other ones are known to work")
    found = _instead(settings, good, report)
    # What worked may mean the same as what was blamed, or have been bad with other settings: a
    # pod that does not come up would be no better, and nobody beside it to lift the quarantine.
    if not _among(found.sources, [good]) and _blamed(settings, found, marked):
        raise _stuck(candidate, "they cannot be pinned: only git sources can")
    report("passed-over", why="they took Halyard down", sources=_told(found.sources))
    return found


def _remembered(settings: Settings, report: Report) -> Marked | None:
    marks = open_marks(settings, report=report)
    try:
        for attempt in range(1, _TRIES + 1):
            try:
                return marks.read()
            except TransientError:
                if attempt == _TRIES:
                    raise
                time.sleep(_PAUSE)
    except HalsyncError as error:
        # Better the newest revisions than none: whoever watches will tell if they are bad.
        report("marks-unknown", error=error.message, hint=error.hint)
    finally:
        close = getattr(marks, "close", None)
        if close:
            close()
    return None


def _instead(settings: Settings, good: Release, report: Report) -> Candidate:
    """The candidate of the revisions that are known to work, as far as they can be had."""
    from halsync.agent.pipeline import prepare

    known = {each.name: each for each in good.sources}
    sources = tuple(
        entry._replace(options=entry.options._replace(ref=known[entry.name].revision))
        if isinstance(entry.options, GitSettings) and entry.name in known
        else entry
        for entry in settings.sources
    )
    with fetching(settings._replace(sources=sources), report) as running:
        candidate = prepare(settings._replace(sources=sources), running, report)
    refs = {entry.name: entry.options.asked_for()[1] for entry in settings.sources}
    return candidate._replace(
        sources=tuple(
            # Asked for by its commit, and yet what the branch was at.
            each._replace(ref=known[each.name].ref if each.name in known else refs[each.name])
            if each.name in refs and each.kind == "git"
            else each
            for each in candidate.sources
        )
    )


def _blamed(settings: Settings, candidate: Candidate, marked: Marked) -> bool:
    """Whether these revisions took Halyard down, or others that mean the same."""
    bad = marked.quarantined
    known = {each.effect for each in bad if each.effect}
    if known and effect_of(settings, candidate) in known:
        return True
    return _among(candidate.sources, bad) and not _wanted(candidate, marked)


def _wanted(candidate: Candidate, marked: Marked) -> bool:
    """Whether the sidecar chose these revisions after they had been in quarantine: they are
    another release then, by other settings, or a person had them tried again."""
    release = marked.release
    if release is None or not _among(candidate.sources, [release]):
        return False
    return all(each.identity != release.identity for each in marked.quarantined)


def _among(sources: Iterable[SourceState], releases: Iterable[Release]) -> bool:
    wanted = sorted(sources)
    return any(sorted(release.sources) == wanted for release in releases)


def _stuck(candidate: Candidate, why: str) -> RestartFailed:
    return RestartFailed(
        f"these revisions took Halyard down before ({_names(candidate.sources)}), and {why}",
        where=CONFIG,
        hint="correct the source; what is live stays live. If they were not at fault: halsync sync"
        " --retry, beside the sidecar",
    )


def _names(sources: Iterable[SourceState]) -> str:
    return ", ".join(f"{each.name}@{short_revision(each.revision)}" for each in sources)


def _told(sources: Iterable[SourceState]) -> list[str]:
    return [f"{each.name}@{each.revision}" for each in sources]
