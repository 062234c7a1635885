"""What a reaction is: the words that the strategies, the governor and the watch loop share.

A *release* is what the agent wants Halyard to run: the revisions of all sources, the versions
of the secrets that are referenced, and the settings, as one identity that gives away nothing.
The order for each release is: accepted (on disk) → published, unless the next pod does that →
acted → confirmed, or back to the last known good release and into quarantine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.model import Problem, SourceState

Reaction = Literal["none", "configuration", "daemon"]
"""What a change asks for. ``none``: nothing that Halyard would notice. ``configuration``: what
it reads for every task; the strategy decides. ``daemon``: the daemon's own files, which it reads
only when it starts."""


class Release(NamedTuple):
    """What is to run, or ran."""

    identity: str
    """SHA-256, hex, of sources, secret versions and settings: may leave the pod."""
    generation: str
    """Digest of the generation that it was rendered to; empty where it is not published here."""
    sources: tuple[SourceState, ...]
    effect: str = ""
    """Of a release in quarantine: digest of what Halyard noticed of it, as far as that is known
    (:mod:`halsync.agent.effect`). What means the same is in quarantine as well."""


class Standing(NamedTuple):
    """Which process runs, so that a new one can be told from it."""

    process: str
    """Pod UID, container id with restart count, or process id with start time; empty if
    nothing runs."""
    healthy: bool
    detail: str = ""
    """What stands in the way of being healthy, for people."""


class Confirmation(NamedTuple):
    """How a reaction ended."""

    healthy: bool
    detail: str
    """What was seen, or what was missing when the time was over."""
    problems: tuple[Problem, ...] = ()
    """What the daemon itself found while it deployed."""


class Strategy(Protocol):
    """One way of making Halyard take notice. Made by :func:`halsync.restart.open_strategy`.

    Every method may raise :class:`~halsync.errors.TransientError` (worth a retry, nothing was
    done or doing it again is harmless), :class:`~halsync.errors.AccessDenied`,
    :class:`~halsync.errors.ConfigError` or :class:`~halsync.errors.RestartFailed`.
    """

    name: str
    in_place: bool
    """Whether the release is published here before ``act``; if not, the next pod's ``init``
    publishes it, and this process ends with the pod."""

    def standing(self) -> Standing:
        """What runs now."""

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        """Make Halyard take notice. Repeating it for the same release does nothing more."""

    def confirm(
        self, before: Standing, release: Release, reaction: Reaction, *, stop: Callable[[], bool]
    ) -> Confirmation:
        """Wait until Halyard is seen to work with the release, at most ``confirm.timeout``.

        ``stop`` is asked often; when it says yes :class:`~halsync.errors.Interrupted` is raised
        and the confirmation is taken up again by the next process.
        """

    def close(self) -> None:
        """End child processes and drop connections. Safe to call twice."""


class Marks(Protocol):
    """What must survive the pod: release applied, last known good, quarantine, hold.

    On disk beside the target for strategies that keep the pod; in the cluster as well for those
    that replace it: on the StatefulSet, or, for ``pod``, on a ConfigMap.
    """

    def read(self) -> Marked:
        """What is remembered; an empty record if nothing is."""

    def write(self, marked: Marked) -> None:
        """Replace it, or raise as :class:`Strategy` does."""


class Marked(NamedTuple):
    """See :class:`Marks`."""

    phase: Literal["", "accepted", "published", "acted", "confirmed"] = ""
    release: Release | None = None
    """The release that ``phase`` is about."""
    reaction: Reaction = "none"
    before: Standing | None = None
    """What ran before it was acted upon."""
    since: float = 0.0
    """Wall time of the phase."""
    good: Release | None = None
    """The last known good release."""
    quarantined: tuple[Release, ...] = ()
    """Newest first. Not tried again until what they mean changes; those without an identity may
    be tried again, because a person said so."""
    reactions: Sequence[float] = ()
    """Wall times of the latest reactions, newest first, for the governor's budget."""
