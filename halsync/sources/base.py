"""The contract that every kind of source fulfils.

A source is opened once per run and per distinct origin: two entries of the settings that
name the same repository and ref share one source and get their own sub-paths of its one
snapshot. The order of calls is ``begin``, then any of ``revision`` and ``fetch``, then
``close``; ``begin`` may be left out. A source may also be kept, for months: each round of
``revision``, and ``fetch`` where the revision moved, then starts with ``renew``.
"""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from halsync.model import Snapshot
    from halsync.settings.model import Limits
else:  # the names that others import
    Protocol = object


class Context(NamedTuple):
    """What a source may use while it works."""

    name: str
    """Name of the (first) settings entry that asked for it; goes into origins and messages."""
    work_dir: str
    """An existing private directory (0700) that is removed after the run."""
    paths: tuple[str, ...]
    """The sub-paths wanted, normalised; ``("",)`` for everything. Only a hint for what to
    transfer: paths in the snapshot count from the root of the source."""
    limits: Limits
    deadline: float
    """``time.monotonic()`` value at which all network work must be over."""


class Source(Protocol):
    """One origin of configuration.

    Every method raises :class:`~halsync.errors.SourceUnreachable` (worth a retry),
    :class:`~halsync.errors.SourceNotFound`, :class:`~halsync.errors.AccessDenied`,
    :class:`~halsync.errors.ConfigError` or, from ``fetch``,
    :class:`~halsync.errors.ContentRefused`; nothing else.
    """

    def begin(self) -> Callable[[], bool] | None:
        """Start the network work of ``fetch`` and return at once; failures surface in ``fetch``.

        Returns what carries the work on as far as it goes without waiting and says whether it
        then has to wait, to be called now and then by a caller who is busy otherwise; None
        where it goes on by itself.
        """

    def renew(self, deadline: float) -> None:
        """From now on, network work must be over at ``deadline`` (``time.monotonic()``)."""

    def revision(self) -> str:
        """What the source would deliver now, by the cheapest question there is.

        Equal answers mean equal snapshots; the answer equals ``fetch().revision``.
        """

    def fetch(self) -> Snapshot:
        """The files below the wanted sub-paths at one revision, complete and within limits.

        Raises:
            SourceNotFound: also when a wanted sub-path does not exist.
            ContentRefused: names every path that may not be brought along.
        """

    def close(self) -> None:
        """Stop child processes and drop connections. Safe to call twice."""
