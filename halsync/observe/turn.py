"""How one turn of the watch loop ended: what ``POST /sync`` answers and ``halsync sync`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcome = Literal[
    "unchanged",
    "published",
    "confirmed",
    "waiting",
    "refused",
    "failed",
    "unconfirmed",
    "quarantined",
    "stopping",
]
"""``unchanged``: nothing new, or nothing that Halyard would notice. ``published``: live, and no
reaction was asked for. ``confirmed``: live, and Halyard was seen to work with it. ``waiting``:
accepted, the governor (or a hold) has it wait. ``refused``: invalid. ``failed``: a source did not
answer, or publishing failed. ``unconfirmed``: Halyard did not come up; the last known good
release is live again. ``quarantined``: the newest revision took Halyard down before.
``stopping``: the sidecar ends before the turn did."""


class Turn(NamedTuple):
    """See :data:`Outcome`."""

    outcome: Outcome
    message: str
    """One sentence, redacted: what happened, and what stands in the way if something does."""
    hint: str = ""
    """What to do about it."""
    exit_code: int = 0
    """As :mod:`halsync.errors` has them: 0 also while a release waits for its turn."""
    identity: str = ""
    generation: str = ""
    revisions: Mapping[str, str] = {}
    """Source → revision, as seen in this turn."""
    problems: tuple[Mapping[str, object], ...] = ()
    """What validation found, as ``validate -o json`` writes problems."""
    until: float = 0.0
    """With ``waiting``: when it may go on, seconds since the epoch; 0 if that is not known."""
    seconds: float = 0.0
    """What the turn took."""
