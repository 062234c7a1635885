"""``vault``: a tree in a key-value engine of Vault or OpenBao."""

from __future__ import annotations

from halsync.settings.kinds import OF_SOURCE, Built
from halsync.settings.model import SecretRef
from halsync.settings.spec import SOURCE, yaml_keys
from halsync.settings.vault import VaultAuth, VaultConnection, VaultSettings, moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.settings.resolve import Raw, Values
    from halsync.settings.spec import Option
    from halsync.settings.vault import Method

_METHODS: tuple[Method, ...] = ("approle", "kubernetes", "jwt", "aws", "userpass", "cert")
_NEEDED: dict[str, tuple[str, ...]] = {
    "approle": ("roleId",),
    "kubernetes": ("role",),
    "jwt": ("role", "token"),
    "aws": ("role",),
    "userpass": ("username", "password"),
    "cert": ("role",),
}
"""What a method cannot do without."""


def build(values: Values) -> Built:
    """The settings of a ``vault`` source."""
    version = values.get(OF_SOURCE["vault.version"])
    as_of = values.get(OF_SOURCE["vault.asOf"])
    kv_version = values.get(OF_SOURCE["vault.kvVersion"])
    raw = values.raw(SOURCE + "vault.asOf")
    if raw is not None and as_of and not _is_moment(as_of):
        values.wrong(
            raw, f"{as_of!r} is not a time", 'write it as "2026-03-01T12:00:00Z", in quotes'
        )
    if raw is not None and as_of and version:
        values.wrong(raw, "both version and asOf are given", "keep one of the two")
    pin = raw or values.raw(SOURCE + "vault.version")
    if pin is not None and (as_of or version) and kv_version == "1":
        values.wrong(pin, "a key-value engine of version 1 keeps no versions", "leave it out")
    settings = VaultSettings(
        connection=build_connection(values, SOURCE + "vault.", OF_SOURCE),
        mount=values.get(OF_SOURCE["vault.mount"]).strip("/"),
        kv_version=kv_version,
        layout=values.get(OF_SOURCE["vault.layout"]),
        version=version,
        as_of=as_of,
    )
    return Built(settings, values.get(OF_SOURCE["vault.path"]))


def build_connection(values: Values, at: str, options: Mapping[str, Option]) -> VaultConnection:
    """One server and how to log in to it.

    Args:
        at: the beginning of the keys: ``sources[].vault.``.
        options: key without ``sources[].`` → option.
    """

    def option(name: str) -> Option:
        return options[at.removeprefix(SOURCE) + name]

    certificate = values.get(option("clientCertFile"))
    connection = VaultConnection(
        address=values.get(option("address")).rstrip("/"),
        auth=_auth(values, at, options),
        namespace=values.get(option("namespace")),
        ca_file=values.get(option("caFile")),
        server_name=values.get(option("serverName")),
        client_cert_file=certificate,
        client_key_file=values.get(option("clientKeyFile")),
        timeout=values.get(option("timeout")),
    )
    raw = values.raw(at + "address")
    if raw is not None and "://" not in connection.address:
        values.wrong(
            raw, "is not the address of a server", "write it as https://vault.example.com:8200"
        )
    by_certificate = values.raw(at + "auth.cert.role")
    if by_certificate is not None and not certificate:
        values.wrong(
            by_certificate,
            "the login needs a certificate",
            "name it in clientCertFile, and its key in clientKeyFile",
        )
    return connection


def _auth(values: Values, at: str, options: Mapping[str, Option]) -> VaultAuth:
    prefix = at + "auth."
    short = prefix.removeprefix(SOURCE)
    named: dict[Method, Raw] = {}
    for method in _METHODS:
        keys = [key for key in options if key.startswith(f"{short}{method}.")]
        given = [values.raw(options[key].key) for key in keys]
        first = next((raw for raw in given if raw is not None), None)
        if first is not None:
            named[method] = first
    token = values.raw(prefix + "token")
    if token is not None:
        named = {"token": token, **named}
    if not named:
        return VaultAuth()
    (method, raw), *others = named.items()
    for _, other in others:
        message = f"{raw.origin} configures the login with {method} already"
        values.wrong(other, message, "keep one way to log in")
    missing = [
        name for name in _NEEDED.get(method, ()) if values.raw(f"{prefix}{method}.{name}") is None
    ]
    if missing:
        forms = [next(iter(yaml_keys(options[f"{short}{method}.{name}"]))) for name in missing]
        words = ", ".join(form.rpartition(".")[2] for form in forms)
        values.wrong(raw, f"the login with {method} needs {words} too", f"add it below {method}")
    return _of_method(method, values, short, options)


def _of_method(
    method: Method, values: Values, short: str, options: Mapping[str, Option]
) -> VaultAuth:
    def get(name: str) -> object:
        return values.get(options[short + name])

    def text(name: str) -> str:
        found = get(f"{method}.{name}")
        return found if isinstance(found, str) else ""

    def secret(name: str) -> SecretRef:
        found = get(name)
        return found if isinstance(found, SecretRef) else SecretRef()

    auth = VaultAuth(method=method)
    if method == "token":
        return auth._replace(secret=secret("token"))
    auth = auth._replace(mount=text("mount").strip("/"))
    if method == "approle":
        return auth._replace(
            identity=secret("approle.roleId"),
            secret=secret("approle.secretId"),
            wrapped=bool(get("approle.wrapped")),
        )
    if method == "userpass":
        return auth._replace(
            identity=secret("userpass.username"), secret=secret("userpass.password")
        )
    auth = auth._replace(role=text("role"))
    if method == "aws":
        return auth._replace(region=text("region"), server_id=text("serverId"))
    held = {"kubernetes": "kubernetes.jwt", "jwt": "jwt.token"}.get(method)
    return auth._replace(secret=secret(held)) if held else auth


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True
