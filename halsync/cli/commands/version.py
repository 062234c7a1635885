"""``halsync version``."""

from __future__ import annotations

import sys

from halsync import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:  # noqa: ARG001
    """Print the version of halsync, and with JSON that of Python."""
    if arguments.output == "json":
        from halsync.observe.lines import encode

        python = ".".join(map(str, sys.version_info[:3]))
        console.print(encode({"halsync": __version__, "python": python}))
    else:
        console.print(f"halsync {__version__}")
    return 0
