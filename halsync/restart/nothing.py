"""``none``: what is published is published, and that is all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.restart.base import Confirmation, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings


class NoStrategy:
    """See :class:`halsync.restart.base.Strategy`."""

    name = "none"
    in_place = True

    def standing(self) -> Standing:
        return Standing("", True)

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        """Nobody is told."""

    def confirm(
        self,
        before: Standing,  # noqa: ARG002
        release: Release,  # noqa: ARG002
        reaction: Reaction,  # noqa: ARG002
        *,
        stop: Callable[[], bool],  # noqa: ARG002
    ) -> Confirmation:
        return Confirmation(True, "published; nobody is told (restart.strategy none)")

    def close(self) -> None:
        """Nothing is kept open."""


def make(settings: Settings, report: Callable[..., None]) -> NoStrategy:  # noqa: ARG001
    """As :func:`halsync.restart.open_strategy`."""
    return NoStrategy()
