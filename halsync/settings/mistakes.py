"""Everything that is wrong with the settings, in one error."""

from __future__ import annotations

from halsync.errors import ConfigError
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import Settings


class Mistake(NamedTuple):
    """One finding: where (``halsync.yaml:4:3``, ``HALSYNC_TARGT``, ``--keep``), what, remedy."""

    where: str
    message: str
    hint: str = ""


class SettingsError(ConfigError):
    """All mistakes at once. With exactly one it reads like any other error."""

    def __init__(self, mistakes: list[Mistake], settings: Settings | None = None) -> None:
        self.mistakes = tuple(mistakes)
        self.settings = settings
        """What could be read nevertheless, for commands that only look."""
        if len(mistakes) == 1:
            only = mistakes[0]
            super().__init__(only.message, where=only.where, hint=only.hint)
            return
        lines = [f"{len(mistakes)} mistakes in the settings"]
        for mistake in mistakes:
            lines.append(f"  {mistake.where}: {mistake.message}")
            if mistake.hint:
                lines.append(f"    fix: {mistake.hint}")
        super().__init__("\n".join(lines))
