"""Versions of the secrets that the configuration refers to, looked at now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.render.references import Reference
    from halsync.settings.model import Settings

_KIND = "secrets"
"""Kind of the source that stands for the secrets of a generation."""


class SecretVersions:
    """What was referenced when the configuration was last prepared."""

    def __init__(self, settings: Settings, report: Report) -> None:
        self.digest = ""
        """Of the versions; empty while no secret is referenced."""
        self._settings = settings
        self._report = report
        self._references: Sequence[Reference] = ()
        self._failures = 0

    def learn(self, candidate: Candidate) -> None:
        """Take over what has just been read."""
        self._references = candidate.references
        read = [source.revision for source in candidate.sources if source.kind == _KIND]
        self.digest = read[0] if read else ""

    def check(self) -> None:
        """Ask for the versions, if there are any; a change shows in :attr:`digest`.

        An engine that does not answer changes nothing: what is live was made with what it said.

        Raises:
            ConfigError: an engine is not configured, or its library is not installed.
        """
        if not self.digest:
            return
        from halsync.agent.secrets import versions_of

        begun = time.monotonic()
        try:
            found = versions_of(self._settings, self._references)
        except TransientError as error:
            self._failures += 1
            self._report(
                "check-failed",
                source=_KIND,
                error=error.message,
                hint=error.hint,
                attempt=self._failures,
                wait=0,
            )
            return
        self._failures = 0
        changed = found != self.digest
        self.digest = found
        self._report(
            "checked",
            source=_KIND,
            revision=found,
            changed=changed,
            seconds=round(time.monotonic() - begun, 4),
        )
