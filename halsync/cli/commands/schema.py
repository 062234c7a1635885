"""``halsync schema NAME``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.settings.schema import schema_text

if TYPE_CHECKING:
    from types import SimpleNamespace

    from halsync.observe.console import Console
    from halsync.settings.model import Settings


def run(settings: Settings, arguments: SimpleNamespace, console: Console) -> int:  # noqa: ARG001
    """Print a JSON schema that halsync ships."""
    console.print(schema_text(arguments.name).rstrip("\n"))
    return 0
