"""HAL131x: Cloud Foundry accounts."""

from __future__ import annotations

import re

from halsync.validate.rules.base import Finding, rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node

_GOOD = """
providers:
  cloudfoundry:
    clientConfig: {maxRetries: 3}
    accounts:
    - name: cf
      api: api.cf.acme.example
      user: u
      password: encrypted:cf:password
      appsManagerUri: https://apps.cf.acme.example
      metricsUri: https://metrics.cf.acme.example
"""


def _accounts(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.accounts("cloudfoundry")


@rule(
    "HAL1310",
    "too few retries",
    "error",
    ids=("cf-max-retries",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("maxRetries: 3", "maxRetries: 0"),
)
def retries(config: Configuration) -> Iterator[Finding]:
    """``clientConfig.maxRetries`` must be 1 or more."""
    for deployment in config.deployments:
        client = deployment.provider("cloudfoundry").node("clientConfig")
        number = client.number("maxRetries")
        if number is not None and number < 1:
            yield Finding(client.at("maxRetries"), "maxRetries must be 1 or more", "write 3")


@rule(
    "HAL1311",
    "incomplete Cloud Foundry account",
    "error",
    ids=("cf-credentials-missing", "cf-api-missing"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("      user: u\n", ""),
)
def incomplete(config: Configuration) -> Iterator[Finding]:
    """A Cloud Foundry account needs ``api`` (a host name), ``user`` and ``password``."""
    for account in _accounts(config):
        for key in ("api", "user", "password"):
            if not account.text(key):
                yield Finding(account.at(key), f"this account has no {key}", f"add {key}")


@rule(
    "HAL1312",
    "Cloud Foundry account without links",
    "warning",
    ids=("cf-apps-manager-missing", "cf-metrics-missing"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("      metricsUri: https://metrics.cf.acme.example\n", ""),
)
def links(config: Configuration) -> Iterator[Finding]:
    """``appsManagerUri`` and ``metricsUri`` are where the user interface links to; without them
    there are no such links."""
    for account in _accounts(config):
        for key in ("appsManagerUri", "metricsUri"):
            if not account.is_set(key):
                message = f"without {key} the user interface has no link there"
                yield Finding(account.at(key), message, f"add {key}")


@rule(
    "HAL1313",
    "link that is not HTTP",
    "error",
    ids=("cf-apps-manager-scheme", "cf-metrics-scheme"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("https://metrics", "ftp://metrics"),
)
def scheme(config: Configuration) -> Iterator[Finding]:
    """``appsManagerUri`` and ``metricsUri`` must begin with ``http:`` or ``https:``."""
    for account in _accounts(config):
        for key in ("appsManagerUri", "metricsUri"):
            value = account.text(key).lower()
            if value and not value.startswith(("http:", "https:")):
                message = f"{key} must begin with http:// or https://"
                yield Finding(account.at(key), message, "correct the beginning of the address")


@rule(
    "HAL1314",
    "Cloud Foundry without verified TLS",
    "warning",
    ids=("cf-skip-ssl",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD + "      skipSslValidation: true\n",
)
def skip_tls(config: Configuration) -> Iterator[Finding]:
    """With ``skipSslValidation: true`` anybody in between can read and change what is sent."""
    for account in _accounts(config):
        if account.flag("skipSslValidation"):
            message = "the certificate of this foundry is not verified"
            hint = "trust its authority instead, and remove skipSslValidation"
            yield Finding(account.at("skipSslValidation"), message, hint)


@rule(
    "HAL1315",
    "login that is not checked",
    "warning",
    ids=("cf-placeholder-skip",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("user: u", 'user: "${CF_USER}"'),
)
def placeholder(config: Configuration) -> Iterator[Finding]:
    """A value like ``${NAME}`` is left to clouddriver to fill in. Halyard takes it for a
    placeholder and does not try the connection."""
    for account in _accounts(config):
        for key in ("api", "user", "password"):
            if re.fullmatch(r".\{.*\}", account.text(key)):
                message = f"{key} is a placeholder that Halyard does not fill in"
                hint = "see that clouddriver has a value for it"
                yield Finding(account.at(key), message, hint)
