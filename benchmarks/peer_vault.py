"""What one would write without halsync: hvac, one secret after the other.

``python benchmarks/peer_vault.py ADDRESS TOKEN_FILE MOUNT PATH…`` reads every secret.
"""

from __future__ import annotations

import sys
from pathlib import Path

import hvac  # type: ignore[import-untyped]


def main() -> None:
    address, token, mount, *paths = sys.argv[1:]
    client = hvac.Client(address, token=Path(token).read_text())
    for path in paths:
        found = client.secrets.kv.v2.read_secret_version(path, mount_point=mount)
        assert found["data"]["data"]["content"] is not None


if __name__ == "__main__":
    main()
