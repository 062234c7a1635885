"""``init``: source → snapshot → render → validate → publish, once."""

from __future__ import annotations

import os

from halsync.agent.fetching import fetching
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.agent.pipeline import Candidate
    from halsync.agent.report import Report
    from halsync.publish import Published
    from halsync.settings.model import Settings


class Initialised(NamedTuple):
    """What a run of ``init`` did."""

    candidate: Candidate
    published: Published


def _watched(settings: Settings) -> bool:
    """Whether a sidecar may have left marks of what works and what does not."""
    return settings.restart is not None or os.path.exists(f"{settings.target}/.halsync/agent.json")


def init(settings: Settings, report: Report) -> Initialised:
    """Make the sources' content what Halyard reads.

    Raises:
        HalsyncError: any leaf of it but the restart's. What was live stays live.
    """
    with fetching(settings, report) as running:
        # The fetch is on its way: what is needed after it is imported meanwhile.
        from halsync import publish
        from halsync.agent.pipeline import prepare, warm_up, warm_up_further

        warm_up(running.advance)
        publish.warm_up(running.advance)
        warm_up_further(running.advance)
        if _watched(settings):
            from halsync.agent.quarantine import prepare_known_good

            candidate = prepare_known_good(settings, running, report)
        else:
            candidate = prepare(settings, running, report)
        if candidate.references:
            from halsync.agent.secret_files import keep_link

            keep_link(settings, candidate.tree)
        if settings.manifests is not None:
            from halsync.agent.manifests import apply_at_init

            # Everything is valid by now; what the pods need must be there before them.
            apply_at_init(settings, candidate.manifests, report)
        published = publish.publish(
            candidate.tree,
            candidate.sources,
            settings.publish,
            settings.target,
            daemon_config=settings.daemon_config,
            started=running.started,
            says=candidate.says,
        )
    return Initialised(candidate, published)


def tell(published: Published, target: str, report: Report) -> None:
    """Report how it ended: the last word, after whatever there is to say of the candidate."""
    if published.adopted:
        report("adopted", paths=list(published.adopted), left_out=list(published.left_out))
    told: dict[str, object] = {"generation": published.generation, "target": target}
    if published.previous not in ("", published.generation):
        told["previous"] = published.previous
    report(published.outcome, **told)
