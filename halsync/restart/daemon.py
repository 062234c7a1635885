"""``daemon``: the daemon is told to end, and the kubelet starts that one container again.

Needs no Kubernetes rights at all: a sidecar in the same pod reaches the loopback address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.clients.daemon import NotListening
from halsync.restart.in_place import InPlace

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings


class DaemonStrategy(InPlace):
    """``POST /shutdown``."""

    name = "daemon"

    def __init__(self, settings: Settings, report: Callable[..., None]) -> None:
        super().__init__(settings, report)
        self._tried = ("", "")
        """Identity of the release that the shutdown was last sent for, and to which process."""

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:  # noqa: ARG002
        if reaction == "none":
            return
        process = self.standing().process
        identity, asked = self._tried
        if identity == release.identity and asked and process != asked:
            # The last try looked as if it had failed, and had not.
            return
        self._tried = (release.identity, process)
        try:
            self._daemon.shutdown()
        except NotListening:
            # It reads what is published when it starts; there is nothing to end.
            return


def make(settings: Settings, report: Callable[..., None]) -> DaemonStrategy:
    """As :func:`halsync.restart.open_strategy`."""
    return DaemonStrategy(settings, report)
