"""Several halyards in one cluster take turns: one of them restarts at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halsync.errors import HalsyncError, TransientError

if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.leases import Lease
    from halsync.settings.model import Settings

SECONDS = 120
"""How long a turn lasts that nobody prolongs: its holder died."""
_OFTEN = SECONDS / 4


class Turn:
    """One halyard's view of the Lease that ``restart.governor.lease`` names. Without a name every
    moment is its turn, and nobody is asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._api: Api | None = None
        self._lease: Lease | None = None
        self._kept = 0.0
        self._ours = False

    def take(self) -> str:
        """Who has the turn, for people; empty if we have it now. Call it again while waiting.

        Raises:
            TransientError: the API does not answer.
            AccessDenied: a rule is missing in the Role; the hint says which.
            ConfigError: there is no API to ask.
        """
        lease = self._opened()
        if lease is None:
            return ""
        self._ours = lease.acquire()
        self._kept = time.monotonic()
        return "" if self._ours else lease.holder or "somebody who was faster"

    def keep(self) -> None:
        """Prolong it, if it is ours and was not prolonged lately. Never raises for a network
        that is away: the turn then lasts as long as it lasts."""
        if not self._ours or self._lease is None or time.monotonic() - self._kept < _OFTEN:
            return
        self._kept = time.monotonic()
        try:
            self._ours = self._lease.renew()
        except TransientError:
            return

    def give_back(self) -> None:
        """Let the next one have it. What fails here ends by itself."""
        if self._ours and self._lease is not None:
            self._ours = False
            try:
                self._lease.release()
            except HalsyncError:
                return

    def close(self) -> None:
        """End the child process, if any. The turn itself is kept. Safe to call twice."""
        if self._api is not None:
            self._api.close()

    def _opened(self) -> Lease | None:
        restart = self._settings.restart
        name = restart.governor.lease if restart else ""
        if not name:
            return None
        if self._lease is None:
            from halsync.clients.kubernetes import connect
            from halsync.clients.kubernetes.leases import Lease
            from halsync.clients.kubernetes.pods import own_pod_name
            from halsync.restart.opening import cluster_of

            cluster = cluster_of(self._settings)
            self._api = connect(cluster, apart=True)
            holder = own_pod_name(cluster)
            self._lease = Lease(self._api, name, holder, seconds=SECONDS)
        return self._lease
