"""``render``, ``diff`` and ``explain``: everything up to publishing, and how it came about."""

from __future__ import annotations

from halsync.agent.fetching import fetching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.model import SourceState
    from halsync.render.explaining import Explained
    from halsync.settings.model import Settings


def candidate(settings: Settings, report: Report) -> Candidate:
    """What ``init`` would publish.

    Raises:
        HalsyncError: whatever ``init`` raises before it publishes.
    """
    with fetching(settings, report) as running:
        from halsync.agent.pipeline import prepare, warm_up

        warm_up(running.advance)
        return prepare(settings, running, report)


def explained(
    settings: Settings, question: str, report: Report
) -> tuple[Explained, tuple[SourceState, ...]]:
    """Where a value of the rendered tree comes from, even if the tree is not fit to be published.

    Raises:
        HalsyncError: whatever fetching and rendering raise.
        ConfigError: the question names nothing, or several files.
    """
    from halsync.settings.secrets import without_access

    settings = without_access(settings)
    with fetching(settings, report) as running:
        from halsync.agent.pipeline import make, states

        made = make(settings, running, report)
    from halsync.render.explaining import explain
    from halsync.render.trail import trail_of

    trail = trail_of(made.composed, made.rendered, made.placeholders)
    return explain(made.rendered.tree.files, trail, question), states(made.fetched)
