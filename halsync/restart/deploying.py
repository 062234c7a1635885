"""``hal deploy apply`` through the daemon: prep with all checks, then deploy, each followed.

Which task runs for which release is on disk, so that a halsync that starts meanwhile follows it
instead of starting another one. ``configDiff`` is never asked for: it disturbs a deployment that
runs at the same time (``DeploymentController.java:299``).
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from halsync.clients.daemon import Failed
from halsync.clients.daemon.client import succeeded
from halsync.clients.daemon.problems import problems_of
from halsync.errors import PublishError, SourceUnreachable
from halsync.restart import disk
from halsync.restart.base import Confirmation
from halsync.restart.confirming import pause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.clients.daemon import Daemon, Task
    from halsync.clients.daemon.records import Event, Finding
    from halsync.model import Problem
    from halsync.restart.base import Release

_NAME = "deploy.json"
_LARGEST = 4_096
_STEPS = ("prep", "deploy")
_TOLD = 20
"""Problems of one deployment that are told."""


class Deployment:
    """One deployment of one release, begun here or by a halsync that has ended."""

    def __init__(
        self,
        daemon: Daemon,
        target: str,
        seconds: float,
        report: Callable[..., None],
    ) -> None:
        """``seconds``: for all of it."""
        self._daemon = daemon
        self._path = os.path.join(disk.home(target), _NAME) if target else ""
        self._seconds = seconds
        self._report = report
        self._warnings: tuple[Finding, ...] = ()

    def run(self, release: Release, stop: Callable[[], bool]) -> Confirmation:
        """Deploy, or follow what was begun, to the end.

        Raises:
            Interrupted: ``stop`` said so; the daemon goes on.
            HalsyncError: as :class:`halsync.clients.daemon.Daemon`, but for a failure of the
                deployment itself, which is an answer.
        """
        deadline = time.monotonic() + self._seconds
        step, uuid, version = self._begun(release)
        try:
            name = version or self._named(deadline, stop)
            while step < len(_STEPS):
                task = self._daemon.task(uuid) if uuid else None
                if task is None:
                    task = getattr(self._daemon, _STEPS[step])(name)
                    self._remember(release, step, task.uuid, name)
                self._followed(task, deadline, stop)
                step, uuid = step + 1, ""
        except Failed as error:
            self._forget()
            return Confirmation(False, error.message, self._told(error.findings))
        self._forget()
        return Confirmation(True, f"deployment {name} is deployed", self._told(self._warnings))

    def _named(self, deadline: float, stop: Callable[[], bool]) -> str:
        """The current deployment; a daemon that has just started may need another moment."""
        while True:
            try:
                return self._daemon.current_deployment()
            except SourceUnreachable:
                if time.monotonic() >= deadline:
                    raise
                pause(1.0, stop)

    def _followed(self, task: Task, deadline: float, stop: Callable[[], bool]) -> None:
        left = max(deadline - time.monotonic(), 0.1)
        ended = self._daemon.follow(task, left, stop=stop, progress=self._tell)
        self._warnings = ended.findings
        succeeded(ended, self._daemon.url)

    def _tell(self, task: Task, event: Event) -> None:
        text = ": ".join(part for part in (event.stage, event.message) if part)
        self._report("deploying", task=task.name, message=text)

    def _told(self, findings: Sequence[Finding]) -> tuple[Problem, ...]:
        """What Halyard found, told one by one."""
        problems = tuple(problems_of(findings))
        for problem in problems[:_TOLD]:
            self._report(
                "halyard-problem",
                severity=problem.severity,
                message=problem.message,
                location=problem.path,
                hint=problem.hint,
            )
        return problems

    def _begun(self, release: Release) -> tuple[int, str, str]:
        """How far the deployment of this release has come: step, task, deployment."""
        try:
            content = disk.read(self._path, _LARGEST) if self._path else None
            found = json.loads(content or b"{}")
            if found.get("identity") == release.identity and found.get("url") == self._daemon.url:
                return _STEPS.index(found["step"]), str(found["task"]), str(found["deployment"])
        except (PublishError, ValueError, KeyError, AttributeError):
            pass
        return 0, "", ""

    def _remember(self, release: Release, step: int, task: str, name: str) -> None:
        if self._path:
            found = {
                "identity": release.identity,
                "url": self._daemon.url,
                "step": _STEPS[step],
                "task": task,
                "deployment": name,
            }
            disk.replace(self._path, json.dumps(found).encode(), 0o640)

    def _forget(self) -> None:
        if self._path:
            disk.remove(self._path)
