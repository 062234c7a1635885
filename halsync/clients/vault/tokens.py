"""The token of a connection: kept for the process, renewed in time, replaced when it dies.

A sidecar asks every half a minute; it logs in once, not each time. Nothing is written to disk.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from halsync.clients.vault.login import log_in
from halsync.errors import AccessDenied, ConfigError
from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.vault.transport import Transport
    from halsync.settings.vault import VaultConnection

_RENEW_AT = 1 / 3
"""Of its time to live: what must be left of a token that is used as it is."""
_LEAST = 5.0
"""Seconds that must be left in any case."""
_LOOK_AFTER = 60.0
"""A token out of a file is looked up only by who runs longer than this."""


class _Held(NamedTuple):
    token: str
    since: float
    """``time.monotonic()``."""
    ttl: float = 0
    """Seconds from ``since``; 0: does not end, or not known."""
    renewable: bool = False
    known: bool = False
    """Whether the server told its time to live."""


_held: dict[VaultConnection, _Held] = {}
_locks: dict[VaultConnection, threading.Lock] = {}
"""One for each connection: a server that hangs is not to hold up the others."""


def forget() -> None:
    """Drop all tokens (for tests)."""
    _held.clear()


def _lock_of(transport: Transport) -> threading.Lock:
    return _locks.setdefault(transport.connection, threading.Lock())


def token_for(transport: Transport) -> str:
    """A token that is good for a while yet.

    Raises:
        AccessDenied, ConfigError, SourceUnreachable: there is none to be had.
    """
    auth = transport.connection.auth
    with _lock_of(transport):
        if not auth.method:
            raise ConfigError(
                "nothing says how to log in to Vault",
                where=transport.connection.address,
                hint="name a token (--vault-token-file, auth.tokenFile), or another way below auth",
            )
        held = _held.get(transport.connection)
        if auth.method == "token":
            token = auth.secret.read()
            if not token:
                # To go on without one would look as if it lacked rights.
                raise ConfigError(
                    f"the token in {auth.secret.file or auth.secret.env} is empty",
                    where=transport.connection.address,
                    hint="check the Secret that it comes from (auth.tokenFile)",
                )
            held = _from_file(token, held, transport)
        if held is None or (_ending(held) and (held := _renewed(held, transport)) is None):
            held = _logged_in(transport)
        _held[transport.connection] = held
        return held.token


def replacement(refused: str, transport: Transport) -> str:
    """Another token than the one that was refused; empty if that one is good.

    Then the refusal was about what it may do, and not about who asks.

    Raises:
        AccessDenied, ConfigError, SourceUnreachable: the token is dead and there is no other.
    """
    with _lock_of(transport):
        held = _held.get(transport.connection)
        if held is not None and held.token != refused:
            return held.token  # another thread was here before
        if alive(refused, transport):
            return ""
        auth = transport.connection.auth
        if auth.method == "token":
            fresh = auth.secret.read()
            if fresh == refused:
                raise AccessDenied(
                    "the token is refused: expired, revoked, or of another server or namespace",
                    where=transport.connection.address,
                    hint=f"put a good one into {auth.secret.file or auth.secret.env}, or let"
                    " halsync log in by itself (auth)",
                )
            held = _Held(fresh, time.monotonic())
        else:
            held = _logged_in(transport)
        _held[transport.connection] = held
        return held.token


def alive(token: str, transport: Transport) -> bool:
    """Whether the server knows the token, even if it does not let it look at itself.

    A known token that lacks a right is told ``1 error occurred: * permission denied``; an
    unknown one ``permission denied`` alone, or with ``invalid token`` behind it.
    """
    answer = transport.call("get", "auth/token/lookup-self", token=token)
    return answer.status == 200 or any(
        error.startswith("1 error occurred") for error in answer.errors
    )


def _from_file(token: str, held: _Held | None, transport: Transport) -> _Held:
    now = time.monotonic()
    if held is None or held.token != token:
        return _Held(token, now)
    if held.known or now - held.since < _LOOK_AFTER:
        return held
    answer = transport.call("get", "auth/token/lookup-self", token=token)
    data = answer.body.get("data")
    if answer.status != 200 or not isinstance(data, dict):
        return held._replace(known=True)  # not told: it is used until it is refused
    return _Held(token, now, _number(data, "ttl"), bool(data.get("renewable")), True)


def _logged_in(transport: Transport) -> _Held:
    if transport.connection.auth.method == "token":
        raise AccessDenied(
            "the token has expired or is about to, and cannot be renewed",
            where=transport.connection.address,
            hint="put a new one into the file, or let halsync log in by itself (auth)",
        )
    return _from(log_in(transport))


def _ending(held: _Held) -> bool:
    if not held.ttl:
        return False
    left = held.since + held.ttl - time.monotonic()
    return left < max(_LEAST, held.ttl * _RENEW_AT) if held.ttl > _LEAST else left <= 0


def _renewed(held: _Held, transport: Transport) -> _Held | None:
    """The same token with more time; None if it got none and a login must follow."""
    if held.renewable:
        answer = transport.call("post", "auth/token/renew-self", token=held.token, body={})
        found = answer.body.get("auth")
        if answer.status == 200 and isinstance(found, dict) and found.get("client_token"):
            renewed = _from(found)
            if not _ending(renewed) and renewed.ttl >= held.ttl * _RENEW_AT:
                return renewed
    left = held.since + held.ttl - time.monotonic()
    if transport.connection.auth.method == "token" and left > _LEAST:
        return held  # its end cannot be put off; until then it is good
    return None


def _from(auth: Mapping[str, object]) -> _Held:
    ttl = _number(auth, "lease_duration")
    renewable = bool(auth.get("renewable"))
    return _Held(str(auth["client_token"]), time.monotonic(), ttl, renewable, True)


def _number(found: Mapping[str, object], key: str) -> float:
    value = found.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
