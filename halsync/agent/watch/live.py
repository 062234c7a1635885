"""What is live, read again only when somebody has published."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from halsync import publish

if TYPE_CHECKING:
    from halsync.publish import State


class Live:
    """The state below one target."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._home = os.path.join(os.path.realpath(target), ".halsync")
        self._seen: object = ()
        self._state: State | None = None

    def state(self) -> State | None:
        """What is published; None if nothing is.

        Raises:
            PublishError: unreadable, or not made by halsync.
        """
        seen = self._stamp()
        if seen != self._seen:
            self._state = publish.read_state(self._target)
            self._seen = seen
        return self._state

    @property
    def generation(self) -> str:
        """The live generation; empty if nothing is."""
        state = self.state()
        return state.current if state else ""

    def _stamp(self) -> object:
        try:
            link = os.readlink(f"{self._home}/current")
            status = os.stat(f"{self._home}/state.json")
        except OSError as error:
            return error.errno
        return link, status.st_ino, status.st_size, status.st_mtime_ns
