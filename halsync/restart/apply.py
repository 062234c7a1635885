"""``apply``: the running daemon is asked to deploy. Only its own files need a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.restart.daemon import DaemonStrategy

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings


class ApplyStrategy(DaemonStrategy):
    """``POST …/prep/`` and ``POST …/deploy/``, which :meth:`confirm` does: whether they succeed is
    what confirms the release."""

    name = "apply"

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        if reaction == "daemon":
            super().act(release, reaction, reason)

    def _replaces(self, reaction: Reaction) -> bool:
        return reaction == "daemon"

    def _deploys(self) -> bool:
        return True


def make(settings: Settings, report: Callable[..., None]) -> ApplyStrategy:
    """As :func:`halsync.restart.open_strategy`."""
    return ApplyStrategy(settings, report)
