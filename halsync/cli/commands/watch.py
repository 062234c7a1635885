"""``halsync watch``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:
    """Watch until SIGTERM, or one turn with ``--once``."""
    from halsync.agent.watch.run import watch

    return watch(settings, arguments.reload, console, once=arguments.once)
