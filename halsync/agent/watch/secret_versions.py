"""Versions of the secrets that the configuration refers to, looked at now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.agent.watch.identity import SECRETS
from halsync.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.render.references import Reference
    from halsync.settings.model import Settings


class SecretVersions:
    """What was referenced when the configuration was last prepared."""

    def __init__(self, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._known: tuple[tuple[Sequence[Reference], str], ...] = ()
        """References with the digest of their versions: the tree's, the manifests'."""
        self._failures = 0
        self._failing_since = 0.0

    @property
    def digest(self) -> str:
        """Of the versions; empty while no secret is referenced."""
        return "+".join(versions for _, versions in self._known)

    def learn(self, candidate: Candidate) -> None:
        """Take over what has just been read."""
        read = [source.revision for source in candidate.sources if source.kind == SECRETS]
        known = (
            (candidate.references, read[0] if read else ""),
            (candidate.manifest_references, candidate.manifest_secrets),
        )
        self._known = tuple(each for each in known if each[1])

    def check(self) -> None:
        """Ask for the versions, if there are any; a change shows in :attr:`digest`.

        An engine that does not answer changes nothing: what is live was made with what it said.

        Raises:
            ConfigError: an engine is not configured, or its library is not installed.
        """
        if not self._known:
            return
        from halsync.agent.secrets import versions_of

        begun = time.monotonic()
        try:
            found = tuple(
                (references, versions_of(self._settings, references))
                for references, _ in self._known
            )
        except TransientError as error:
            self._failing_since = self._failing_since or time.time()
            self._failures += 1
            self._report(
                "check-failed",
                source=SECRETS,
                error=error.message,
                hint=error.hint,
                attempt=self._failures,
                wait=0,
            )
            return
        if self._failures:
            away = max(time.time() - self._failing_since, 0.0)
            self._report("recovered", source=SECRETS, seconds=round(away, 1))
        self._failures, self._failing_since = 0, 0.0
        changed = found != self._known
        self._known = found
        self._report(
            "checked",
            source=SECRETS,
            revision=self.digest,
            changed=changed,
            seconds=round(time.monotonic() - begun, 4),
        )
