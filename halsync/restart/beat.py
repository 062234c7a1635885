"""Which process of the daemon answers, told through its own API and without any rights.

Tasks live in the daemon's memory: one that was started a moment ago is known to the process that
started it and to no other. So a small task is left there as a mark. While the mark is known the
process is the same, and a fresh mark is left before the old one expires; a mark that is unknown
too early means another process. What is on disk lets the next halsync go on with the same mark.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from halsync.errors import AccessDenied, HalsyncError, PublishError
from halsync.restart import disk
from halsync.restart.base import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.clients.daemon import Daemon

_NAME = "daemon.json"
_LARGEST = 4_096
_FRESH = 45.0
"""Seconds after which a new mark is left."""
_EXPIRES = 170.0
"""Seconds for which a mark is surely known: a task of 60 s is kept for 120 s more."""


class Beat:
    """The daemon as it is seen from outside."""

    def __init__(
        self, daemon: Daemon, target: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.daemon = daemon
        self.doubtful = False
        """Whether the latest answer may come from another process than the identity says: the
        mark had expired before anybody looked."""
        self._clock = clock
        self._path = os.path.join(disk.home(target), _NAME) if target else ""
        self._identity, self._mark, self._made = self._load()

    @property
    def mark(self) -> str:
        """Id of the task that was left as a mark; empty if none was."""
        return self._mark

    def standing(self) -> Standing:
        """Which process answers, and whether it is healthy. Never raises for a daemon that is
        away; ``doubtful`` belongs to this answer.

        Raises:
            AccessDenied: its certificate is not trusted.
        """
        self.doubtful = False
        try:
            health = self.daemon.health()
            process = self._process()
        except AccessDenied:
            raise
        except HalsyncError as error:
            return Standing("", False, error.message)
        return Standing(process, health.up, "" if health.up else f"the daemon says {health.detail}")

    def another(self) -> str:
        """Settle a doubt: it is another process. Its new name."""
        self.doubtful = False
        self._keep(self._mark, self._mark, self._made)
        return self._identity

    def _process(self) -> str:
        now = self._clock()
        age = now - self._made
        if self._mark and self.daemon.task(self._mark) is not None:
            if not 0 <= age < _FRESH:
                self._leave(self._identity, now)
            return self._identity
        mark = self.daemon.mark()
        self.doubtful = bool(self._mark) and not 0 <= age < _EXPIRES
        self._keep(self._identity if self.doubtful else mark, mark, now)
        return self._identity

    def _leave(self, identity: str, now: float) -> None:
        self._keep(identity, self.daemon.mark(), now)

    def _keep(self, identity: str, mark: str, now: float) -> None:
        self._identity, self._mark, self._made = identity, mark, now
        if self._path:
            text = json.dumps({"process": identity, "mark": mark, "made": now})
            try:
                disk.replace(self._path, text.encode(), 0o640)
            except PublishError:
                # Only the next halsync would need it, and it is careful without.
                return

    def _load(self) -> tuple[str, str, float]:
        try:
            content = disk.read(self._path, _LARGEST) if self._path else None
            found = json.loads(content or b"{}")
            return str(found["process"]), str(found["mark"]), float(found["made"])
        except (PublishError, ValueError, KeyError, TypeError):
            return "", "", 0.0
