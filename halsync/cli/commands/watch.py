"""``halsync watch``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.agent.watch.run import Sidecar, watch
from halsync.errors import ProblemsError

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.errors import HalsyncError
    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:  # noqa: ARG001
    """Watch until SIGTERM, or one turn with ``--once``."""

    def tell(error: HalsyncError) -> None:
        """All problems for a person; collectors get them in the one line of the event."""
        if isinstance(error, ProblemsError) and not console.as_json:
            from halsync.cli.failures import tell_problems

            tell_problems(error.problems, console)

    sidecar = Sidecar(arguments.reload, console, tell)
    if not arguments.once:
        from halsync.cli.process_one import reap_from_here

        reap_from_here()
    return watch(arguments.loaded, sidecar, once=arguments.once)
