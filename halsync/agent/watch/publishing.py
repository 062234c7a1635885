"""Making a release live, and going back to one that is kept: the steps of the phases that write
into the target."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync import publish
from halsync.agent.effect import effect_of_generation
from halsync.errors import HalsyncError
from halsync.publish.back import rollback
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.publish import Published
    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings


class Accepted(NamedTuple):
    """A release that is good enough, as long as it has not been published."""

    release: Release
    reaction: Reaction
    candidate: Candidate | None
    """None if it is live already."""
    started: float
    """Wall time at which its content began to be fetched."""
    changed_at: float
    """Wall time at which it was first seen."""

    @property
    def content(self) -> Candidate:
        """What is to be published."""
        if self.candidate is None:
            raise ValueError("nothing to publish: it is live already")
        return self.candidate


class Publishing:
    """Publishes, and tells what it did."""

    def __init__(self, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report

    def put(self, accepted: Accepted, *, unpin: bool) -> Published:
        """Publish it, with what must be there before; ``unpin`` ends a pin.

        Raises:
            HalsyncError: it could not be published; what was live stays live.
        """
        candidate = accepted.content
        self._prepare_surroundings(candidate)
        begun = time.monotonic()
        done = publish.publish(
            candidate.tree,
            candidate.sources,
            self._settings.publish,
            self._settings.target,
            daemon_config=self._settings.daemon_config,
            started=accepted.started,
            inputs=accepted.release.identity,
            says=candidate.says,
            unpin=unpin,
        )
        told: dict[str, object] = {
            "generation": done.generation, "target": self._settings.target
        }  # fmt: skip
        if done.previous not in ("", done.generation):
            told["previous"] = done.previous
        told["seconds"] = round(time.monotonic() - begun, 4)
        self._report(done.outcome, **told)
        if done.adopted:
            self._report("adopted", paths=list(done.adopted), left_out=list(done.left_out))
        return done

    def _prepare_surroundings(self, candidate: Candidate) -> None:
        """What must be there before it is published, as for ``init``."""
        if candidate.references:
            from halsync.agent.secret_files import keep_link

            keep_link(self._settings, candidate.tree)
        if self._settings.manifests is not None:
            from halsync.agent.manifests import apply_at_init

            apply_at_init(self._settings, candidate.manifests, self._report)

    def effect(self, release: Release) -> str:
        """What Halyard came to see of a release; empty if it did not come so far, or if that
        cannot be told."""
        state = publish.read_state(self._settings.target)
        if not state or not release.generation or release.generation != state.current:
            return ""
        try:
            return effect_of_generation(self._settings, release.generation, release.sources)
        except HalsyncError:
            return ""

    def restore(self, good: Release) -> None:
        """Make a generation live again that is kept.

        Raises:
            PublishError: it is not kept, or damaged; what is live stays live.
        """
        rollback(
            self._settings.target,
            good.generation,
            options=self._settings.publish,
            daemon_config=self._settings.daemon_config,
        )
        self._report("rolled-back", identity=good.identity, generation=good.generation)
