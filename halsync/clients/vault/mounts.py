"""Which kind of engine a mount is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from halsync.clients.vault.failures import failed, understood
from halsync.clients.vault.records import Mount
from halsync.errors import AccessDenied, ConfigError, SourceNotFound

if TYPE_CHECKING:
    from halsync.clients.vault.client import VaultClient
    from halsync.settings.vault import VaultConnection

_KEEP = 600.0
"""Seconds for which an answer holds: engines change their version once in their life."""

_known: dict[tuple[VaultConnection, str, str], tuple[float, Mount]] = {}


def forget() -> None:
    """Drop what is known (for tests)."""
    _known.clear()


def probe(client: VaultClient, name: str, version: Literal["auto", "1", "2"]) -> Mount:
    """Ask ``sys/internal/ui/mounts``, as the servers' own clients do.

    Whoever may do anything below the mount may ask this.

    Raises:
        SourceNotFound, AccessDenied: there is no such mount, or nothing is allowed there.
        ConfigError: it is no key-value engine.
    """
    mount = known(client, name, version)
    if mount is None:
        mount = _ask(client, name, version)
        _known[client.connection, name, version] = time.monotonic(), mount
    return mount


def known(client: VaultClient, name: str, version: str) -> Mount | None:
    """What an earlier client of this process was told, if that is not long ago."""
    asked, mount = _known.get((client.connection, name, version), (0.0, None))
    return mount if mount is not None and time.monotonic() - asked <= _KEEP else None


def _ask(client: VaultClient, name: str, version: str) -> Mount:
    where = client.connection.address
    answer = client.call("get", f"sys/internal/ui/mounts/{name}")
    if answer.status in (403, 404, 405):
        if version != "auto":
            return Mount(name, int(version))
        return _guess(client, name)
    data = client.data(answer, f"ask what is mounted at {name!r}")
    kind, path = str(data.get("type")), str(data.get("path")).strip("/")
    if path != name and name.startswith(path + "/"):
        raise ConfigError(
            f"the engine is mounted at {path!r}, not at {name!r}",
            where=where,
            hint=f"set vault.mount to {path} and begin vault.path with {name[len(path) + 1 :]}",
        )
    if kind not in ("kv", "generic"):
        raise ConfigError(
            f"what is mounted at {name!r} is of type {kind}, not a key-value engine",
            where=where,
            hint="set vault.mount to an engine of type kv",
        )
    with understood(f"ask what is mounted at {name!r}", where):
        told = (data.get("options") or {}).get("version")
        number = int(version if version != "auto" else told or 1)
    # HashiCorp's builtin plugins call themselves +builtin or +builtin.vault.
    running = str(data.get("running_plugin_version", ""))
    random = str(data.get("uuid") or data.get("accessor") or "")
    return Mount(name, number, random, "bao" in running or not running)


def _guess(client: VaultClient, name: str) -> Mount:
    """Where asking is denied: version 2 is the one whose metadata may be listed."""
    where = client.connection.address
    for number, path in ((2, f"{name}/metadata"), (1, name)):
        answer = client.call("list", path)
        if answer.status == 200:
            return Mount(name, number)
        if any("no handler" in error for error in answer.errors):
            raise SourceNotFound(
                f"nothing is mounted at {name!r}",
                where=where,
                hint="check vault.mount, and vault.namespace",
            )
        if answer.status not in (403, 404, 405):
            raise failed(answer, f"list {name!r}", "", where)
    raise AccessDenied(
        f"nothing is mounted at {name!r}, or nothing is allowed there",
        where=where,
        hint=f'check vault.mount; the policy needs: path "{name}/data/..." {{ capabilities ='
        ' ["read"] }; where only asking is forbidden, set vault.kvVersion',
    )
