"""The settings of a Vault source."""

from __future__ import annotations

from halsync.settings.spec import LOOKING, SOURCE, Option

_VAULT = SOURCE + "vault."
_AUTH = _VAULT + "auth."


def _mount(method: str) -> Option:
    return Option(
        f"{_AUTH}{method}.mount",
        "text",
        f"Where the method is mounted below auth/; by default {method}.",
        example=f"{method}-prod",
    )


VAULT: tuple[Option, ...] = (
    Option(
        _VAULT + "address",
        "url",
        "A Vault or OpenBao server.",
        flag="--vault",
        metavar="URL",
        commands=LOOKING,
        group="Source",
        example="https://vault.example.com:8200",
    ),
    Option(
        _VAULT + "mount",
        "text",
        "The key-value engine that holds the configuration.",
        "secret",
        "--vault-mount",
        "MOUNT",
        commands=LOOKING,
        group="Source",
        example="team/kv",
    ),
    Option(
        _VAULT + "path",
        "subpath",
        "Path in that engine below which the configuration lies; empty for all of it.",
        "",
        "--vault-path",
        "SUB",
        commands=LOOKING,
        group="Source",
        example="spinnaker/hal",
    ),
    Option(
        _VAULT + "kvVersion",
        "choice",
        "Version of the key-value engine; 'auto' asks the server.",
        "auto",
        choices=("auto", "1", "2"),
    ),
    Option(
        _VAULT + "layout",
        "choice",
        "What a secret is: 'file' with its text in the key content, or 'directory' with a file "
        "in each key; 'auto' looks.",
        "auto",
        "--vault-layout",
        choices=("auto", "file", "directory"),
        commands=LOOKING,
        group="Source",
    ),
    Option(
        _VAULT + "version",
        "integer",
        "The version that every secret is read at; 0 for its newest.",
        0,
        example="3",
    ),
    Option(
        _VAULT + "asOf",
        "text",
        "Read the versions that were the newest at this time (RFC 3339).",
        example='"2026-03-01T12:00:00Z"',
    ),
    Option(
        _VAULT + "namespace",
        "text",
        "Namespace of the server in which the engine and the login lie.",
        flag="--vault-namespace",
        metavar="NAME",
        commands=LOOKING,
        group="Access",
        example="acme/platform",
    ),
    Option(
        _VAULT + "caFile",
        "path",
        "Certificates, PEM, that the server's certificate must lead to.",
        flag="--vault-ca-file",
        commands=LOOKING,
        group="Access",
        example="/etc/ssl/acme-ca.pem",
    ),
    Option(
        _VAULT + "serverName",
        "text",
        "The name that the server's certificate carries, if it is not that of the address.",
        example="vault.internal",
    ),
    Option(
        _VAULT + "clientCertFile",
        "path",
        "Certificate, PEM, that halsync shows to the server.",
        example="/run/secrets/vault-client.pem",
    ),
    Option(
        _VAULT + "clientKeyFile",
        "path",
        "Private key, PEM, of that certificate.",
        example="/run/secrets/vault-client.key",
    ),
    Option(
        _VAULT + "timeout",
        "duration",
        "Time for one request.",
        "10s",
        example="30s",
    ),
    Option(
        _AUTH + "token",
        "secret",
        "A token, for instance the one that a Vault agent keeps fresh.",
        flag="--vault-token-file",
        commands=LOOKING,
        group="Access",
        example="/run/secrets/vault-token",
    ),
    Option(
        _AUTH + "approle.roleId",
        "login",
        "Role id of an AppRole.",
        example="0d5c4a5f-8a64-4c8f-a0a4-6dd3b34a9dd6",
    ),
    Option(
        _AUTH + "approle.secretId",
        "secret",
        "Secret id of the AppRole; leave it out for a role that needs none.",
        example="/run/secrets/vault-secret-id",
    ),
    Option(
        _AUTH + "approle.wrapped",
        "boolean",
        "The secret id is wrapped: what is named is a single-use token that holds it.",
        False,
    ),
    _mount("approle"),
    Option(
        _AUTH + "kubernetes.role",
        "text",
        "Role to log in to with the pod's service account.",
        flag="--vault-role",
        metavar="ROLE",
        commands=LOOKING,
        group="Access",
        example="halyard",
    ),
    Option(
        _AUTH + "kubernetes.jwt",
        "secret",
        "Service account token; by default the one that Kubernetes mounts into every pod.",
        example="/var/run/secrets/vault/token",
    ),
    _mount("kubernetes"),
    Option(
        _AUTH + "jwt.role",
        "text",
        "Role to log in to with a JSON web token, for instance that of a CI job.",
        example="ci",
    ),
    Option(
        _AUTH + "jwt.token",
        "secret",
        "The JSON web token.",
        example="/run/secrets/ci-token",
    ),
    _mount("jwt"),
    Option(
        _AUTH + "aws.role",
        "text",
        "Role to log in to with the AWS identity of this machine, pod or environment.",
        example="halyard",
    ),
    Option(
        _AUTH + "aws.region",
        "text",
        "Region whose STS the server asks about the identity; by default the global one.",
        "",
        example="eu-west-1",
    ),
    Option(
        _AUTH + "aws.serverId",
        "text",
        "What the server demands in the header X-Vault-AWS-IAM-Server-ID.",
        example="vault.example.com",
    ),
    _mount("aws"),
    Option(
        _AUTH + "userpass.username",
        "login",
        "User name.",
        example="spinnaker",
    ),
    Option(
        _AUTH + "userpass.password",
        "secret",
        "The user's password.",
        example="/run/secrets/vault-password",
    ),
    _mount("userpass"),
    Option(
        _AUTH + "cert.role",
        "text",
        "Role to log in to with clientCertFile.",
        example="halyard",
    ),
    _mount("cert"),
)
