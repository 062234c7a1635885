"""``halsync.yaml`` while the sidecar runs: a new one is taken over, a bad one refused once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.agent.watch.identity import stamps
from halsync.errors import HalsyncError

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.agent.report import Report
    from halsync.agent.watch.identity import Stamp
    from halsync.settings.load import Loaded


_read: dict[str, tuple[Stamp, ...]] = {}
"""File → what it was when this process read it last. Between that and the work with what it said
lie seconds in which all else is closed and opened anew, and it may change again."""


class SettingsFile:
    """The file that the settings came from; it may be a link, as in a mounted ConfigMap."""

    def __init__(
        self,
        path: str,
        reload: Callable[[], Loaded],
        report: Report,
        tell: Callable[[HalsyncError], None],
    ) -> None:
        """``path`` is empty where flags and variables say everything: then nothing changes."""
        self.path = path
        self.loaded: Loaded | None = None
        """The new settings, once :meth:`changed` has said that there are some."""
        self._reload = reload
        self._report = report
        self._tell = tell
        self._seen = _read.get(path) or self._stamps()

    def changed(self) -> bool:
        """Whether there are other settings now, and they are good."""
        now = self._stamps()
        if now == self._seen:
            return False
        self._seen = _read[self.path] = now
        try:
            self.loaded = self._reload()
        except HalsyncError as error:
            self._tell(error)
            self._report(
                "refused",
                identity="",
                stage="settings",
                error=f"{error.where or self.path}: {error.message}",
                hint=error.hint,
                problems=0,
            )
            return False
        return True

    def _stamps(self) -> tuple[Stamp, ...]:
        return stamps([self.path] if self.path else [])
