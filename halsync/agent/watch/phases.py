"""One release after another through its phases, each of them on disk before the next begins.

accepted → published (unless the next pod publishes) → acted → confirmed, or back to the last
known good release, which goes through the same phases. Whatever kills the process, the next
one finds in :class:`~halsync.restart.base.Marks` how far it came:

* ``accepted``: what is live tells whether it was published. If not, it is forgotten; the next
  look at the sources finds it, or something newer.
* ``published``: another process than ``before`` means that it was acted upon.
* ``acted``: it is waited for again, and not acted upon again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from halsync import publish
from halsync.agent.watch.blaming import QUARANTINED, REMEDY, forgiven, means_the_same
from halsync.agent.watch.identity import name_of, plain
from halsync.agent.watch.publishing import Publishing
from halsync.errors import HalsyncError, Interrupted, RestartFailed
from halsync.restart.base import Confirmation, Marked, Release, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.agent.watch.publishing import Accepted
    from halsync.model import SourceState
    from halsync.publish import Published
    from halsync.restart.base import Marks, Strategy
    from halsync.settings.model import Settings

_REMEMBERED = 20
"""Quarantined releases; older ones have long been overtaken."""
_REACTIONS = 100
_NOTHING = Standing("", False)


class Phases:
    """The state machine. Not told: whether it is the right moment; the caller asks the governor."""

    def __init__(
        self,
        settings: Settings,
        strategy: Strategy,
        marks: Marks,
        report: Report,
    ) -> None:
        """Raises HalsyncError where what is remembered cannot be read."""
        self.strategy = strategy
        self.marked: Marked = marks.read()
        self.told = ""
        """Generation that Halyard was last told of, empty if that is not known."""
        self.waits = False
        """Whether a confirmation is being waited for."""
        self.fell_back = ""
        """Why the release that was last accepted is in quarantine now; empty if it is not."""
        self._settings = settings
        self._publishing = Publishing(settings, report)
        self._marks = marks
        self._report = report
        self.stop: Callable[[], bool] = bool
        """Whether it is time to end; asked often while a confirmation is waited for."""
        self._accepted: Accepted | None = None
        self._resumed = True
        self._passed_over = ""
        self._begin()

    @property
    def under_way(self) -> bool:
        """Whether :meth:`advance` has something to do."""
        return self.marked.phase in ("accepted", "published", "acted")

    @property
    def going_back(self) -> bool:
        """Whether what is under way leads back to the last known good release."""
        release, good = self.marked.release, self.marked.good
        return bool(self.under_way and good and release and release.identity == good.identity)

    def quarantined(self, identity: str, candidate: Candidate) -> bool:
        """Whether the release took Halyard down before, or one that means the same: that is told
        once."""
        bad = self.marked.quarantined
        if any(release.identity == identity for release in bad):
            return True
        if not means_the_same(self._settings, candidate, bad):
            return False
        if identity != self._passed_over:
            self._passed_over = identity
            told = {"stage": "quarantine", "error": QUARANTINED, "hint": REMEDY, "problems": 0}
            self._report("refused", identity=identity, **told)
        return True

    def forgive(self) -> None:
        """Let what is in quarantine be tried again.

        Raises:
            HalsyncError: it could not be written down.
        """
        left = tuple(forgiven(each) for each in self.marked.quarantined)
        if left != self.marked.quarantined:
            self._write(quarantined=left)

    def pinned_by_hand(self, candidate: Candidate) -> bool:
        """Whether a person went back to what is live and these are the revisions left behind."""
        state = publish.read_state(self._settings.target)
        if not state or not state.pin or self._blamed(state.pin.sources):
            return False
        return sorted(state.pin.sources) == sorted(candidate.sources)

    def accept(self, accepted: Accepted) -> None:
        """Begin with a release: from now on it is on disk.

        Raises:
            HalsyncError: it could not be written, or what runs could not be asked.
        """
        before = self.strategy.standing()
        self._accepted, self._resumed, self.fell_back = accepted, False, ""
        self._write(
            phase="accepted", release=accepted.release, reaction=accepted.reaction, before=before
        )
        self._report(
            "accepted",
            identity=accepted.release.identity,
            generation=accepted.release.generation,
            reaction=accepted.reaction,
            sources=[f"{s.name}@{s.revision}" for s in accepted.release.sources],
        )

    def advance(self) -> Confirmation | None:
        """Carry what is under way as far as it goes; how it was confirmed, if it was.

        Raises:
            Interrupted: time to end; the next process goes on from here.
            HalsyncError: this step did not work; calling again tries it again.
        """
        confirmation = None
        if not self._resumed:
            self._overtaken()
        while self.under_way:
            if self.stop():
                raise Interrupted(0)
            if self.marked.phase == "accepted" and self.strategy.in_place:
                self._publish()
            elif self.marked.phase == "acted":
                confirmation = self._confirm()
            else:
                self._act()
        return confirmation

    def quietly(self, accepted: Accepted) -> Published:
        """Publish what Halyard need not be told of, and remember its revisions.

        Raises:
            HalsyncError: it could not be published; what was live stays live.
        """
        done = self._put(accepted)
        if done.outcome in ("published", "unchanged"):
            release = accepted.release._replace(generation=done.generation)
            known = self.marked.release
            good = self.marked.good
            told = good is not None and good.generation == self.told != ""
            if good and known and (told or good.identity == known.identity):
                # It means the same to Halyard, so it is as good.
                good = release
            same = bool(good and good.identity == release.identity)
            phase = ("confirmed" if same else "") if self.under_way else self.marked.phase
            if (phase, release, good) != (self.marked.phase, known, self.marked.good):
                self._write(phase=phase, release=release, good=good)
            self._accepted, self.told = None, done.generation
        return done

    @property
    def unsettled(self) -> bool:
        """Whether it is not known that Halyard works with what is live: there is no last known
        good release yet, or Halyard did not come back with it."""
        marked = self.marked
        if self.under_way or not marked.release or self.strategy.name == "none":
            return False
        return not marked.good or self._came_back_to_nothing

    @property
    def _came_back_to_nothing(self) -> bool:
        release, good = self.marked.release, self.marked.good
        return bool(
            good and release and good.identity == release.identity and not self.marked.phase
        )

    def settle(self) -> bool:
        """Take what is live for the last known good release once Halyard is seen healthy with it.

        Only where that is :attr:`unsettled`. Returns whether it was.
        """
        back = self._came_back_to_nothing
        # What failed when it had to work is not good because Halyard answers, unless it was.
        if not self.unsettled or (self.fell_back and not back):
            return False
        if not self.strategy.standing().healthy:
            return False
        release = _there(self.marked.release)
        self._works(release)
        if back:
            self._report("confirmed", identity=release.identity, detail="it is healthy again")
        return True

    def _begin(self) -> None:
        """What the process before this one left."""
        state = publish.read_state(self._settings.target)
        release, phase = self.marked.release, self.marked.phase
        live = state.current if state else ""
        self.told = release.generation if release and phase in ("", "confirmed") else live
        if phase == "acted" and release and state and not self.strategy.in_place:
            # The next pod: its init has published, this one or what came after it, which then
            # is what is confirmed or blamed. The way back stays one, whatever a secret is now.
            if sorted(release.sources) != sorted(state.sources):
                name = name_of(self._settings, state.sources)
                if name and not (self.going_back and plain(release.sources, state.sources)):
                    release = release._replace(identity=name)
                release = release._replace(sources=state.sources)
            self.marked = self.marked._replace(release=release._replace(generation=live))
        self._overtaken()

    def _overtaken(self) -> None:
        """Give up what is under way if something else is live by now: somebody published or went
        back, or the strategy was another one. What would be confirmed is not what runs."""
        release, phase = self.marked.release, self.marked.phase
        if phase not in ("published", "acted") or not release or not self.strategy.in_place:
            return
        state = publish.read_state(self._settings.target)
        live = state.current if state else ""
        if release.generation == live:
            return
        if phase == "acted" and release.generation:
            self.told = release.generation
        self.marked = self._without(live)

    def _publish(self) -> None:
        release = _there(self.marked.release)
        state = publish.read_state(self._settings.target)
        live = state.current if state else ""
        ours = self._accepted if self._accepted and self._accepted.candidate else None
        if release.generation and release.generation == live:
            pass
        elif not release.generation and state and state.inputs == release.identity:
            release = release._replace(generation=live)  # killed right after publishing
        elif ours and ours.release.identity == release.identity:
            done = self._put(ours)
            if done.outcome in ("pinned", "superseded"):
                self._forget()
                return
            release = release._replace(generation=done.generation)
        elif self.going_back:
            self._publishing.restore(release)
        else:
            self._forget()
            return
        self._accepted = None
        self._write(phase="published", release=release)

    def _put(self, accepted: Accepted) -> Published:
        state = publish.read_state(self._settings.target)
        # A pin of our own making ends when anything moves; a person's, with the source.
        ours = bool(state and state.pin and self._blamed(state.pin.sources))
        return self._publishing.put(accepted, unpin=ours)

    def _blamed(self, sources: Sequence[SourceState]) -> bool:
        """Whether a pin was made by going back from a release that is in quarantine."""
        return any(sorted(each.sources) == sorted(sources) for each in self.marked.quarantined)

    def _act(self) -> None:
        marked, release = self.marked, _there(self.marked.release)
        if not (self._resumed and self._acted_before()):
            why = "the last known good configuration again" if self.going_back else "a new one"
            try:
                self.strategy.act(release, marked.reaction, why)
            except RestartFailed as error:
                self._unconfirmed(Confirmation(False, error.message), 0.0)
                return
        self._resumed = False
        self.told = release.generation
        self._write(phase="acted", reactions=(time.time(), *marked.reactions)[:_REACTIONS])
        self._report(
            "acted",
            identity=release.identity,
            strategy=self.strategy.name,
            reaction=marked.reaction,
        )

    def _acted_before(self) -> bool:
        """Whether another process runs than the one before, so that acting is done."""
        marked = self.marked
        if not marked.before or not marked.before.process:
            return False
        running = self.strategy.standing().process
        if not running or running == marked.before.process:
            return False
        if self.strategy.in_place:
            return True
        state = publish.read_state(self._settings.target)
        return bool(
            state and marked.release and sorted(state.sources) == sorted(marked.release.sources)
        )

    def _confirm(self) -> Confirmation | None:
        marked, release = self.marked, _there(self.marked.release)
        begun = time.monotonic()
        back = self.going_back and bool(marked.quarantined)
        self.waits = True
        try:
            found = self.strategy.confirm(
                marked.before or _NOTHING, release, marked.reaction, stop=self.stop
            )
        except RestartFailed as error:
            found = Confirmation(False, error.message)
        finally:
            self.waits = False
        self._resumed = False
        seconds = round(time.monotonic() - begun, 1)
        if not found.healthy:
            self._unconfirmed(found, seconds)
            return found
        self._works(release)
        if not self.strategy.in_place and back:
            self._report("rolled-back", identity=release.identity, generation=release.generation)
        self._report("confirmed", identity=release.identity, seconds=seconds, detail=found.detail)
        return found

    def _works(self, release: Release) -> None:
        """Remember it, and that what means the same was not at fault, if it is in quarantine."""
        bad = self.marked.quarantined
        works = self._publishing.effect(release) if any(each.effect for each in bad) else ""
        left = tuple(forgiven(each) if works and each.effect == works else each for each in bad)
        self._write(phase="confirmed", good=release, quarantined=left)

    def _unconfirmed(self, found: Confirmation, seconds: float) -> None:
        marked, bad, good = self.marked, _there(self.marked.release), self.marked.good
        self._report(
            "unconfirmed",
            identity=bad.identity,
            detail=found.detail,
            seconds=seconds,
            problems=len(found.problems),
        )
        if not good or good.identity == bad.identity:
            # There is nothing better to go back to. A new revision is tried as ever.
            self.fell_back = self.fell_back or found.detail
            self._write(phase="")
            return
        self.fell_back = f"{found.detail}; the last known good configuration is live again"
        try:
            before = self.strategy.standing()
        except HalsyncError:
            before = _NOTHING
        bad = bad._replace(effect=self._publishing.effect(bad))
        others = [each for each in marked.quarantined if each.identity not in ("", bad.identity)]
        self._accepted, self._resumed = None, False
        self._write(
            phase="accepted",
            release=good,
            before=before,
            quarantined=(bad, *others)[:_REMEMBERED],
        )
        self._report(
            "quarantined",
            identity=bad.identity,
            sources=[f"{each.name}@{each.revision}" for each in bad.sources],
        )

    def _forget(self) -> None:
        """Nothing came of what was accepted; what is live is what Halyard knows."""
        self._accepted = None
        state = publish.read_state(self._settings.target)
        self.told = state.current if state else ""
        left = self._without(self.told)
        self._write(phase=left.phase, release=left.release)

    def _without(self, live: str) -> Marked:
        """What is remembered once nothing is under way."""
        good = self.marked.good
        same = good if good and good.generation == live else None
        return self.marked._replace(phase="confirmed" if same else "", release=same)

    def _write(self, **changes: Any) -> None:
        marked = self.marked._replace(**changes)
        if "phase" in changes:
            marked = marked._replace(since=time.time())
        self._marks.write(marked)
        self.marked = marked


def _there(release: Release | None) -> Release:
    """The release of a phase: there always is one."""
    if release is None:
        raise ValueError("a phase without a release")
    return release
