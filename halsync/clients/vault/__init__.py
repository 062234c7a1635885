"""Vault and OpenBao: logging in, and the key-value engines of versions 1 and 2.

    client = connect(connection, deadline)
    secret = client.kv("secret").read("spinnaker/passwords")
    secret.data["password"]

Nothing is loaded or asked before the first request.
"""

from __future__ import annotations

from halsync.clients.vault.client import VaultClient, connect
from halsync.clients.vault.kv import Kv
from halsync.clients.vault.records import Metadata, Mount, Secret, Version

__all__ = ["Kv", "Metadata", "Mount", "Secret", "VaultClient", "Version", "connect"]
