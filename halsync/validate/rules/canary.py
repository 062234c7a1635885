"""HAL160x: canary analysis."""

from __future__ import annotations

import re

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import file_of
from halsync.validate.rules.view import cut, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.model import Severity
    from halsync.validate.rules.view import Configuration, Deployment, Node

_GOOD = """
canary:
  enabled: true
  defaultMetricsAccount: prom
  serviceIntegrations:
  - name: google
    enabled: true
    gcsEnabled: true
    accounts:
    - {name: gcs, project: p, bucket: canary}
  - name: prometheus
    enabled: true
    accounts:
    - name: prom
      endpoint: {baseUrl: "http://prometheus:9090"}
      usernamePasswordFile: prom.txt
--- prom.txt
user:word
"""


def _integrations(deployment: Deployment, name: str = "") -> Iterator[Node]:
    for node in deployment.node("canary").nodes("serviceIntegrations"):
        if not name or node.text("name") == name:
            yield node


def _accounts(config: Configuration, name: str = "") -> Iterator[tuple[Node, Node]]:
    """Integrations with their accounts."""
    for deployment in config.deployments:
        for integration in _integrations(deployment, name):
            for account in integration.nodes("accounts"):
                yield integration, account


def _severity(deployment: Deployment) -> Severity | None:
    """Halyard does not mind whether canary analysis is on; we do."""
    return None if deployment.node("canary").flag("enabled") else "warning"


@rule(
    "HAL1601",
    "canary account without a name",
    "fatal",
    ids=("canary-account-name-missing",),
    good=_GOOD,
    bad=_GOOD.replace("    - name: prom\n      endpoint", "    - endpoint"),
)
def without_name(config: Configuration) -> Iterator[Finding]:
    """Accounts are found by their names; Halyard stops at one that has none."""
    for _, account in _accounts(config):
        if not account.text("name"):
            severity: Severity | None = "error" if account.is_set("name") else None
            message = "this canary account has no name"
            yield Finding(account.at("name"), message, "add name", severity=severity)


@rule(
    "HAL1602",
    "name that no canary account may have",
    "error",
    ids=("canary-account-name-pattern",),
    good=_GOOD,
    bad=_GOOD.replace("name: prom\n", "name: Prom\n").replace("Account: prom", "Account: Prom"),
)
def name_pattern(config: Configuration) -> Iterator[Finding]:
    """Lower-case letters, digits, ``-`` and ``_``, a letter or digit at both ends.

    Halyard looks at the accounts of Prometheus, and at those of Google that have a bucket while
    ``gcsEnabled`` is true.
    """
    for integration, account in _accounts(config):
        kind, name = integration.text("name"), account.text("name")
        checked = kind == "prometheus" or (
            kind == "google" and integration.flag("gcsEnabled") and account.text("bucket")
        )
        if checked and name and not re.fullmatch(r"[a-z0-9]+([-a-z0-9_]*[a-z0-9])?", name):
            message = f"'{cut(name)}' holds more than lower-case letters, digits, inner '-' and '_'"
            yield Finding(account.at("name"), message, "rename the account")


@rule(
    "HAL1603",
    "two canary accounts of one name",
    "fatal",
    ids=("canary-account-duplicate",),
    good=_GOOD,
    bad=_GOOD.replace("name: gcs", "name: prom"),
)
def duplicate(config: Configuration) -> Iterator[Finding]:
    """A name may occur once among the accounts of all integrations."""
    for deployment in config.deployments:
        names: list[str] = []
        for integration in _integrations(deployment):
            for account in integration.nodes("accounts"):
                name = account.text("name")
                if name and name in names:
                    message = f"there is a canary account '{cut(name)}' already"
                    yield Finding(account.at("name"), message, "give one of them another name")
                names.append(name)


@rule(
    "HAL1604",
    "canary analysis without a store",
    "warning",
    ids=("canary-no-store",),
    good=_GOOD,
    bad=_GOOD.replace("gcsEnabled: true", "gcsEnabled: false"),
)
def no_store(config: Configuration) -> Iterator[Finding]:
    """Kayenta keeps its configurations and results in a bucket: enable ``google`` with
    ``gcsEnabled``, or ``aws`` with ``s3Enabled``."""
    for deployment in config.deployments:
        canary = deployment.node("canary")
        stores = (("google", "gcsEnabled"), ("aws", "s3Enabled"))
        if canary.flag("enabled") and not any(
            integration.flag("enabled") and integration.flag(key)
            for name, key in stores
            for integration in _integrations(deployment, name)
        ):
            message = "canary analysis has nowhere to keep its configurations and results"
            hint = "enable google with gcsEnabled, or aws with s3Enabled"
            yield Finding(canary.at("enabled"), message, hint)


@rule(
    "HAL1605",
    "canary store without a bucket",
    "error",
    ids=("canary-aws-bucket-missing", "canary-google-bucket-missing"),
    good=_GOOD,
    bad=_GOOD.replace(", bucket: canary", ""),
)
def no_bucket(config: Configuration) -> Iterator[Finding]:
    """``gcsEnabled`` (``s3Enabled``) is true, but no account of the integration has a ``bucket``.

    Where canary analysis is off as a whole this is a warning.
    """
    for deployment in config.deployments:
        for name, key in (("google", "gcsEnabled"), ("aws", "s3Enabled")):
            for integration in _integrations(deployment, name):
                if integration.flag(key) and not any(
                    account.is_set("bucket") and (account.text("bucket") or name == "aws")
                    for account in integration.nodes("accounts")
                ):
                    message = f"{key} is true, but no {name} account has a bucket"
                    severity = _severity(deployment)
                    where = integration.at(key)
                    yield Finding(where, message, "add bucket to an account", severity=severity)


@rule(
    "HAL1606",
    "empty credentials of a canary account",
    "warning",
    ids=("canary-google-json-empty",),
    good=_GOOD,
    bad=_GOOD.replace("project: p", "project: p, jsonPath: gcs.json") + "--- gcs.json\n",
)
def empty_json(config: Configuration) -> Iterator[Finding]:
    """``jsonPath`` names a file that holds nothing."""
    for _, account in _accounts(config, "google"):
        file = file_of(config, account.text("jsonPath"))
        if file is not None and not file.content:
            message = "the credentials file is empty"
            yield Finding(account.at("jsonPath"), message, "add its content")


@rule(
    "HAL1607",
    "canary account without a project",
    "error",
    ids=("canary-google-project-missing",),
    good=_GOOD,
    bad=_GOOD.replace("project: p, ", ""),
)
def no_project(config: Configuration) -> Iterator[Finding]:
    """Every Google account needs the id of its project."""
    for deployment in config.deployments:
        for integration in _integrations(deployment, "google"):
            for account in integration.nodes("accounts"):
                if not account.text("project"):
                    message = "this account has no project"
                    severity = _severity(deployment)
                    where = account.at("project")
                    yield Finding(where, message, "add project: ID", severity=severity)


@rule(
    "HAL1608",
    "malformed login of Prometheus",
    "error",
    ids=("canary-prometheus-userfile-empty", "canary-prometheus-userfile-format"),
    good=_GOOD,
    bad=_GOOD.replace("user:word", "word"),
)
def login_file(config: Configuration) -> Iterator[Finding]:
    """``usernamePasswordFile`` names a file with one line, ``username:password``."""
    for _, account in _accounts(config, "prometheus"):
        file = file_of(config, account.text("usernamePasswordFile"))
        if file is not None and b":" not in file.content:
            message = "the file does not hold username:password"
            if not file.content:
                message = "the file with the login is empty"
            yield Finding(account.at("usernamePasswordFile"), message, "write it in that form")


@rule(
    "HAL1609",
    "unknown default canary account",
    "warning",
    good=_GOOD,
    bad=_GOOD.replace("defaultMetricsAccount: prom", "defaultMetricsAccount: prometheus"),
)
def unknown_default(config: Configuration) -> Iterator[Finding]:
    """``defaultMetricsAccount`` and ``defaultStorageAccount`` name canary accounts; pipelines
    that choose none get one that does not exist."""
    for deployment in config.deployments:
        canary = deployment.node("canary")
        names = [
            account.text("name")
            for integration in _integrations(deployment)
            for account in integration.nodes("accounts")
        ]
        for key in ("defaultMetricsAccount", "defaultStorageAccount"):
            name = canary.text(key)
            if name and name not in names:
                message = f"there is no canary account '{cut(name)}'"
                hint = did_you_mean(name, names) or "remove the default, or add the account"
                yield Finding(canary.at(key), message, hint)
