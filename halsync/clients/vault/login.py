"""The ways to log in: from settings to the ``auth`` block of the server's answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from halsync.clients.vault.failures import failed, quoted
from halsync.errors import AccessDenied, ConfigError
from halsync.redact import register
from halsync.settings.model import SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.clients.vault.transport import Answer, Transport
    from halsync.settings.vault import VaultAuth

POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
"""Where Kubernetes mounts the token of the pod's service account."""

_unwrapped: dict[str, str] = {}
"""Wrapping token → the secret id that it held: it opens once, and logging in again needs it."""
_unwrapping = threading.Lock()


def log_in(transport: Transport) -> Mapping[str, Any]:
    """Log in with the configured method; the ``auth`` block of the answer.

    Raises:
        AccessDenied: the server refuses.
        ConfigError: a secret cannot be read, or there is no such method on the server.
        SourceUnreachable: the server cannot be asked.
    """
    auth = transport.connection.auth
    mount = auth.mount or auth.method
    path, body = _METHODS[auth.method](auth, transport)
    answer = transport.call("post", f"auth/{mount}/{path}", body=body)
    found = answer.body.get("auth")
    if answer.status == 200 and isinstance(found, dict) and found.get("client_token"):
        register(str(found["client_token"]))
        return found
    raise _refused(answer, auth, mount, transport.connection.address)


def _approle(auth: VaultAuth, transport: Transport) -> tuple[str, dict[str, Any]]:
    body = {"role_id": auth.identity.read()}
    if auth.secret:
        secret = auth.secret.read()
        body["secret_id"] = _unwrap(secret, transport) if auth.wrapped else secret
    return "login", body


def _unwrap(wrapping: str, transport: Transport) -> str:
    with _unwrapping:
        if wrapping not in _unwrapped:
            answer = transport.call("post", "sys/wrapping/unwrap", token=wrapping)
            data = answer.body.get("data")
            if answer.status in (400, 403, 404):
                raise AccessDenied(
                    "the wrapping token of the secret id is used up, expired or unknown",
                    where=transport.connection.address,
                    hint="wrap a new secret id; if nobody of yours unwrapped this one, somebody"
                    " else has it: destroy it",
                )
            if answer.status != 200 or not isinstance(data, dict) or not data.get("secret_id"):
                if answer.status == 200:
                    raise ConfigError(
                        "what the wrapping token held is no secret id",
                        where=transport.connection.address,
                        hint="wrap the answer of auth/approle/role/…/secret-id",
                    )
                raise failed(answer, "unwrap the secret id", "", transport.connection.address)
            register(str(data["secret_id"]))
            _unwrapped[wrapping] = str(data["secret_id"])
        return _unwrapped[wrapping]


def _kubernetes(auth: VaultAuth, _transport: Transport) -> tuple[str, dict[str, Any]]:
    token = (auth.secret or SecretRef(file=POD_TOKEN)).read()
    return "login", {"role": auth.role, "jwt": token}


def _jwt(auth: VaultAuth, _transport: Transport) -> tuple[str, dict[str, Any]]:
    return "login", {"role": auth.role, "jwt": auth.secret.read()}


def _userpass(auth: VaultAuth, _transport: Transport) -> tuple[str, dict[str, Any]]:
    return f"login/{auth.identity.read()}", {"password": auth.secret.read()}


def _cert(auth: VaultAuth, _transport: Transport) -> tuple[str, dict[str, Any]]:
    return "login", {"name": auth.role}


def _aws(auth: VaultAuth, _transport: Transport) -> tuple[str, dict[str, Any]]:
    from halsync.clients.vault.aws import signed_question

    return "login", {"role": auth.role, **signed_question(auth.region, auth.server_id)}


_METHODS: dict[str, Callable[[VaultAuth, Transport], tuple[str, dict[str, Any]]]] = {
    "approle": _approle,
    "kubernetes": _kubernetes,
    "jwt": _jwt,
    "userpass": _userpass,
    "cert": _cert,
    "aws": _aws,
}

_HINTS = {
    "approle": "check the role id and the secret id, how often and from where it may be used",
    "kubernetes": "check the role's service accounts and namespaces, and whether the server may"
    " review tokens in this cluster",
    "jwt": "check the role's bound claims, and the clocks of both machines",
    "userpass": "check the user name and the password",
    "cert": "check clientCertFile, and which certificates the role trusts",
    "aws": "check which identities the role is bound to, serverId, region, and this machine's"
    " clock",
}


def _refused(answer: Answer, auth: VaultAuth, mount: str, address: str) -> Exception:
    said = quoted(answer)
    words = f": {said}" if said else ""
    if answer.status == 404 or "no handler for route" in said:
        return ConfigError(
            f"the server has no login at auth/{mount}",
            where=address,
            hint=f"enable {auth.method} there, or name its place in auth.{auth.method}.mount",
        )
    if answer.status in (400, 401, 403):
        role = f" as role {auth.role!r}" if auth.role else ""
        # Servers do not tell a stranger whether a method is mounted there at all.
        place = f"; and that {auth.method} is enabled at auth/{mount}"
        return AccessDenied(
            f"the login with {auth.method}{role} is refused{words}",
            where=address,
            hint=_HINTS[auth.method] + (place if answer.status == 403 else ""),
        )
    if answer.status == 200:
        return ConfigError(
            "what answers there is no Vault server, or wants a second factor",
            where=address,
            hint="check vault.address; halsync cannot answer for a second factor",
        )
    return failed(answer, f"log in with {auth.method}", "", address)
