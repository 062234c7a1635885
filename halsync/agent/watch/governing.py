"""What a change asks for, and whether this is the moment for it."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING

from halsync import publish, restart
from halsync.agent.watch import clock
from halsync.agent.watch.publishing import Accepted
from halsync.errors import HalsyncError, PublishError
from halsync.publish.content import content
from halsync.restart import governor, hold
from halsync.restart.base import Release
from halsync.settings.watching import RestartSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.agent.report import Report
    from halsync.agent.watch.live import Live
    from halsync.agent.watch.phases import Phases
    from halsync.restart.classify import Seen
    from halsync.restart.governor import Verdict
    from halsync.restart.turn import Turn
    from halsync.settings.model import Settings


class Governing:
    """Asked before every reaction."""

    def __init__(
        self, settings: Settings, phases: Phases, live: Live, turn: Turn, report: Report
    ) -> None:
        self.until = 0.0
        """Wall time at which what waits may go on."""
        self.due = clock.NEVER
        """The same by :func:`clock.now`."""
        self.reason = ""
        self.held = ""
        """Why a person holds everything; empty if nobody does."""
        self.live = live
        self._settings = settings
        self._restart = settings.restart or RestartSettings()
        self._phases = phases
        self._turn = turn
        self._report = report
        self._told = ("", "")
        self._busy_since = 0.0
        self._known: tuple[str, Mapping[str, Seen]] = ("", {})

    def judge(self, accepted: Accepted) -> Accepted:
        """With what it asks for, counted from what Halyard was last told of.

        Raises:
            PublishError: what is live cannot be read.
        """
        candidate = accepted.content
        if self._phases.strategy.name == "none":
            return accepted._replace(reaction="none")
        # Only what is published counts: no more is there to be compared with next time.
        after = restart.seen(content(candidate.tree).files, candidate.says)
        return accepted._replace(reaction=restart.reaction(self._before(), after))

    def followed(self) -> Accepted | None:
        """What is live now as a release, if Halyard was not told of it and should be.

        Raises:
            PublishError: what is live cannot be read.
        """
        state, strategy = self.live.state(), self._phases.strategy
        if state is None or state.current == self._phases.told or not strategy.in_place:
            return None
        if strategy.name == "none":
            return None
        asked = restart.reaction(self._before(), self._seen(state.current))
        if asked == "none":
            return None
        name = state.inputs or sha256(state.current.encode()).hexdigest()
        release = Release(name, state.current, state.sources)
        return Accepted(release, asked, None, time.time(), time.time())

    def verdict(self, waiting: Accepted) -> Verdict:
        """Whether to react now; told once if not.

        Raises:
            HalsyncError: nobody can tell: the daemon or the API does not answer.
        """
        now = time.time()
        self._look_for_hold()
        if not self.live.generation:
            until = now + governor.LOOK_AGAIN if self.held else now
            found = governor.Verdict(not self.held, until, self.held)
        else:
            busy = restart.busy(self._settings)
            self._busy_since = (self._busy_since or now) if busy else 0.0
            found = governor.verdict(
                now,
                self._phases.marked,
                self._restart.governor,
                changed_at=waiting.changed_at,
                held=self.held,
                busy=busy,
                busy_since=self._busy_since,
            )
        if found.go and (other := self._turn.take()):
            found = governor.Verdict(False, now + 5.0, f"it is the turn of {other}")
        # A hold ends when somebody says so, not when it is looked at again.
        self.until, self.reason = 0.0 if self.held else found.until, found.reason
        self.due = clock.now() + max(found.until - now, 0.05)
        name = waiting.release.identity
        if not found.go and self._told != (name, found.reason):
            self._told = (name, found.reason)
            self._report("waiting", identity=name, reason=found.reason, until=self.until)
        return found

    def in_the_way(self) -> str:
        """Why a step that was begun must not be tried again now; empty if it may be.

        Where Halyard was told already, or is down and on its way back, waiting would spare
        nobody an outage.

        Raises:
            HalsyncError: nobody can tell whose turn it is.
        """
        begun = self._phases.marked.phase == "acted" or self._phases.going_back
        self._look_for_hold()
        if self.held and not begun:
            return f"held: {self.held}"
        try:
            other = self._turn.take()
        except HalsyncError:
            if begun:
                return ""
            raise
        return f"it is the turn of {other}" if other and not begun else ""

    def released(self) -> None:
        """What waited goes on."""
        self.until, self.reason, self.due = 0.0, "", clock.NEVER
        self._told, self._busy_since = ("", ""), 0.0

    def over(self) -> None:
        """A reaction has come to its end: let other halyards have their turn."""
        self._turn.give_back()

    def keep(self) -> None:
        """A reaction is going on: keep the turn."""
        self._turn.keep()

    def _look_for_hold(self) -> None:
        held = hold.read(self._settings.target)
        if held and held != self.held:
            self._report("held", reason=held)
        elif self.held and not held:
            self._report("resumed", reason=self.held)
        self.held = held

    def _before(self) -> Mapping[str, Seen]:
        told = self._phases.told
        try:
            return self._seen(told) if told else {}
        except PublishError:
            # It is no longer kept: compare with what is live, which came after it.
            live = self.live.generation
            return self._seen(live) if live else {}

    def _seen(self, generation: str) -> Mapping[str, Seen]:
        if self._known[0] != generation:
            from halsync.validate.documents import Documents

            tree = publish.read_generation(self._settings.target, generation)
            self._known = (generation, restart.seen(tree.files, Documents(tree).says))
        return self._known[1]
