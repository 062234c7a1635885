"""The loop: what is due is done, then it sleeps until the next thing is due or somebody calls."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from halsync.agent.watch import clock
from halsync.agent.watch.blaming import QUARANTINED
from halsync.agent.watch.identity import Key, files_of, identity, stamps
from halsync.agent.watch.preparing import (
    explained,
    failed_step,
    give_back,
    may_pass,
    prepared,
    unless_away,
)
from halsync.agent.watch.publishing import Accepted
from halsync.agent.watch.shown import refusal, show, turn_of
from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    Interrupted,
    ProblemsError,
    SourceNotFound,
)
from halsync.records import NamedTuple
from halsync.restart.base import Release
from halsync.restart.governor import LOOK_AGAIN
from halsync.settings.watching import WatchSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.agent.watch.drifting import Drifting
    from halsync.agent.watch.ending import Ending
    from halsync.agent.watch.governing import Governing
    from halsync.agent.watch.phases import Phases
    from halsync.agent.watch.polling import Polls
    from halsync.agent.watch.secret_versions import SecretVersions
    from halsync.agent.watch.settings_file import SettingsFile
    from halsync.agent.watch.waking import Question, Waker
    from halsync.observe.turn import Turn
    from halsync.observe.view import View
    from halsync.settings.model import Settings

_FIRST_RETRY = 1.0


class Parts(NamedTuple):
    """What the loop works with. Opened and closed by :mod:`halsync.agent.watch.run`."""

    settings: Settings
    polls: Polls
    phases: Phases
    governing: Governing
    drifting: Drifting
    secrets: SecretVersions
    file: SettingsFile
    waker: Waker
    ending: Ending
    report: Report
    tell: Callable[[HalsyncError], None]
    """Shows a person all problems of a refused configuration."""


class Loop:
    """See :meth:`run`."""

    def __init__(self, parts: Parts, view: View, *, once: bool) -> None:
        self.view = view
        self.exit_code = 0
        """Of a single turn, as :mod:`halsync.errors` has them."""
        self._ = parts
        self._watch = parts.settings.watch or WatchSettings()
        self._once = once
        self._files = files_of(parts.settings, parts.file.path)
        self._looked: Key | None = None
        self._tried: Key | None = None
        self._asked: list[Question] = []
        self._soft = False
        """The last refusal may pass without any change that we can see."""
        self._refused = ""
        self._waiting: Accepted | None = None
        self._full_due = 0.0
        self._publish_again = False
        self.shown_to: Callable[[View], None] | None = None
        """Gets every new view."""
        self._answer: Turn | None = None  # to whoever asks again while the refusal stands
        self._failures, self._retry = 0, 0.0
        self._trouble = ""
        """What the last try of a step ended with."""
        parts.phases.stop = self._beat

    @property
    def strategy(self) -> str:
        """How Halyard is made to take notice."""
        return self._.phases.strategy.name

    @property
    def settings_file(self) -> SettingsFile:
        """What says whether there are other settings."""
        return self._.file

    def close(self) -> None:
        """Let those go who still wait for an answer."""
        turn = self._turn("stopping", "the sidecar ends, or has new settings; ask again")
        for question in (*self._asked, *self._.waker.questions()):
            question.reply(turn._asdict())
        self._asked = []

    def _beat(self) -> bool:
        """Asked often while a confirmation is waited for."""
        if self._.phases.waits and self.view.state != "confirming":
            self._show("confirming")
        self.view = self.view._replace(iterated=time.time())
        self._.governing.keep()
        return self._.ending()

    def run(self) -> bool:
        """Go round until it is time to end, or the settings are others: then True.

        Raises:
            Interrupted: time to end.
            HalsyncError: in a single turn (``once``): why it failed.
        """
        while True:
            turn = self.round()
            if self._once:
                self.exit_code = turn.exit_code
                return False
            if self._.file.changed():
                return True
            for question in self._asked:
                question.reply(turn._asdict())
            self._asked = []
            if self._.ending():
                raise Interrupted(self._.ending.number)
            self._.waker.sleep(self._due() - clock.now())

    def round(self) -> Turn:
        """Do what is due."""
        begun = time.monotonic()
        self._asked = self._.waker.questions()
        self._show("starting" if not self.view.iterated else self.view.state)
        turn = self._checked()
        self._show()
        return turn._replace(seconds=round(time.monotonic() - begun, 3))

    def _checked(self) -> Turn:
        try:
            self._called()
            with self._.ending.abandonable():
                error = self._.polls.check()
                self._full_check()
            if error and self._once:
                raise error
            if self._.phases.under_way and clock.now() >= self._retry:
                self._go_on()
            elif self._.phases.unsettled:
                self._settle()
            turn = self._looked_at()
            if self._waiting and self._free and clock.now() >= self._retry:
                turn = self._governed(self._waiting)
        except Interrupted:
            raise
        except (HalsyncError, OSError) as error:
            if self._once:
                raise
            turn = self._stumbled(explained(error))
        return turn

    def _called(self) -> None:
        """Do what was called for since the last round."""
        calls = self._.waker.calls()
        for call in calls:
            if self._.polls.wake(call.source) and call.why != "stop":
                self._retry = 0.0
                self._.report("woken", source=call.source, why=call.why)
        if any(call.why == "sync --retry" for call in calls):
            self._.phases.forgive()
            self._looked = None

    # -- looking at the sources

    def _looked_at(self) -> Turn:
        polls, key = self._.polls, self._key()
        failing = polls.failing
        if failing or not all(poll.revision for poll in polls.every):
            return self._turn("failed", failing[0].error if failing else "", exit_code=3)
        acted = self._.phases.marked.phase == "acted"
        if acted or (clock.now() < self._retry and key == self._tried):
            return self._turn("failed" if self._trouble else "unchanged", self._trouble)
        if key == self._looked and not self._publish_again:
            if self._refused:
                return self._answer or self._turn("refused", self._refused, exit_code=5)
            return self._turn("unchanged", "nothing has changed")
        return self._look()

    def _look(self) -> Turn:
        """Fetch, render, check; publish what Halyard need not notice."""
        self._show("working")
        before = self._tried = self._key()
        try:
            with self._.ending.abandonable():
                candidate, started = prepared(self._.settings, self._.polls, self._.report)
            turn = self._judged(candidate, started)
        except (AccessDenied, ConfigError, ProblemsError, SourceNotFound) as error:
            unless_away(error)
            turn = self._refuse(error)
        finally:
            give_back()
        # A file that has changed since may have been read before it did.
        self._looked = self._key()._replace(files=before.files)
        if not self._waiting:
            self._.governing.released()
        self._publish_again = False
        self._failures, self._retry, self._trouble = 0, 0.0, ""
        return turn

    def _judged(self, candidate: Candidate, started: float) -> Turn:
        self._.secrets.learn(candidate)
        before = self._waiting
        self._refused, self._soft, self._waiting, self._answer = "", False, None, None
        name = identity(self._.settings, self._.polls.revisions, self._.secrets.digest)
        if self._.phases.quarantined(name, candidate):
            self._refused = QUARANTINED
            self._answer = self._turn("quarantined", QUARANTINED, identity=name, exit_code=8)
            return self._answer
        if self._.phases.pinned_by_hand(candidate):
            return self._follow("somebody went back to it by hand, until the source moves")
        accepted = self._.governing.judge(
            Accepted(Release(name, "", candidate.sources), "none", candidate, started, time.time())
        )
        if before and before.release.identity == name:  # it has rested since it was first seen
            accepted = accepted._replace(changed_at=before.changed_at)
        if accepted.reaction == "none":
            done = self._.phases.quietly(accepted)
            if done.outcome == "superseded":
                return self._follow("somebody else has published something newer")
            if done.outcome == "published":
                return self._turn("published", "nothing is restarted for it", identity=name)
            return self._turn("unchanged", "it renders to what is live", identity=name)
        self._waiting = accepted
        return self._turn("waiting", "accepted", identity=name)

    def _follow(self, why: str) -> Turn:
        """What is live was published by somebody else: Halyard is told of it like of anything."""
        accepted = self._.governing.followed()
        if accepted is None:
            return self._turn("unchanged", why)
        self._waiting = accepted
        return self._turn("waiting", why, identity=accepted.release.identity)

    def _refuse(self, error: HalsyncError) -> Turn:
        if self._once:
            raise error
        told = refusal(error)
        name = identity(self._.settings, self._.polls.revisions, self._.secrets.digest)
        if told.message != self._refused:
            self._.tell(error)
            self._.report(
                "refused", identity=name, stage=told.stage, error=told.message,
                hint=error.hint, problems=len(told.problems), first=told.first,
            )  # fmt: skip
        self._refused, self._soft = told.message, may_pass(error)
        if not self._.phases.strategy.in_place:
            # The next pod's init would fetch what is newest, and end there.
            self._waiting = None
        self._answer = self._turn(
            "refused",
            told.message,
            hint=error.hint,
            identity=name,
            exit_code=error.exit_code,
            problems=told.problems,
        )
        return self._answer

    # -- reacting

    @property
    def _free(self) -> bool:
        """Whether what waits may go on: a new pod's init could not fetch while a source is away."""
        return self._.phases.strategy.in_place or not self._.polls.failing

    def _governed(self, waiting: Accepted) -> Turn:
        """Go on with what waits if it is the moment."""
        name = waiting.release.identity
        verdict = self._.governing.verdict(waiting)
        if not verdict.go:
            self._show()
            until = self._.governing.until
            return self._turn("waiting", verdict.reason, identity=name, until=until)
        # Until it is written down it waits: this may fail, and is then tried again.
        self._.phases.accept(waiting)
        self._waiting = None
        self._.governing.released()
        return self._advance()

    def _go_on(self) -> None:
        """Try a step again, if nobody is in the way by now."""
        other = self._.governing.in_the_way()
        if other:
            self._trouble, self._retry = other, clock.now() + LOOK_AGAIN
        else:
            self._advance()

    def _advance(self) -> Turn:
        self._show("working")
        try:
            found = self._.phases.advance()
        finally:
            # What somebody else made live meanwhile is looked at like any change.
            phases = self._.phases
            done = phases.marked.release if phases.strategy.in_place else None
            live = (done.generation if done and not phases.under_way else "") or self._live()
            self._looked = self._looked and self._looked._replace(live=live)
            self._.governing.over()
            give_back()
        self._failures, self._retry, self._trouble = 0, 0.0, ""
        marked = self._.phases.marked
        name = marked.release.identity if marked.release else ""
        detail = found.detail if found else ""
        if self._.phases.fell_back:
            self._refused, self._answer = self._.phases.fell_back, None
            return self._turn("unconfirmed", self._refused, identity=name, exit_code=8)
        return self._turn("confirmed" if found else "unchanged", detail, identity=name)

    def _stumbled(self, error: HalsyncError) -> Turn:
        """A step did not work: tell it once, try it again later."""
        self._failures += 1
        wait = clock.backoff(_FIRST_RETRY, self._watch.max_backoff, self._failures)
        wait = max(wait, float(getattr(error, "retry_after", 0.0)))
        self._retry = clock.now() + wait
        told = refusal(error)
        if told.message != self._trouble and not self._.polls.failing:
            waits = self._waiting.release if self._waiting else None
            step = failed_step(error, self._.phases, waits)
            told_so = {"error": told.message, "hint": error.hint, "wait": round(wait, 1)}
            self._.report("step-failed", **step, **told_so)
        self._trouble = told.message
        return self._turn("failed", told.message, hint=error.hint, exit_code=error.exit_code)

    def _settle(self) -> None:
        """The configuration that Halyard runs with when we come is the first good one."""
        with suppress(HalsyncError):  # it is asked again in the next round
            self._.phases.settle()

    # -- now and then

    def _full_check(self) -> None:
        """What is dearer than a poll: secrets, hand-made changes, whether Halyard is well."""
        if clock.now() < self._full_due:
            return
        self._full_due = clock.now() + clock.spread(self._watch.full_check)
        self._.secrets.check()
        self._publish_again |= self._.drifting.look()
        self._looked = None if self._soft else self._looked

    def _due(self) -> float:
        """When the next thing is due."""
        due = [self._.polls.due, self._full_due]
        if self._retry > clock.now():
            due.append(self._retry)
        if self._waiting and self._free:
            due.append(max(self._.governing.due, self._retry))
        return min(due)

    def _key(self) -> Key:
        revisions = tuple(sorted(self._.polls.revisions.items()))
        return Key(revisions, self._.secrets.digest, stamps(self._files), self._live())

    def _live(self) -> str:
        return self._.governing.live.generation

    def _turn(self, outcome: Any, message: str, **fields: Any) -> Turn:
        revisions = self._.polls.revisions
        return turn_of(outcome, message, generation=self._live(), revisions=revisions, **fields)

    def _show(self, state: str = "") -> None:
        """Let the server's threads see where the loop stands."""
        waits = self._waiting
        self.view = show(
            self.view,
            self._,
            state=state,
            refused=self._refused,
            trouble=self._trouble,
            pending=waits.release.identity if waits else "",
            until=self._.governing.until if waits else 0.0,
            why=self._.governing.reason if waits else "",
        )
        if self.shown_to is not None:
            self.shown_to(self.view)
