"""``pod``: the own pod is deleted, and its controller makes a new one.

For clusters that do not let a pod patch the StatefulSet that it comes from, which would be the
right to run anything there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.clients.kubernetes.failures import Conflict, ObjectNotFound
from halsync.clients.kubernetes.pods import delete_pod
from halsync.restart.replacing import Replacing

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings


class PodStrategy(Replacing):
    """Needs ``get`` and ``delete`` of pods."""

    name = "pod"

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:  # noqa: ARG002
        if reaction == "none":
            return
        own = self._place.pod()["metadata"]
        try:
            delete_pod(self._place.api, own["name"], uid=own["uid"])
        except (ObjectNotFound, Conflict):
            # It is gone, or another one has its name: that is what was wanted.
            return


def make(settings: Settings, report: Callable[..., None]) -> PodStrategy:
    """As :func:`halsync.restart.open_strategy`."""
    return PodStrategy(settings, report)
