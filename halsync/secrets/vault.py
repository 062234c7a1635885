"""Secrets in Vault or OpenBao, key-value engines of version 1 and 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halsync.errors import ConfigError
from halsync.secrets.base import Answer, Unavailable, as_bytes, by_content, by_key

if TYPE_CHECKING:
    from halsync.clients.vault import Secret, VaultClient
    from halsync.secrets.base import Context, Item, Wanted


class VaultReader:
    """``halsync(vault:MOUNT/PATH#KEY)`` and Spinnaker's ``encrypted:vault!e:…!p:…!k:…``."""

    def __init__(self, context: Context) -> None:
        from halsync.clients.vault import connect

        connection = context.settings.vault
        if connection is None or not connection.address:
            raise ConfigError(
                "the configuration references Vault, and no server is named",
                where="secrets.vault",
                hint="set secrets.vault.address and how to log in (secrets.vault.auth…)",
            )
        self._client: VaultClient = connect(connection, context.deadline)
        self._mounts: dict[str, str] = {}

    def read(self, item: Item, keys: frozenset[str]) -> Answer:  # noqa: ARG002
        mount, path = self._place(item)
        found = self._client.kv(mount).read(path)
        values = {key: as_bytes(value) for key, value in found.data.items()}
        return Answer(values, _version(found, values))

    def version(self, item: Item, keys: frozenset[str]) -> str:
        from halsync.errors import AccessDenied

        mount, path = self._place(item)
        kv = self._client.kv(mount)
        if kv.mount.version == 2:
            try:
                about = kv.metadata(path)
            except AccessDenied:
                # Many policies allow to read the secret and not what is known of it.
                return self.read(item, keys).version
            newest = about.newest()
            if newest is not None and not newest.gone:
                return f"{newest.number}@{newest.created}"
        return self.read(item, keys).version

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        return by_key(answer, wanted, f"the secret {wanted.item.name} of Vault")

    def close(self) -> None:
        self._client.close()

    def _place(self, item: Item) -> tuple[str, str]:
        """The engine's mount and the path in it."""
        mount = item.option("mount")
        if mount:
            return mount, item.name.strip("/")
        mount = self._mount_of(item.name)
        path = item.name[len(mount) + 1 :]
        if not path:
            raise Unavailable(
                "missing",
                f"{item.name} names an engine of Vault and no secret in it",
                "write MOUNT/PATH#KEY",
            )
        return mount, path

    def _mount_of(self, path: str) -> str:
        """Mounts may have slashes; the server knows which part of a path is one."""
        first = path.partition("/")[0]
        if first not in self._mounts:
            answer = self._client.call("get", f"sys/internal/ui/mounts/{path}")
            data = answer.body.get("data") if answer.status == 200 else None
            mount = str(data.get("path", "")).strip("/") if isinstance(data, dict) else ""
            if mount and "/" in mount:
                return mount
            self._mounts[first] = mount or first
        return self._mounts[first]


def _version(found: Secret, values: dict[str, bytes]) -> str:
    if found.version:
        return f"{found.version}@{found.created}"
    # Engines of version 1 count none.
    return by_content(part for key in sorted(values) for part in (key.encode(), values[key]))
