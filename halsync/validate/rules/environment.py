"""HAL18xx: where and how the services run."""

from __future__ import annotations

from halsync.halyard import SETTINGS_SERVICES
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import cut, did_you_mean, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Deployment, Node

HA_PARTS = {
    "clouddriver": (
        "clouddriver-caching",
        "clouddriver-ro",
        "clouddriver-ro-deck",
        "clouddriver-rw",
    ),
    "echo": ("echo-scheduler", "echo-worker"),
}
"""Service → what it is split into when it is made highly available."""

_GOOD = """
deploymentEnvironment: {type: Distributed, accountName: k8s}
providers: {kubernetes: {enabled: true, accounts: [{name: k8s}]}}
"""


def _distributed(config: Configuration) -> Iterator[Deployment]:
    for deployment in config.deployments:
        if deployment.environment.text("type").strip() in ("Distributed", "0"):
            yield deployment


@rule(
    "HAL1801",
    "distributed deployment without an account",
    "fatal",
    ids=("distributed-account-name-missing", "deploy-account-name-missing"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(", accountName: k8s", ""),
)
def no_account(config: Configuration) -> Iterator[Finding]:
    """``deploymentEnvironment.accountName`` says to which account Spinnaker itself is deployed."""
    for deployment in _distributed(config):
        environment = deployment.environment
        if not environment.text("accountName"):
            message = "the deployment is distributed, but names no account to deploy to"
            names = [account.text("name") for account in deployment.accounts("kubernetes")]
            hint = f"add accountName: {names[0]}" if names else "add accountName"
            yield Finding(environment.at("accountName"), message, hint)


@rule(
    "HAL1802",
    "deployment to an unknown account",
    "fatal",
    ids=("distributed-account-undefined", "deploy-account-undefined"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("accountName: k8s", "accountName: k8"),
)
def unknown_account(config: Configuration) -> Iterator[Finding]:
    """``deploymentEnvironment.accountName`` must be an account of a provider of this deployment;
    dynamic accounts do not count, because Halyard does not see them."""
    for deployment in _distributed(config):
        environment = deployment.environment
        name = environment.text("accountName")
        names = [account.text("name") for _, account in deployment.all_accounts()]
        if name and name not in names:
            message = f"no provider has an account '{cut(name)}'"
            hint = did_you_mean(name, names) or "add the account to providers.kubernetes"
            yield Finding(environment.at("accountName"), message, hint)


@rule(
    "HAL1803",
    "distributed deployment on Compute Engine",
    "warning",
    ids=("distributed-on-gce",),
    good=_GOOD,
    bad=_GOOD.replace("kubernetes:", "google:"),
)
def on_gce(config: Configuration) -> Iterator[Finding]:
    """Halyard supports a distributed deployment on Google Compute Engine in parts only; deploy to
    Kubernetes instead."""
    for deployment in _distributed(config):
        if _host(deployment) == "google":
            where = deployment.environment.at("accountName")
            message = "a distributed deployment on Compute Engine is not fully supported"
            yield Finding(where, message, "name a Kubernetes account")


@rule(
    "HAL1804",
    "deployment to a provider that cannot host Spinnaker",
    "fatal",
    ids=("distributed-provider-unsupported",),
    good=_GOOD,
    bad="""
deploymentEnvironment: {type: Distributed, accountName: hub}
providers: {dockerRegistry: {enabled: true, accounts: [{name: hub}]}}
""",
)
def unsupported(config: Configuration) -> Iterator[Finding]:
    """Spinnaker is deployed to a Kubernetes account (or one of Google), to no other."""
    for deployment in _distributed(config):
        host = _host(deployment)
        if host and host not in ("kubernetes", "google"):
            message = f"Spinnaker cannot be deployed to an account of {host}"
            where = deployment.environment.at("accountName")
            yield Finding(where, message, "name a Kubernetes account")


def _host(deployment: Deployment) -> str:
    """The provider of the account that is deployed to."""
    name = deployment.environment.text("accountName")
    found = [kind for kind, account in deployment.all_accounts() if account.text("name") == name]
    if not name or not found or "kubernetes" in found:
        return ""
    return found[0]


@rule(
    "HAL1805",
    "liveness probe without its delay",
    "fatal",
    ids=("liveness-initial-delay-missing",),
    good="""
deploymentEnvironment: {livenessProbeConfig: {enabled: true, initialDelaySeconds: 600}}
""",
    bad="deploymentEnvironment: {livenessProbeConfig: {enabled: true}}",
)
def liveness(config: Configuration) -> Iterator[Finding]:
    """With ``livenessProbeConfig.enabled`` Halyard wants ``initialDelaySeconds``, longer than a
    service takes to start. A deployment without it gets no probe at all."""
    for deployment in config.deployments:
        probe = deployment.environment.node("livenessProbeConfig")
        if probe.flag("enabled") and not probe.is_set("initialDelaySeconds"):
            message = "the liveness probe is enabled, but has no initialDelaySeconds"
            yield Finding(probe.at("initialDelaySeconds"), message, "add initialDelaySeconds: 600")


@rule(
    "HAL1806",
    "deployment from git without its users",
    "fatal",
    ids=("localgit-origin-user-missing", "localgit-upstream-user-missing"),
    good="deploymentEnvironment: {type: LocalGit, gitConfig: {originUser: me}}",
    bad="deploymentEnvironment: {type: LocalGit}",
)
def git_users(config: Configuration) -> Iterator[Finding]:
    """Type ``LocalGit`` clones from forks: ``gitConfig.originUser`` is your user at GitHub,
    ``upstreamUser`` (``spinnaker`` if left out) that of the original."""
    for deployment in config.deployments:
        environment = deployment.environment
        git = environment.node("gitConfig")
        if environment.text("type").strip() != "LocalGit":
            continue
        if not git.text("originUser"):
            yield Finding(git.at("originUser"), "gitConfig has no originUser", "add originUser")
        if git.value.get("upstreamUser") == "":
            yield Finding(git.at("upstreamUser"), "upstreamUser is empty", "remove upstreamUser")


@rule(
    "HAL1807",
    "size that high availability ignores",
    "warning",
    ids=("ha-clouddriver-sizing-ignored", "ha-echo-sizing-ignored"),
    good="""
deploymentEnvironment:
  haServices: {echo: {enabled: true}}
  customSizing: {spin-echo-worker: {replicas: 2}}
""",
    bad="""
deploymentEnvironment:
  haServices: {echo: {enabled: true}}
  customSizing: {spin-echo: {replicas: 2}}
""",
)
def main_sizing(config: Configuration) -> Iterator[Finding]:
    """A highly available clouddriver or echo runs as several services with names of their own;
    ``customSizing`` for the whole has no effect.

    Name the parts: ``spin-clouddriver-caching``, ``-ro``, ``-ro-deck``, ``-rw``;
    ``spin-echo-scheduler``, ``spin-echo-worker``.
    """
    for deployment in config.deployments:
        sizing = deployment.environment.node("customSizing")
        for service, parts in HA_PARTS.items():
            key = f"spin-{service}"
            if key in sizing.value and deployment.has_ha(service):
                message = f"{service} is highly available, so the size of {key} is ignored"
                hint = f"size its parts: {listed([f'spin-{part}' for part in parts])}"
                yield Finding(sizing.at(key), message, hint, key=True)


@rule(
    "HAL1808",
    "size of a part that does not run",
    "warning",
    ids=("ha-clouddriver-sub-sizing-unused", "ha-echo-sub-sizing-unused"),
    good="deploymentEnvironment: {customSizing: {spin-clouddriver: {replicas: 2}}}",
    bad="deploymentEnvironment: {customSizing: {spin-clouddriver-rw: {replicas: 2}}}",
)
def part_sizing(config: Configuration) -> Iterator[Finding]:
    """``customSizing`` names a part of a highly available service, but ``haServices`` does not
    enable it: the part does not run."""
    for deployment in config.deployments:
        sizing = deployment.environment.node("customSizing")
        for service, parts in HA_PARTS.items():
            for part in () if deployment.has_ha(service) else parts:
                if f"spin-{part}" in sizing.value:
                    message = f"{part} does not run: {service} is not highly available"
                    hint = f"size spin-{service}, or enable haServices.{service}"
                    yield Finding(sizing.at(f"spin-{part}"), message, hint, key=True)


@rule(
    "HAL1809",
    "some redis endpoints of clouddriver, not all",
    "error",
    ids=(
        "ha-clouddriver-redis-endpoints-partial",
        "ha-clouddriver-redis-endpoints-partial-no-deck",
    ),
    good="deploymentEnvironment: {haServices: {clouddriver: {enabled: true}}}",
    bad="""
deploymentEnvironment:
  haServices: {clouddriver: {enabled: true, redisMasterEndpoint: "redis://a:6379"}}
""",
)
def redis_endpoints(config: Configuration) -> Iterator[Finding]:
    """``redisMasterEndpoint``, ``redisSlaveEndpoint`` and (unless ``disableClouddriverRoDeck``)
    ``redisSlaveDeckEndpoint`` are given together, or not at all."""
    for deployment in config.deployments:
        ha = deployment.environment.node("haServices").node("clouddriver")
        keys = ["redisMasterEndpoint", "redisSlaveEndpoint"]
        if not ha.flag("disableClouddriverRoDeck"):
            keys.append("redisSlaveDeckEndpoint")
        missing = [key for key in keys if not ha.text(key).strip()]
        if ha.flag("enabled") and missing and len(missing) < len(keys):
            message = f"{listed(missing)} is missing beside the other endpoints"
            yield Finding(ha.at(missing[0]), message, "give all of them, or none")


_SIZES = frozenset(
    {f"spin-{name}" for name in SETTINGS_SERVICES} | SETTINGS_SERVICES | {"spin-monitoring-daemon"}
)
_BY_SERVICE = ("sidecars", "initContainers", "hostAliases", "tolerations", "affinity")


@rule(
    "HAL1810",
    "settings for no service",
    "warning",
    good="deploymentEnvironment: {customSizing: {spin-gate: {replicas: 2}}}",
    bad="deploymentEnvironment: {customSizing: {spin-gaet: {replicas: 2}}}",
)
def unknown_service(config: Configuration) -> Iterator[Finding]:
    """``customSizing``, ``sidecars``, ``initContainers``, ``hostAliases``, ``tolerations`` and
    ``affinity`` are looked up by ``spin-<service>``, then by the name of the service. Halyard
    never looks for any other key."""
    for deployment in config.deployments:
        for section in ("customSizing", *_BY_SERVICE):
            node = deployment.environment.node(section)
            for key in node.value:
                if key not in _SIZES:
                    message = f"no service is named '{cut(key)}', so {section} for it has no effect"
                    names = sorted(name for name in _SIZES if name.startswith("spin-"))
                    hint = did_you_mean(key, names)
                    if not hint.startswith("did"):
                        hint = "write spin- and the name of a service, like spin-clouddriver"
                    yield Finding(node.at(key), message, hint, key=True)


@rule(
    "HAL1811",
    "size without effect",
    "warning",
    good="""
deploymentEnvironment:
  customSizing: {spin-gate: {replicas: 2, limits: {cpu: 1}, requests: {memory: 1Gi}}}
""",
    bad="deploymentEnvironment: {customSizing: {spin-gate: {replica: 2}}}",
)
def unknown_size(config: Configuration) -> Iterator[Finding]:
    """``customSizing`` knows ``replicas``, ``limits`` and ``requests``; ``replicas`` only under
    ``spin-<service>``, not under the name of a container."""
    for deployment in config.deployments:
        for name, size in deployment.environment.node("customSizing").children():
            for key in size.value:
                if key not in ("replicas", "limits", "requests"):
                    message = f"Halyard knows no size '{cut(key)}'"
                    hint = did_you_mean(key, ["replicas", "limits", "requests"])
                    yield Finding(size.at(key), message, hint, key=True)
                elif key == "replicas" and not name.startswith("spin-") and name in _SIZES:
                    message = f"replicas are looked up under spin-{name}"
                    hint = f"move it to spin-{name}"
                    yield Finding(size.at(key), message, hint, key=True)


_POD = """
deploymentEnvironment:
  sidecars:
    spin-gate:
    - {name: proxy, dockerImage: envoy:v1}
"""


@rule(
    "HAL1812",
    "container that Kubernetes refuses",
    "error",
    good=_POD,
    bad=_POD + "    - {name: proxy, dockerImage: envoy:v2}\n",
)
def containers(config: Configuration) -> Iterator[Finding]:
    """A sidecar or init container needs an image and, within one pod, a name of its own
    (``custom-sidecar`` if a sidecar has none); Kubernetes refuses the pod otherwise."""
    for deployment in config.deployments:
        for section, image in (("sidecars", "dockerImage"), ("initContainers", "image")):
            node = deployment.environment.node(section)
            for service in node.value:
                yield from _containers(node, service, image)


def _containers(node: Node, service: str, image: str) -> Iterator[Finding]:
    names: list[str] = []
    for container in node.nodes(service):
        name = container.text("name") or ("custom-sidecar" if image == "dockerImage" else "")
        if name in names and name:
            message = f"{service} has a container '{cut(name)}' already"
            yield Finding(container.at("name"), message, "give one of them another name")
        names.append(name)
        if not name:
            yield Finding(container.at("name"), "this container has no name", "add name")
        if not container.text(image):
            yield Finding(container.at(image), "this container has no image", f"add {image}")
