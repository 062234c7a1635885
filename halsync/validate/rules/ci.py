"""HAL17xx: continuous integration, artifacts, notifications, webhooks."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Deployment, Node


def _lists(deployment: Deployment) -> Iterator[tuple[str, list[Node]]]:
    """What holds entries with names, and the entries."""
    artifacts = deployment.node("artifacts")
    for name, node in artifacts.children():
        yield f"artifacts.{name}", node.nodes("accounts")
    yield "artifacts.templates", artifacts.nodes("templates")
    for section in ("ci", "repository"):
        for name, node in deployment.node(section).children():
            for key in ("masters", "accounts", "searches"):
                if node.nodes(key):
                    yield f"{section}.{name}", node.nodes(key)
    google = deployment.node("pubsub").node("google")
    yield "pubsub.google.subscriptions", google.nodes("subscriptions")


@rule(
    "HAL1701",
    "two entries of one name",
    "warning",
    good="ci: {jenkins: {enabled: true, masters: [{name: a}, {name: b}]}}",
    bad="ci: {jenkins: {enabled: true, masters: [{name: a}, {name: a}]}}",
)
def duplicate(config: Configuration) -> Iterator[Finding]:
    """Pipelines know build servers, artifact accounts, subscriptions and searches by their names;
    of two with one name only one is found. Halyard does not notice."""
    for deployment in config.deployments:
        for what, nodes in _lists(deployment):
            names: list[str] = []
            for node in nodes:
                name = node.text("name")
                if name and name in names:
                    message = f"{what} has an entry '{cut(name)}' already"
                    yield Finding(node.at("name"), message, "give one of them another name")
                names.append(name)


@rule(
    "HAL1702",
    "entry without a name",
    "warning",
    good="artifacts: {github: {enabled: true, accounts: [{name: github}]}}",
    bad="artifacts: {github: {enabled: true, accounts: [{token: 'encrypted:git:token'}]}}",
)
def without_name(config: Configuration) -> Iterator[Finding]:
    """Pipelines know build servers, artifact accounts, subscriptions and searches by their names;
    nothing can refer to one that has none."""
    for deployment in config.deployments:
        for what, nodes in _lists(deployment):
            for node in nodes:
                if not node.text("name"):
                    yield Finding(node.at("name"), f"this entry of {what} has no name", "add name")


_NEEDED = {"slack": ("token",), "twilio": ("account", "token", "from"), "github-status": ("token",)}


@rule(
    "HAL1703",
    "incomplete notification",
    "warning",
    good='notifications: {slack: {enabled: true, token: "encrypted:slack:token"}}',
    bad="notifications: {slack: {enabled: true, botName: spinnaker}}",
)
def notification(config: Configuration) -> Iterator[Finding]:
    """A way to notify is enabled, but lacks what echo needs to use it: ``token``; for ``twilio``
    also ``account`` and ``from``."""
    for deployment in config.deployments:
        for name, keys in _NEEDED.items():
            node = deployment.node("notifications").node(name)
            for key in keys:
                if node.flag("enabled") and not node.text(key):
                    yield Finding(
                        node.at(key), f"{name} is enabled, but has no {key}", f"add {key}"
                    )


@rule(
    "HAL1704",
    "incomplete trust of webhooks",
    "warning",
    good='webhook: {trust: {enabled: true, trustStore: "configserver:trust.jks"}}',
    bad="webhook: {trust: {enabled: true}}",
)
def webhook(config: Configuration) -> Iterator[Finding]:
    """``webhook.trust`` is enabled, but names no ``trustStore``."""
    for deployment in config.deployments:
        trust = deployment.node("webhook").node("trust")
        if trust.flag("enabled") and not trust.text("trustStore"):
            message = "webhook.trust is enabled, but has no trustStore"
            yield Finding(trust.at("trustStore"), message, "add trustStore")


_ADDRESS = {
    "jenkins": "address",
    "travis": "address",
    "wercker": "address",
    "concourse": "url",
}


@rule(
    "HAL1705",
    "build server without an address",
    "warning",
    good="ci: {jenkins: {enabled: true, masters: [{name: a, address: 'https://jenkins'}]}}",
    bad="ci: {jenkins: {enabled: true, masters: [{name: a, username: me}]}}",
)
def no_address(config: Configuration) -> Iterator[Finding]:
    """A build server is described without saying where it is (``address``; ``url`` for
    Concourse), so igor cannot reach it."""
    for deployment in config.deployments:
        for name, key in _ADDRESS.items():
            server = deployment.node("ci").node(name)
            for master in server.nodes("masters") if server.flag("enabled") else ():
                if not master.text(key):
                    yield Finding(master.at(key), f"this build server has no {key}", f"add {key}")
