"""Secrets, one by one: the right to list them all is never needed. And Services."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from halsync.clients.kubernetes.api import TIMEOUT
from halsync.clients.kubernetes.failures import ObjectNotFound
from halsync.clients.kubernetes.objects import get
from halsync.errors import SourceUnreachable
from halsync.records import NamedTuple
from halsync.redact import register

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.objects import Object


class SecretContent(NamedTuple):
    """A Secret as it was at one moment."""

    name: str
    data: dict[str, bytes]
    version: str
    """``uid/resourceVersion``: another one if the Secret was changed, or deleted and made anew."""
    type: str = "Opaque"


def read_secret(api: Api, name: str, *, timeout: float = TIMEOUT) -> SecretContent:
    """The Secret, decoded; its values are registered for redaction.

    Raises:
        ObjectNotFound: no such Secret. For the rest see :class:`Api`.
        ConfigError: no Secret can have this name.
    """
    found = get(api, "Secret", name, timeout=timeout)
    try:
        data = {
            key: b64decode(value, validate=True) for key, value in (found.get("data") or {}).items()
        }
    except ValueError as error:
        raise SourceUnreachable(
            "the API's answer holds a value that is not base64", where=f"secret {name}"
        ) from error
    for value in data.values():
        register(value.decode("utf-8", "surrogateescape"))
    return SecretContent(name, data, _version(found), found.get("type", "Opaque"))


def secret_versions(api: Api, names: Iterable[str], *, timeout: float = TIMEOUT) -> dict[str, str]:
    """Version of each Secret, ``""`` for those that do not exist; see :class:`SecretContent`."""
    found = {}
    for name in sorted(set(names)):
        try:
            found[name] = read_secret(api, name, timeout=timeout).version
        except ObjectNotFound:
            found[name] = ""
    return found


def read_service(api: Api, name: str, *, timeout: float = TIMEOUT) -> Object:
    """The Service as the API writes it.

    Raises:
        ObjectNotFound: no such Service. For the rest see :class:`Api`.
    """
    return get(api, "Service", name, timeout=timeout)


def _version(found: Object) -> str:
    metadata = found.get("metadata") or {}
    return f"{metadata.get('uid', '')}/{metadata.get('resourceVersion', '')}"
