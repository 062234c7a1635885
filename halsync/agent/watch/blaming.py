"""What is in quarantine: releases that took Halyard down, and whatever means the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.agent.effect import effect_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.agent.pipeline import Candidate
    from halsync.restart.base import Release
    from halsync.settings.model import Settings

QUARANTINED = (
    "the newest revision means to Halyard what took it down before; it is not tried again until"
    " that changes, or by halsync sync --retry"
)
REMEDY = "change what Halyard notices; if that was not at fault, halsync sync --retry"


def means_the_same(settings: Settings, candidate: Candidate, bad: Sequence[Release]) -> bool:
    """Whether what would be published has the effect of one of these, as far as it is known."""
    known = {release.effect for release in bad if release.effect}
    return bool(known) and effect_of(settings, candidate) in known


def forgiven(release: Release) -> Release:
    """It may be tried again. The sources stay: they tell that it was not a person who went back
    from them."""
    return release._replace(identity="", effect="")
