"""``dir``: a directory on this machine."""

from __future__ import annotations

from halsync.settings.kinds import OF_SOURCE, Built
from halsync.settings.model import DirSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.resolve import Values


def build(values: Values) -> Built:
    """The settings of a ``dir`` source."""
    return Built(DirSettings(values.get(OF_SOURCE["dir.path"])))
