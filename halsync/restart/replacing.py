"""What the strategies have in common that bring a new pod.

This process ends with its pod. The new pod's ``init`` publishes, and the sidecar beside it finds
the marks and confirms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.clients.daemon import Daemon
from halsync.errors import HalsyncError, SourceUnreachable
from halsync.restart.base import Confirmation, Standing
from halsync.restart.beat import Beat
from halsync.restart.confirming import pause, wait
from halsync.restart.deploying import Deployment
from halsync.restart.opening import restart_of
from halsync.restart.workload import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings


class Replacing:
    """See :class:`halsync.restart.base.Strategy`. A process is a pod, by its UID."""

    name = ""
    in_place = False

    def __init__(self, settings: Settings, report: Callable[..., None]) -> None:
        self._restart = restart_of(settings)
        self._place = Place(settings)
        daemon = Daemon(self._restart.daemon_url)
        self._beat = Beat(daemon, settings.target)
        self._deployment = Deployment(
            daemon, settings.target, self._restart.confirm.deploy_timeout, report
        )

    def standing(self) -> Standing:
        uid = str(self._place.pod()["metadata"]["uid"])
        return self._beat.standing()._replace(process=uid)

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        raise NotImplementedError

    def confirm(
        self, before: Standing, release: Release, reaction: Reaction, *, stop: Callable[[], bool]
    ) -> Confirmation:
        if reaction == "none":
            return Confirmation(True, "nothing that Halyard would notice")
        if before.process and before.process == self._place.pod()["metadata"]["uid"]:
            self._wait_for_the_end(stop)
        # The daemon's own process must stay the same while it settles: one that gets healthy
        # and crashes, again and again, is not.
        found = wait(self._beat.standing, self._restart.confirm, old="", stop=stop)
        if not found.healthy or not self._restart.confirm.deploy:
            return found
        return self._deployment.run(release, stop)

    def close(self) -> None:
        self._place.close()

    def _wait_for_the_end(self, stop: Callable[[], bool]) -> None:
        """Of this pod. That it does not come says nothing about the release, so the release is
        not blamed for it.

        Raises:
            Interrupted: it comes.
            SourceUnreachable: it does not.
        """
        pause(self._restart.confirm.timeout, stop)
        raise SourceUnreachable(
            f"no new pod came within {self._restart.confirm.timeout:g} s{self._why()}",
            where="/".join(self._place.workload()),
            hint="look at kubectl describe; nothing else is tried meanwhile",
        )

    def _why(self) -> str:
        try:
            why = self._place.waiting()
        except HalsyncError as error:
            why = error.message
        return f": {why}" if why else ""
