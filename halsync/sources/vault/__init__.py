"""The ``vault`` source: a tree in a key-value engine of Vault or OpenBao."""

from __future__ import annotations

from halsync.sources.vault.source import VaultSource, open_source

__all__ = ["VaultSource", "open_source"]
