"""Samples of the settings of a Vault source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from halsync.settings.model import SecretRef, Settings
from halsync.settings.spec import SOURCE
from halsync.settings.vault import VaultSettings
from tests.settings.sample import Sample

VAULT = SOURCE + "vault."
VAULT_ADDRESS = VAULT + "address"
_AUTH = VAULT + "auth."


def vault(settings: Settings) -> VaultSettings:
    """The options of the one source."""
    options = settings.sources[0].options
    assert isinstance(options, VaultSettings)
    return options


def _text(
    get: Callable[[VaultSettings], object],
    text: str = "x-1",
    expected: object = None,
    also: Mapping[str, object] = MappingProxyType({}),
) -> Sample:
    return Sample(text, text, expected or text, lambda s: get(vault(s)), also)


def _auth(
    field: str, also: Mapping[str, object] = MappingProxyType({}), text: str = "x-1"
) -> Sample:
    return Sample(text, text, text, lambda s: getattr(vault(s).connection.auth, field), also)


def _secret(
    field: str, also: Mapping[str, object] = MappingProxyType({}), *, login: bool = False
) -> Sample:
    expected = SecretRef(text="/s") if login else SecretRef(file="/s")
    return Sample("/s", "/s", expected, lambda s: getattr(vault(s).connection.auth, field), also)


_APPROLE = {_AUTH + "approle.roleId": "r"}
_KUBERNETES = {_AUTH + "kubernetes.role": "r"}
_JWT = {_AUTH + "jwt.role": "r", _AUTH + "jwt.tokenFile": "/j"}
_AWS = {_AUTH + "aws.role": "r"}
_PASSWORD = {_AUTH + "userpass.passwordFile": "/p"}
_USER = {_AUTH + "userpass.username": "u", **_PASSWORD}
_CERT = {_AUTH + "cert.role": "r", VAULT + "clientCertFile": "/c"}

VAULT_SAMPLES: dict[str, Sample] = {
    VAULT_ADDRESS: _text(lambda v: v.connection.address, "https://v:8200"),
    VAULT + "mount": _text(lambda v: v.mount, "team/kv/", "team/kv"),
    VAULT + "path": Sample("/p/q/", "/p/q/", "p/q", lambda s: s.sources[0].path),
    VAULT + "kvVersion": Sample("2", "2", "2", lambda s: vault(s).kv_version),
    VAULT + "layout": _text(lambda v: v.layout, "directory"),
    VAULT + "version": Sample("3", 3, 3, lambda s: vault(s).version),
    VAULT + "asOf": _text(lambda v: v.as_of, "2026-03-01T12:00:00Z"),
    VAULT + "namespace": _text(lambda v: v.connection.namespace, "acme/platform"),
    VAULT + "caFile": _text(lambda v: v.connection.ca_file, "/ca"),
    VAULT + "serverName": _text(lambda v: v.connection.server_name, "vault.internal"),
    VAULT + "clientCertFile": _text(lambda v: v.connection.client_cert_file, "/c"),
    VAULT + "clientKeyFile": _text(lambda v: v.connection.client_key_file, "/k"),
    VAULT + "timeout": Sample("30s", "30s", 30.0, lambda s: vault(s).connection.timeout),
    _AUTH + "token": _secret("secret"),
    _AUTH + "approle.roleId": _secret("identity", login=True),
    _AUTH + "approle.secretId": _secret("secret", _APPROLE),
    _AUTH + "approle.wrapped": Sample(
        "true", True, True, lambda s: vault(s).connection.auth.wrapped, _APPROLE
    ),
    _AUTH + "approle.mount": _auth("mount", _APPROLE),
    _AUTH + "kubernetes.role": _auth("role"),
    _AUTH + "kubernetes.jwt": _secret("secret", _KUBERNETES),
    _AUTH + "kubernetes.mount": _auth("mount", _KUBERNETES),
    _AUTH + "jwt.role": _auth("role", _JWT),
    _AUTH + "jwt.token": _secret("secret", _JWT),
    _AUTH + "jwt.mount": _auth("mount", _JWT),
    _AUTH + "aws.role": _auth("role"),
    _AUTH + "aws.region": _auth("region", _AWS),
    _AUTH + "aws.serverId": _auth("server_id", _AWS),
    _AUTH + "aws.mount": _auth("mount", _AWS),
    _AUTH + "userpass.username": _secret("identity", _PASSWORD, login=True),
    _AUTH + "userpass.password": _secret("secret", _USER),
    _AUTH + "userpass.mount": _auth("mount", _USER),
    _AUTH + "cert.role": _auth("role", _CERT),
    _AUTH + "cert.mount": _auth("mount", _CERT),
}
