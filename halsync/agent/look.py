"""``render`` and ``diff``: everything up to publishing, and what it would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.agent.fetching import fetching

if TYPE_CHECKING:
    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.settings.model import Settings


def candidate(settings: Settings, report: Report) -> Candidate:
    """What ``init`` would publish.

    Raises:
        HalsyncError: whatever ``init`` raises before it publishes.
    """
    with fetching(settings, report) as running:
        from halsync.agent.pipeline import prepare, warm_up

        warm_up()
        return prepare(settings, running, report)
