"""What the strategies have in common that leave the pod where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.clients.daemon import Daemon
from halsync.restart.beat import Beat
from halsync.restart.confirming import wait
from halsync.restart.deploying import Deployment
from halsync.restart.opening import restart_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Confirmation, Reaction, Release, Standing
    from halsync.settings.model import Settings


class InPlace:
    """Asks the daemon who it is and how it is. See :class:`halsync.restart.base.Strategy`."""

    name = ""
    in_place = True

    def __init__(self, settings: Settings, report: Callable[..., None]) -> None:
        self._restart = restart_of(settings)
        self._daemon = Daemon(self._restart.daemon_url)
        self._beat = Beat(self._daemon, settings.target)
        self._deployment = Deployment(
            self._daemon, settings.target, self._restart.confirm.deploy_timeout, report
        )

    def standing(self) -> Standing:
        return self._beat.standing()

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        raise NotImplementedError

    def confirm(
        self, before: Standing, release: Release, reaction: Reaction, *, stop: Callable[[], bool]
    ) -> Confirmation:
        if reaction == "none":
            return self._nothing()
        found = wait(
            self._look,
            self._restart.confirm,
            old=before.process if self._replaces(reaction) else "",
            stop=stop,
        )
        if not found.healthy or not self._deploys():
            return found
        return self._deployment.run(release, stop)

    def close(self) -> None:
        """Nothing is kept open."""

    def _replaces(self, reaction: Reaction) -> bool:
        """Whether another process must be seen."""
        return reaction != "none"

    def _deploys(self) -> bool:
        return self._restart.confirm.deploy

    def _look(self) -> Standing:
        """What runs now. Where it cannot be told whether the process is another one, it is: it
        was told to go, and went, or this would not be asked."""
        found = self.standing()
        return found._replace(process=self._beat.another()) if self._beat.doubtful else found

    @staticmethod
    def _nothing() -> Confirmation:
        from halsync.restart.base import Confirmation

        return Confirmation(True, "nothing that Halyard would notice")
