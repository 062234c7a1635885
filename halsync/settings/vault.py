"""Settings of Vault and OpenBao servers. Durations are seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from halsync.records import NamedTuple
from halsync.settings.model import SecretRef

if TYPE_CHECKING:
    from datetime import datetime

Method = Literal["", "token", "approle", "kubernetes", "jwt", "aws", "userpass", "cert"]


class VaultAuth(NamedTuple):
    """How to log in. One record for all methods, so that two methods are never equal."""

    method: Method = ""
    """Empty: not configured."""
    mount: str = ""
    """Where the method is mounted below ``auth/``; empty: under its own name."""
    role: str = ""
    """Role of ``kubernetes``, ``jwt``, ``aws`` and ``cert``."""
    identity: SecretRef = SecretRef()
    """Role id of ``approle``, user name of ``userpass``."""
    secret: SecretRef = SecretRef()
    """Token, secret id, service account token (empty: the pod's), JWT or password."""
    wrapped: bool = False
    """``secret`` of ``approle`` is a wrapping token that holds the secret id."""
    region: str = ""
    """Of the STS endpoint of ``aws``."""
    server_id: str = ""
    """Value of the ``X-Vault-AWS-IAM-Server-ID`` header of ``aws``."""


class VaultConnection(NamedTuple):
    """One server, and who talks to it."""

    address: str
    """``https://vault.example.com:8200``."""
    auth: VaultAuth = VaultAuth()
    namespace: str = ""
    ca_file: str = ""
    server_name: str = ""
    """The name that the server's certificate must carry; empty: that of the address."""
    client_cert_file: str = ""
    client_key_file: str = ""
    timeout: float = 10
    """Of one request; the run's deadline may cut it shorter."""


class VaultSettings(NamedTuple):
    """A configuration tree in one KV mount. Two equal values are fetched once."""

    connection: VaultConnection
    mount: str = "secret"
    kv_version: Literal["auto", "1", "2"] = "auto"
    layout: Literal["auto", "file", "directory"] = "auto"
    version: int = 0
    """The version that every secret is read at; 0: its newest."""
    as_of: str = ""
    """The newest versions that were there at this time, RFC 3339; empty: now."""

    def asked_for(self) -> tuple[str, str]:
        """As :meth:`halsync.settings.model.KindSettings.asked_for`."""
        ref = f"version {self.version}" if self.version else self.as_of
        return f"{self.connection.address}/{self.mount}", ref


def moment(text: str) -> datetime:
    """A time as servers write it (RFC 3339, up to nanoseconds).

    Raises:
        ValueError: it is not one.
    """
    from datetime import UTC, datetime

    head, point, rest = text.strip().replace("Z", "+00:00").replace("z", "+00:00").partition(".")
    if point:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        # datetime knows microseconds at most.
        head += f".{digits[:6]:0<6}{rest[len(digits) :]}"
    found = datetime.fromisoformat(head)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
