"""HAL102x: accounts of every provider."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import PROVIDERS, cut, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.model import Severity
    from halsync.validate.rules.base import Path
    from halsync.validate.rules.view import Configuration


@rule(
    "HAL1020",
    "enabled provider without accounts",
    "warning",
    ids=("provider-enabled-without-accounts",),
    on_deploy=True,
    good="providers: {kubernetes: {enabled: true, accounts: [{name: k8s}]}}",
    bad="providers: {kubernetes: {enabled: true, accounts: []}}",
)
def without_accounts(config: Configuration) -> Iterator[Finding]:
    """The provider is switched on, but has nothing to manage.

    That is right where the accounts come from elsewhere (``spinnakerconfig.yml`` with dynamic
    accounts, a profile of clouddriver). Else add an account or set ``enabled: false``.
    """
    for deployment in config.deployments:
        for name, provider in deployment.node("providers").children():
            if (
                name in PROVIDERS
                and provider.flag("enabled")
                and not provider.value.get("accounts")
            ):
                message = f"provider {name} is enabled, but has no accounts"
                hint = "add an account, or set enabled: false"
                yield Finding(provider.at("enabled"), message, hint)


@rule(
    "HAL1021",
    "account without a name",
    "fatal",
    ids=("account-name-missing",),
    on_deploy=True,
    good="providers: {kubernetes: {enabled: true, accounts: [{name: k8s}]}}",
    bad="providers: {kubernetes: {enabled: true, accounts: [{context: prod}]}}",
)
def without_name(config: Configuration) -> Iterator[Finding]:
    """Accounts are found by their names; Halyard stops at one that has none."""
    for deployment in config.deployments:
        for provider, account in deployment.all_accounts():
            if not account.text("name"):
                message = f"this account of {provider} has no name"
                hint = "add name:, different from all others"
                # Halyard takes an empty name; nothing can refer to it.
                severity: Severity | None = "error" if account.is_set("name") else None
                yield Finding(account.at("name"), message, hint, severity=severity)


@rule(
    "HAL1022",
    "requiredGroupMembership is out of date",
    "warning",
    ids=("account-required-group-membership-deprecated",),
    on_deploy=True,
    good="""
providers:
  kubernetes:
    accounts: [{name: k8s, permissions: {READ: [ops], WRITE: [ops]}}]
""",
    bad="""
providers:
  kubernetes:
    accounts: [{name: k8s, requiredGroupMembership: [ops]}]
""",
)
def group_membership(config: Configuration) -> Iterator[Finding]:
    """``requiredGroupMembership`` was followed by ``permissions``, which tells reading from
    writing.

    Write ``permissions: {READ: [group], WRITE: [group]}`` instead.
    """
    for deployment in config.deployments:
        for _, account in deployment.all_accounts():
            if account.value.get("requiredGroupMembership"):
                message = "requiredGroupMembership is deprecated"
                hint = "use permissions: {READ: […], WRITE: […]}"
                yield Finding(account.at("requiredGroupMembership"), message, hint, key=True)


@rule(
    "HAL1023",
    "two accounts of one name",
    "fatal",
    ids=("account-name-duplicate",),
    on_deploy=True,
    good="""
providers:
  kubernetes: {accounts: [{name: k8s}]}
  dockerRegistry: {accounts: [{name: hub}]}
""",
    bad="""
providers:
  kubernetes: {accounts: [{name: prod}]}
  dockerRegistry: {accounts: [{name: prod}]}
""",
)
def duplicate_account(config: Configuration) -> Iterator[Finding]:
    """A name may occur once among the accounts of all providers of a deployment, enabled or not:
    pipelines know an account by its name only. Halyard refuses to deploy."""
    for deployment in config.deployments:
        first: dict[str, tuple[str, Path]] = {}
        for provider, account in deployment.all_accounts():
            name = account.text("name")
            if not name:
                continue
            if name in first:
                message = f"'{cut(name)}' is an account of {first[name][0]} already"
                yield Finding(account.at("name"), message, "give one of the two another name")
            else:
                first[name] = provider, account.path


@rule(
    "HAL1024",
    "unknown primary account",
    "warning",
    good="providers: {kubernetes: {accounts: [{name: prod}], primaryAccount: prod}}",
    bad="providers: {kubernetes: {accounts: [{name: prod}], primaryAccount: production}}",
)
def primary_account(config: Configuration) -> Iterator[Finding]:
    """``primaryAccount`` is the account that the user interface offers first; it should be one of
    the provider's.

    Correct the name. (The accounts of Oracle are linked by it: there Halyard crashes, see
    HAL0411.)
    """
    for deployment in config.deployments:
        for name, provider in deployment.node("providers").children():
            primary = provider.text("primaryAccount")
            if not primary or name not in PROVIDERS or name.startswith("oracle"):
                continue
            names = [account.text("name") for account in provider.nodes("accounts")]
            if primary not in names:
                message = f"{name} has no account '{cut(primary)}'"
                hint = did_you_mean(primary, names) or "remove primaryAccount, or add the account"
                yield Finding(provider.at("primaryAccount"), message, hint)
