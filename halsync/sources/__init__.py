"""Where configuration comes from. Adding a kind: one module, one line in ``_KINDS``."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import KindSettings
    from halsync.sources.base import Context, Source

_KINDS = {
    "GitSettings": "halsync.sources.git",
    "DirSettings": "halsync.sources.directory",
    "S3Settings": "halsync.sources.s3",
    "VaultSettings": "halsync.sources.vault",
}
"""Settings type → module whose ``open_source(options, context)`` makes the source."""


def open_source(options: KindSettings, context: Context) -> Source:
    """Make the source for these settings. Loads only the module of that kind; no I/O yet."""
    module = import_module(_KINDS[type(options).__name__])
    source: Source = module.open_source(options, context)
    return source
