"""One server and one identity; engines are asked through :meth:`VaultClient.kv`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

from halsync.clients.vault.failures import failed
from halsync.clients.vault.tokens import replacement, token_for
from halsync.clients.vault.transport import Transport
from halsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.vault.kv import Kv
    from halsync.clients.vault.transport import Answer
    from halsync.settings.vault import VaultConnection


class VaultClient:
    """Talks to one server. Its methods may be called by several threads at once.

    Every one raises :class:`~halsync.errors.SourceUnreachable` (worth a retry),
    :class:`~halsync.errors.SourceNotFound`, :class:`~halsync.errors.AccessDenied` or
    :class:`~halsync.errors.ConfigError`; nothing else.
    """

    def __init__(self, connection: VaultConnection, deadline: float) -> None:
        self.connection = connection
        self._transport = Transport(connection, deadline)
        self._lock = threading.Lock()
        self._token = ""
        self._good = ""
        """The token of which is known that it is alive."""
        self._engines: dict[str, Kv] = {}

    @property
    def deadline(self) -> float:
        """``time.monotonic()`` value at which all network work must be over."""
        return self._transport.deadline

    def renew(self, deadline: float) -> None:
        """Begin another round of work, with a token that is looked at anew."""
        self._transport.renew(deadline)
        self._token = self._good = ""

    def kv(self, mount: str = "secret", version: Literal["auto", "1", "2"] = "auto") -> Kv:
        """The key-value engine at ``mount``; nothing is asked yet."""
        from halsync.clients.vault.kv import Kv

        name = mount.strip("/")
        if not name:
            raise ConfigError("vault.mount is empty", hint="name the key-value engine: secret")
        with self._lock:
            if name not in self._engines:
                self._engines[name] = Kv(self, name, version)
            return self._engines[name]

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request as the logged-in identity. A token that died meanwhile is replaced, once.

        Raises:
            SourceUnreachable, AccessDenied, ConfigError: there is no answer, or no login.
        """
        token = self._token or self._fresh()
        answer = self._transport.call(method, path, token=token, body=body, query=query)
        if answer.status not in (401, 403) or token == self._good:
            return answer
        fresh = replacement(token, self._transport)
        if not fresh:
            self._good = token
            return answer
        self._token = fresh
        return self._transport.call(method, path, token=fresh, body=body, query=query)

    def data(
        self,
        answer: Answer,
        what: str,
        line: str = "",
    ) -> Mapping[str, Any]:
        """``data`` of a good answer.

        Args:
            what: what was tried, in words.
            line: the line of a policy that allows it.

        Raises:
            HalsyncError: the answer is not good; see :mod:`halsync.clients.vault.failures`.
        """
        if answer.status not in (200, 204):
            raise failed(answer, what, line, self.connection.address)
        data = answer.body.get("data")
        if isinstance(data, dict):
            return data
        raise ConfigError(
            f"what answers there is no Vault server: no data when asked to {what}",
            where=self.connection.address,
            hint="check vault.address",
        )

    def close(self) -> None:
        """Drop the connections; the token stays for the next client of this process."""
        self._transport.close()

    def _fresh(self) -> str:
        self._token = token_for(self._transport)
        return self._token


def connect(connection: VaultConnection, deadline: float) -> VaultClient:
    """A client; no I/O yet.

    Args:
        deadline: ``time.monotonic()`` value at which all its network work must be over.
    """
    return VaultClient(connection, deadline)
