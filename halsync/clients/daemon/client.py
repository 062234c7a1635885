"""Calls of the daemon."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from halsync.clients.daemon.http import Answer, ask
from halsync.clients.daemon.records import ENDED, Event, Failed, Health, Task, shown, task_of
from halsync.errors import Interrupted, RestartFailed, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_POLL = 0.4
"""Seconds between two looks at a task, as the CLI has it (``ResponseUnwrapper.java:37``)."""
_FIRST_POLL = 0.05
"""Most tasks are over at once."""
_LOST = 3
"""Looks in a row at which the task must be unknown: a daemon that starts says so, too."""
_PATIENCE = 20.0
"""Seconds that a daemon may be away while a task of its is followed."""
_AT_ONCE = 90.0
"""Seconds for tasks that end after 60 by themselves."""
_CHECK = ("validate", "true")


def _never() -> bool:
    return False


def _silent(_task: Task, _event: Event) -> None:
    return


class Daemon:
    """One daemon. Every call makes its own connection, so that a restart in between is harmless.

    Unless said otherwise, every method raises
    :class:`~halsync.errors.SourceUnreachable` (nothing listens, no answer in time; worth a
    retry), :class:`~halsync.errors.AccessDenied` (an untrusted certificate) or
    :class:`~halsync.errors.RestartFailed` (the daemon refuses it, or is none).
    """

    def __init__(self, url: str, *, timeout: float = 10.0, poll: float = _POLL) -> None:
        """``timeout``: seconds for one request; ``poll``: between two looks at a task."""
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._poll = poll

    def health(self) -> Health:
        """Whether it is up; a daemon that starts or fails answers, too, and is not."""
        answer = self._ask("GET", "/health")
        try:
            status = json.loads(answer.body).get("status")
        except (ValueError, AttributeError):
            status = None
        if not isinstance(status, str):
            return Health(False, f"answers {answer.status} without a status")
        up = answer.status == 200 and status.upper() == "UP"
        return Health(up, status.upper() if answer.status == 200 else f"{answer.status} {status}")

    def running(self, *, but: Sequence[str] = ()) -> list[str]:
        """Names of the tasks that are being worked on, without those with the ids ``but``."""
        found = self._json("GET", "/v1/tasks/")
        tasks = found.get("tasks") if isinstance(found, dict) else None
        return [
            shown(task.get("name")) or "a task"
            for task in (tasks if isinstance(tasks, list) else [])
            if isinstance(task, dict)
            and task.get("state") not in ENDED
            and task.get("uuid") not in but
        ]

    def task(self, uuid: str) -> Task | None:
        """The task; None if it is not known: it has expired, or the daemon restarted."""
        found = self._json("GET", f"/v1/tasks/{quote(uuid, safe='')}/")
        return None if found is None else task_of(found, self.url)

    def follow(
        self,
        task: Task,
        seconds: float,
        *,
        stop: Callable[[], bool] = _never,
        progress: Callable[[Task, Event], None] = _silent,
    ) -> Task:
        """Wait until the task has ended.

        Args:
            task: as it was when it was started or last seen.
            seconds: how long at most. The task itself goes on after that.
            stop: asked at every look.
            progress: gets every new line of its log.

        Raises:
            Failed: it is lost, which a restart of the daemon does, or it is not over in time.
            Interrupted: ``stop`` said so; the task goes on.
        """
        deadline = time.monotonic() + seconds
        told = lost = 0
        poll = min(_FIRST_POLL, self._poll)
        away: float | None = None
        while True:
            for event in task.events[told:]:
                progress(task, event)
            told = max(told, len(task.events))
            if task.ended:
                return task
            if stop():
                raise Interrupted(15)
            now = time.monotonic()
            if now >= deadline:
                raise self._too_long(task, seconds)
            time.sleep(min(poll, max(deadline - now, 0.01)))
            poll = min(2 * poll, self._poll)
            try:
                seen = self.task(task.uuid)
            except SourceUnreachable:
                away = time.monotonic() if away is None else away
                if time.monotonic() - away > _PATIENCE:
                    raise
                continue
            away = None
            if seen is not None:
                task, lost = seen, 0
                continue
            lost += 1
            if lost >= _LOST:
                raise Failed(
                    f"the task '{task.name}' is lost: the daemon restarted while it ran",
                    task,
                    where=self.url,
                    hint="look at the daemon's log; the task is started again if it is asked for",
                )

    def start(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: object = None
    ) -> Task:
        """Start a task and return it as it then is."""
        return task_of(self._json(method, path, query, body), self.url)

    def current_deployment(self) -> str:
        """Name of the deployment that the config names as current."""
        task = self._succeeded(self.start("GET", "/v1/config/currentDeployment"), _AT_ONCE)
        if not isinstance(task.body, str) or not task.body:
            raise Failed("the daemon names no current deployment", task, where=self.url)
        return task.body

    def validate(self, deployment: str = "", *, stop: Callable[[], bool] = _never) -> Task:
        """Run the checks of a deployment without deploying. The task may have failed: what it
        found is in it either way."""
        try:
            name = deployment or self.current_deployment()
        except Failed as error:
            if not error.findings:
                raise
            return Task("", "validate", "FAILED", (), error.findings, "", "")
        task = self.start("GET", f"/v1/config/deployments/{quote(name, safe='')}", [_CHECK])
        return self.follow(task, _AT_ONCE, stop=stop)

    def prep(self, deployment: str) -> Task:
        """Start the first half of ``hal deploy apply``, with all checks."""
        return self._of(deployment, "prep", [_CHECK])

    def deploy(self, deployment: str) -> Task:
        """Start the second half, without checks, as the CLI does."""
        return self._of(deployment, "deploy", [("validate", "false")])

    def shutdown(self) -> None:
        """End the daemon. Whoever supervises it starts it again, or does not."""
        answer = self._ask("POST", "/shutdown", body={"value": None})
        if answer.status != 200:
            raise RestartFailed(
                f"the daemon refuses to end ({answer.status})",
                where=f"{self.url}/shutdown",
                hint="set management.endpoint.shutdown.enabled: true in halyard.yml and expose it"
                " with management.endpoints.web.exposure.include, as the shipped file does",
            )

    def version(self) -> str:
        """Halyard's own version; empty if it does not know."""
        task = self.start("GET", "/v1/config/currentDeployment")
        return "" if task.version == "Unknown" else task.version

    def mark(self) -> str:
        """The id of a task that is known to this process of the daemon and to no later one.

        It is the cheapest task there is, and it does not matter how it ends.
        """
        return self.start("GET", "/v1/config/currentDeployment").uuid

    def _of(self, deployment: str, what: str, query: Sequence[tuple[str, str]]) -> Task:
        path = f"/v1/config/deployments/{quote(deployment, safe='')}/{what}/"
        return self.start("POST", path, query, body="")

    def _succeeded(self, task: Task, seconds: float) -> Task:
        return succeeded(self.follow(task, seconds), self.url)

    def _too_long(self, task: Task, seconds: float) -> Failed:
        last = f"; its last words: {task.events[-1].message}" if task.events else ""
        return Failed(
            f"the task '{task.name}' is not over after {seconds:g} s{last}",
            task,
            where=self.url,
            hint="look at the daemon's log; raise restart.confirm.deployTimeout if it needs longer",
        )

    def _json(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: object = None
    ) -> Any:
        """The parsed answer; None for an empty one."""
        answer = self._ask(method, path, query, body)
        if answer.status >= 500:
            raise SourceUnreachable(
                f"the daemon answers {answer.status}{_said(answer)}",
                where=self.url + path,
                hint="look at the daemon's log",
            )
        if answer.status >= 300:
            raise RestartFailed(
                f"the daemon refuses it ({answer.status}){_said(answer)}",
                where=self.url + path,
                hint="check restart.daemonUrl and the version of Halyard",
            )
        if not answer.body.strip():
            return None
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise RestartFailed(
                "the answer is not JSON",
                where=self.url + path,
                hint="check restart.daemonUrl: something else listens there",
            ) from error

    def _ask(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: object = None
    ) -> Answer:
        return ask(self.url, method, path, query=query, body=body, timeout=self._timeout)


def succeeded(task: Task, where: str) -> Task:
    """The task, if it did what it should.

    Raises:
        Failed: it did not; with its findings.
    """
    if task.state == "SUCCEEDED":
        return task
    worst = [each for each in task.findings if each.severity in ("ERROR", "FATAL")]
    why = task.failure or (worst[0].message if worst else "")
    words = {"TIMED_OUT": "took too long and was ended", "INTERRUPTED": "was interrupted"}
    told = words.get(task.state, "failed")
    raise Failed(
        f"the task '{task.name}' {told}{f': {why}' if why else ''}",
        task,
        where=where,
        hint=next((each.remediation for each in worst if each.remediation), "")
        or "correct what Halyard names; its log says more",
    )


def _said(answer: Answer) -> str:
    """What an error page says, if it is Spring's."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    message = shown(found.get("message")) if isinstance(found, dict) else ""
    return f": {message}" if message else ""
