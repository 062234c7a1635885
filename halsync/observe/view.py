"""What the sidecar shows of itself: the one record behind ``/readyz``, ``/status`` and metrics.

The watch loop replaces it whole; readers in other threads see the old one or the new one.
"""

from __future__ import annotations

from halsync.records import NamedTuple


class SourceView(NamedTuple):
    """One source as the loop last saw it. Times are seconds since the epoch, 0 for never."""

    name: str
    revision: str = ""
    checked: float = 0.0
    """The last successful check."""
    failing_since: float = 0.0
    error: str = ""
    """The latest failure, redacted; empty while checks succeed."""
    next_check: float = 0.0


class View(NamedTuple):
    """The sidecar. Times are seconds since the epoch, 0 for never."""

    started: float
    iterated: float
    """The loop last came round."""
    state: str = "starting"
    """``starting``, ``idle``, ``working``, ``waiting`` (governor), ``confirming``, ``held``,
    ``degraded`` (a source fails), ``refused`` (newest revision is bad), ``stopping``."""
    detail: str = ""
    """One sentence on the state, for people."""
    generation: str = ""
    """The live generation; empty until one is accepted."""
    identity: str = ""
    """Identity of the live release, see :class:`halsync.restart.base.Release`."""
    published: float = 0.0
    confirmed: float = 0.0
    sources: tuple[SourceView, ...] = ()
    quarantined: tuple[str, ...] = ()
    drift: int = 0
    """Paths that differ from the live generation."""
    pending: str = ""
    """Identity of a release that waits for its turn."""
    until: float = 0.0
    """When it may be tried."""
    blamed: bool = False
    """The newest revision is in quarantine."""
