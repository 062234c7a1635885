"""HAL132x: App Engine accounts; HAL133x: Google Compute Engine accounts."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import file_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node

_ENGINE = "providers: {appengine: {accounts: [{name: gae, project: p%s}]}}"
_COMPUTE = "providers: {google: {accounts: [{name: gce, project: p, jsonPath: gce.json%s}]}}"
_KEY = "--- id_rsa\n-----BEGIN OPENSSH PRIVATE KEY-----\n"


def _accounts(config: Configuration, provider: str) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.accounts(provider)


@rule(
    "HAL1320",
    "half of a git login",
    "error",
    ids=(
        "appengine-https-password-without-username",
        "appengine-https-username-without-password",
        "appengine-ssh-passphrase-without-key",
        "appengine-ssh-key-without-passphrase",
    ),
    on_deploy=True,
    good=_ENGINE % ', gitHttpsUsername: u, gitHttpsPassword: "encrypted:git:password"',
    bad=_ENGINE % ", gitHttpsUsername: u",
)
def half_login(config: Configuration) -> Iterator[Finding]:
    """An App Engine account logs in to git with ``gitHttpsUsername`` and ``gitHttpsPassword``,
    or with ``sshPrivateKeyFilePath`` and ``sshPrivateKeyPassphrase``; one without the other is
    refused. The passphrase of a key that has none is ``""``."""
    pairs = (
        ("gitHttpsUsername", "gitHttpsPassword"),
        ("sshPrivateKeyFilePath", "sshPrivateKeyPassphrase"),
    )
    for account in _accounts(config, "appengine"):
        for first, second in pairs:
            if account.is_set(second) and not account.text(first):
                yield Finding(account.at(first), f"{second} without {first}", f"add {first}")
            elif account.text(first) and not account.is_set(second):
                yield Finding(account.at(second), f"{first} without {second}", f"add {second}")


@rule(
    "HAL1321",
    "named file is empty",
    "warning",
    ids=(
        "appengine-ssh-key-empty",
        "appengine-known-hosts-empty",
        "appengine-json-empty",
        "google-credentials-empty",
        "google-user-data-empty",
    ),
    on_deploy=True,
    good=_ENGINE % ", jsonPath: gae.json" + "\n--- gae.json\n{}\n",
    bad=_ENGINE % ", jsonPath: gae.json" + "\n--- gae.json\n",
)
def empty_file(config: Configuration) -> Iterator[Finding]:
    """A file that an account of App Engine or Google names holds nothing, so logging in fails."""
    fields = {
        "appengine": ("sshPrivateKeyFilePath", "sshKnownHostsFilePath", "jsonPath"),
        "google": ("jsonPath", "userDataFile"),
    }
    for provider, keys in fields.items():
        for account in _accounts(config, provider):
            for key in keys:
                file = file_of(config, account.text(key))
                if file is not None and not file.content:
                    message = f"the file that {key} names is empty"
                    yield Finding(account.at(key), message, "add its content")


@rule(
    "HAL1322",
    "sshTrustUnknownHosts beside jsonPath",
    "warning",
    ids=("appengine-trust-unknown-hosts-ignored",),
    on_deploy=True,
    good=_ENGINE % ", sshTrustUnknownHosts: true",
    bad=_ENGINE % ", sshTrustUnknownHosts: true, jsonPath: gae.json" + "\n--- gae.json\n{}\n",
)
def trust_ignored(config: Configuration) -> Iterator[Finding]:
    """Halyard says that ``sshTrustUnknownHosts`` is ignored here. (Its text speaks of a known
    hosts file, its code looks at ``jsonPath``.)"""
    for account in _accounts(config, "appengine"):
        if account.text("jsonPath") and account.flag("sshTrustUnknownHosts"):
            message = "sshTrustUnknownHosts is ignored beside jsonPath"
            yield Finding(account.at("sshTrustUnknownHosts"), message, "remove it")


@rule(
    "HAL1323",
    "App Engine account without a project",
    "error",
    ids=("appengine-project-missing",),
    on_deploy=True,
    good=_ENGINE % "",
    bad="providers: {appengine: {accounts: [{name: gae}]}}",
)
def engine_project(config: Configuration) -> Iterator[Finding]:
    """Every App Engine account needs the id of its Google project."""
    for account in _accounts(config, "appengine"):
        if not account.text("project"):
            yield Finding(account.at("project"), "this account has no project", "add project: ID")


@rule(
    "HAL1324",
    "SSH key that cannot be read",
    "error",
    ids=("appengine-ssh-key-unreadable", "appengine-ssh-key-wrong-passphrase"),
    on_deploy=True,
    good=_ENGINE % ', sshPrivateKeyFilePath: id_rsa, sshPrivateKeyPassphrase: ""' + "\n" + _KEY,
    bad=_ENGINE % ', sshPrivateKeyFilePath: id_rsa, sshPrivateKeyPassphrase: ""'
    + "\n--- id_rsa\nssh-rsa AAAA me@acme\n",
)
def ssh_key(config: Configuration) -> Iterator[Finding]:
    """``sshPrivateKeyFilePath`` must name a private key; often its public half is named instead.

    A wrong passphrase is not found here: that would mean to decrypt the key. It is noticed where
    the key is plainly encrypted and the passphrase is empty.
    """
    for account in _accounts(config, "appengine"):
        file = file_of(config, account.text("sshPrivateKeyFilePath"))
        if file is None or not file.content:
            continue
        where = account.at("sshPrivateKeyFilePath")
        if b"PRIVATE KEY" not in file.content and b"PuTTY-User-Key-File" not in file.content:
            public = file.content.startswith((b"ssh-", b"ecdsa-"))
            message = "the file is a public key" if public else "the file is no private key"
            yield Finding(where, message, "name the private key")
        elif b"ENCRYPTED" in file.content and account.value.get("sshPrivateKeyPassphrase") == "":
            where = account.at("sshPrivateKeyPassphrase")
            yield Finding(
                where, "the key is encrypted, the passphrase empty", "give the passphrase"
            )


@rule(
    "HAL1330",
    "Google account without a project",
    "error",
    ids=("google-project-missing",),
    on_deploy=True,
    good=_COMPUTE % "" + "\n--- gce.json\n{}\n",
    bad="providers: {google: {accounts: [{name: gce, jsonPath: gce.json}]}}\n--- gce.json\n{}\n",
)
def compute_project(config: Configuration) -> Iterator[Finding]:
    """Every Google account needs the id of its project.

    Halyard does not look at accounts without ``jsonPath`` and without ``serviceAccountId`` and
    ``serviceAccountProject``: they log in as the machine they run on.
    """
    for account in _accounts(config, "google"):
        has_login = account.text("jsonPath") or (
            account.text("serviceAccountId") and account.text("serviceAccountProject")
        )
        if has_login and not account.text("project"):
            yield Finding(account.at("project"), "this account has no project", "add project: ID")
