"""HAL12xx: Docker registries, and references to them."""

from __future__ import annotations

import re

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import file_of, is_reference
from halsync.validate.rules.view import cut, did_you_mean, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Deployment, Node

_NAME = r"[a-z0-9]+([-a-z0-9]*[a-z0-9])?"
_PASSWORDS = ("password", "passwordCommand", "passwordFile")


def _accounts(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.accounts("dockerRegistry")


def _users(deployment: Deployment) -> Iterator[Node]:
    """Accounts whose registries Halyard checks: legacy Kubernetes and DC/OS."""
    for account in deployment.accounts("kubernetes"):
        if account.text("providerVersion").strip() in ("V1", "0"):
            yield account
    yield from deployment.accounts("dcos")


@rule(
    "HAL1201",
    "no Docker registry for an account that needs one",
    "error",
    ids=(
        "docker-registries-none-referenced",
        "docker-registry-provider-empty",
        "docker-registry-provider-disabled",
    ),
    on_deploy=True,
    good="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  dcos:
    clusters: [{name: a, dcosUrl: "https://dcos", loadBalancer: {image: lb}}]
    accounts:
    - name: dcos
      clusters: [{name: a, password: "encrypted:a:b"}]
      dockerRegistries: [{accountName: hub}]
""",
    bad="""
providers:
  dcos:
    clusters: [{name: a, dcosUrl: "https://dcos", loadBalancer: {image: lb}}]
    accounts: [{name: dcos, clusters: [], dockerRegistries: []}]
""",
)
def needs_registry(config: Configuration) -> Iterator[Finding]:
    """A DC/OS account, and a Kubernetes account of the legacy version V1, must list in
    ``dockerRegistries`` at least one account of ``providers.dockerRegistry``, which must be
    enabled."""
    for deployment in config.deployments:
        registry = deployment.provider("dockerRegistry")
        for account in _users(deployment):
            where = account.at("dockerRegistries")
            if not account.nodes("dockerRegistries"):
                message = "this account lists no Docker registry"
                yield Finding(where, message, "add dockerRegistries: [{accountName: …}]")
            elif not registry.nodes("accounts"):
                message = "dockerRegistries are listed, but providers.dockerRegistry has no account"
                yield Finding(where, message, "add the registry to providers.dockerRegistry")
            elif not registry.flag("enabled"):
                message = "dockerRegistries are listed, but providers.dockerRegistry is disabled"
                yield Finding(where, message, "set providers.dockerRegistry.enabled: true")


@rule(
    "HAL1202",
    "Docker registry listed twice",
    "fatal",
    ids=("docker-registry-referenced-twice",),
    on_deploy=True,
    good="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  dcos:
    clusters: [{name: a, dcosUrl: "https://dcos", loadBalancer: {image: lb}}]
    accounts:
    - name: dcos
      clusters: [{name: a, password: "encrypted:a:b"}]
      dockerRegistries: [{accountName: hub}]
""",
    bad="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  dcos:
    clusters: [{name: a, dcosUrl: "https://dcos", loadBalancer: {image: lb}}]
    accounts:
    - {name: dcos, clusters: [], dockerRegistries: [{accountName: hub}, {accountName: hub}]}
""",
)
def registry_twice(config: Configuration) -> Iterator[Finding]:
    """One account names the same registry twice, which Halyard refuses."""
    for deployment in config.deployments:
        for account in _users(deployment):
            names: list[str] = []
            for reference in account.nodes("dockerRegistries"):
                name = reference.text("accountName")
                if name in names:
                    message = f"registry '{cut(name)}' is listed already"
                    yield Finding(reference.at("accountName"), message, "remove one of the two")
                names.append(name)


@rule(
    "HAL1203",
    "unknown Docker registry",
    "error",
    ids=("docker-registry-reference-unknown",),
    on_deploy=True,
    good="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  kubernetes: {accounts: [{name: k8s, dockerRegistries: [{accountName: hub}]}]}
""",
    bad="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  dcos:
    clusters: [{name: a, dcosUrl: "https://dcos", loadBalancer: {image: lb}}]
    accounts: [{name: dcos, clusters: [], dockerRegistries: [{accountName: huub}]}]
""",
)
def unknown_registry(config: Configuration) -> Iterator[Finding]:
    """``dockerRegistries[].accountName`` must be an account of ``providers.dockerRegistry``.

    Halyard checks it for DC/OS and for the legacy Kubernetes provider; the current one makes no
    use of the list, so there it is a warning.
    """
    for deployment in config.deployments:
        known = [account.text("name") for account in deployment.accounts("dockerRegistry")]
        checked = [account.path for account in _users(deployment)]
        for provider in ("kubernetes", "dcos"):
            for account in deployment.accounts(provider):
                if account.path in checked and not known:
                    continue
                for reference in account.nodes("dockerRegistries"):
                    name = reference.text("accountName")
                    if name not in known:
                        yield Finding(
                            reference.at("accountName"),
                            f"providers.dockerRegistry has no account '{cut(name)}'",
                            did_you_mean(name, known) or "add the account, or remove the reference",
                            severity=None if account.path in checked else "warning",
                        )


@rule(
    "HAL1210",
    "name that no Docker registry may have",
    "error",
    ids=("docker-account-name-pattern",),
    on_deploy=True,
    good="providers: {dockerRegistry: {accounts: [{name: my-hub}]}}",
    bad="providers: {dockerRegistry: {accounts: [{name: My_Hub}]}}",
)
def registry_name(config: Configuration) -> Iterator[Finding]:
    """The name of a registry account becomes the name of a Kubernetes secret: lower-case letters,
    digits and ``-``, a letter or digit at both ends."""
    for account in _accounts(config):
        name = account.text("name")
        if account.is_set("name") and not re.fullmatch(_NAME, name):
            message = f"'{cut(name)}' holds more than lower-case letters, digits and inner '-'"
            fixed = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
            yield Finding(account.at("name"), message, f"write {fixed}" if fixed else "rename it")


@rule(
    "HAL1211",
    "several passwords for one registry",
    "error",
    ids=("docker-multiple-passwords",),
    on_deploy=True,
    good="providers: {dockerRegistry: {accounts: [{name: hub, passwordCommand: p, username: u}]}}",
    bad="""
providers:
  dockerRegistry:
    accounts: [{name: hub, username: u, passwordCommand: pass, passwordFile: "configserver:p"}]
""",
)
def several_passwords(config: Configuration) -> Iterator[Finding]:
    """``password``, ``passwordCommand`` and ``passwordFile`` exclude each other."""
    for account in _accounts(config):
        given = [key for key in _PASSWORDS if account.text(key)]
        if len(given) > 1:
            message = f"{listed(given)} exclude each other"
            yield Finding(account.at(given[-1]), message, "keep one of them", key=True)


@rule(
    "HAL1212",
    "empty password file",
    "warning",
    ids=("docker-password-file-empty",),
    on_deploy=True,
    good="""
providers: {dockerRegistry: {accounts: [{name: hub, username: u, passwordFile: hub.txt}]}}
--- hub.txt
something
""",
    bad="""
providers: {dockerRegistry: {accounts: [{name: hub, username: u, passwordFile: hub.txt}]}}
--- hub.txt
""",
)
def empty_password_file(config: Configuration) -> Iterator[Finding]:
    """``passwordFile`` names a file that holds nothing."""
    for account in _accounts(config):
        if sum(bool(account.text(key)) for key in _PASSWORDS) == 1:
            file = file_of(config, account.text("passwordFile"))
            if file is not None and not file.content:
                message = "the password file is empty"
                yield Finding(account.at("passwordFile"), message, "put the password into it")


@rule(
    "HAL1213",
    "half of a login",
    "warning",
    ids=("docker-password-without-username", "docker-username-without-password"),
    on_deploy=True,
    good="""
providers:
  dockerRegistry: {accounts: [{name: hub, username: u, password: "encrypted:hub:password"}]}
""",
    bad="providers: {dockerRegistry: {accounts: [{name: hub, username: u}]}}",
)
def half_login(config: Configuration) -> Iterator[Finding]:
    """A registry has a user name without a password, or a password without a user name: whatever
    is given is not enough to log in. Give both, or neither."""
    for account in _accounts(config):
        given = [key for key in _PASSWORDS if account.text(key)]
        user = account.text("username")
        if len(given) > 1:
            continue
        if given and not user and given[0] != "passwordCommand":
            message = f"{given[0]} without a username"
            yield Finding(account.at("username"), message, "add the username")
        elif user and not given and not account.text("dockerconfigFile"):
            message = "username without a password"
            yield Finding(account.at("username"), message, "add password, or a reference to one")


@rule(
    "HAL1214",
    "login that is not checked",
    "warning",
    ids=("docker-placeholder-skip",),
    on_deploy=True,
    good="providers: {dockerRegistry: {accounts: [{name: hub, address: index.docker.io}]}}",
    bad='providers: {dockerRegistry: {accounts: [{name: hub, address: "${REGISTRY}"}]}}',
)
def placeholder(config: Configuration) -> Iterator[Finding]:
    """A value like ``${NAME}`` is left to clouddriver to fill in. Halyard takes it for a
    placeholder and does not try the connection."""
    for account in _accounts(config):
        for key in ("address", "username", "password", "passwordCommand"):
            value = account.text(key)
            if value and not is_reference(value) and re.fullmatch(r".\{.*\}", value):
                message = f"{key} is a placeholder that Halyard does not fill in"
                hint = "see that clouddriver has a value for it"
                yield Finding(account.at(key), message, hint)


@rule(
    "HAL1215",
    "regular expression that Java refuses",
    "error",
    ids=("docker-repositories-regex-invalid",),
    on_deploy=True,
    good='providers: {dockerRegistry: {accounts: [{name: hub, repositoriesRegex: "acme/.*"}]}}',
    bad='providers: {dockerRegistry: {accounts: [{name: hub, repositoriesRegex: "acme/(.*"}]}}',
)
def bad_pattern(config: Configuration) -> Iterator[Finding]:
    """``repositoriesRegex`` must be a regular expression as Java writes them.

    What Java and Python see differently is not judged.
    """
    for account in _accounts(config):
        pattern = account.text("repositoriesRegex")
        if pattern:
            fault = _fault(pattern)
            if fault:
                message = f"this is no regular expression: {fault}"
                yield Finding(account.at("repositoriesRegex"), message, "close or escape it")


def _fault(pattern: str) -> str:
    """What is wrong with a pattern by the rules that Java and Python share."""
    if any(mark in pattern for mark in ("\\Q", "\\p", "\\P", "&&", "(?<", "\\x", "\\N")):
        return ""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        shared = ("unterminated", "unbalanced parenthesis", "nothing to repeat", "missing )")
        if error.msg.startswith(shared):
            return f"{error.msg}, character {(error.pos or 0) + 1}"
    return ""
