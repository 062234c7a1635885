"""HAL22xx: what parses well and makes a deployment crash, or a service that finds nobody."""

from __future__ import annotations

import re

from halsync.halyard import SETTINGS_SERVICES, takes_profile
from halsync.patterns import Pattern
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.secrets import inputs, texts
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Deployment


def _settings(config: Configuration) -> Iterator[tuple[Deployment, str]]:
    """The service-settings that Halyard opens."""
    for deployment in config.deployments:
        for path in config.settings(deployment.name):
            name = path.split("/", 2)[2]
            if name.endswith(".yml") and name[:-4] in SETTINGS_SERVICES:
                yield deployment, path


@rule(
    "HAL2201",
    "replicas that are no whole number",
    "fatal",
    ids=("deploy-replicas-not-integer",),
    on_deploy=True,
    good="deploymentEnvironment: {customSizing: {spin-gate: {replicas: 2}}}",
    bad='deploymentEnvironment: {customSizing: {spin-gate: {replicas: "2"}}}',
)
def replicas(config: Configuration) -> Iterator[Finding]:
    """``customSizing.*.replicas`` is taken as it stands in the YAML: everything but a plain whole
    number, a quoted one as well, ends the deployment in a ``ClassCastException``."""
    for deployment in config.deployments:
        for _, size in deployment.environment.node("customSizing").children():
            value = size.value.get("replicas")
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int):
                message = "replicas must be a whole number without quotes"
                yield Finding(size.at("replicas"), message, "write replicas: 2")
            elif value < 0:
                message = "there cannot be less than 0 replicas"
                yield Finding(size.at("replicas"), message, "write replicas: 1", severity="error")


@rule(
    "HAL2202",
    "address of a service that is no URI",
    "fatal",
    ids=("deploy-override-base-url-invalid",),
    on_deploy=True,
    good="timezone: Etc/UTC\n--- default/service-settings/redis.yml\n"
    "overrideBaseUrl: redis://redis.acme.example:6379\n",
    bad="timezone: Etc/UTC\n--- default/service-settings/redis.yml\n"
    'overrideBaseUrl: "redis://redis acme:6379"\n',
)
def base_url(config: Configuration) -> Iterator[Finding]:
    """``overrideBaseUrl`` and ``baseUrl`` of service-settings are made a ``java.net.URI`` while the
    deployment is put together, which fails for what is none."""
    for _, path in _settings(config):
        node = config.node(path)
        for key in ("overrideBaseUrl", "baseUrl"):
            url = node.text(key)
            if url:
                from halsync.validate.schema.java_net import uri_fault

                fault = uri_fault(url)
                if fault:
                    message = f"'{cut(url)}' is no address: {fault}"
                    yield Finding(node.at(key), message, "correct the address", file=path)


@rule(
    "HAL2203",
    "annotation that breaks the manifest",
    "error",
    good="timezone: Etc/UTC\n--- default/service-settings/gate.yml\n"
    "kubernetes: {podAnnotations: {acme.example/team: ops}}\n",
    bad="timezone: Etc/UTC\n--- default/service-settings/gate.yml\n"
    "kubernetes: {podAnnotations: {acme.example/team: '\"ops\"'}}\n",
)
def pod_annotations(config: Configuration) -> Iterator[Finding]:
    """Halyard writes ``podAnnotations`` between double quotes as they are, so a ``"`` or a ``\\``
    in one makes a manifest that Kubernetes cannot read."""
    for _, path in _settings(config):
        pods = config.node(path).node("kubernetes").node("podAnnotations")
        for key, value in pods.value.items():
            if isinstance(value, str) and ('"' in value or "\\" in value):
                message = 'a " or \\ in an annotation makes a broken manifest'
                yield Finding(pods.at(key), message, "write it without", file=path)


@rule(
    "HAL2204",
    "file name that no Kubernetes secret takes",
    "error",
    good="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\nserver: {port: 8084}\n",
    bad="timezone: Etc/UTC\n--- default/profiles/gate-my local.yml\nserver: {port: 8084}\n",
)
def secret_key(config: Configuration) -> Iterator[Finding]:
    """Profiles reach a service as keys of a Kubernetes secret, which hold letters, digits, ``-``,
    ``_`` and ``.`` only; another character in the name of the file ends the deployment."""
    for deployment in config.deployments:
        for path in config.profiles(deployment.name):
            name = path.split("/", 2)[2]
            last = name.rpartition("/")[2]
            if takes_profile(name) and not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", last):
                message = f"no Kubernetes secret takes a key '{cut(last)}'"
                yield Finding((), message, "rename it: letters, digits, '-', '_', '.'", file=path)


@rule(
    "HAL2205",
    "empty item in a list that Halyard takes as it stands",
    "error",
    good="deploymentEnvironment: {initContainers: {spin-gate: [{name: a, image: b}]}}",
    bad="deploymentEnvironment:\n  initContainers:\n    spin-gate:\n    -\n",
)
def null_items(config: Configuration) -> Iterator[Finding]:
    """An item without content among ``initContainers`` or ``hostAliases`` is a null, on which the
    deployment ends. Fill the item, or remove its dash."""
    for deployment in config.deployments:
        for section in ("initContainers", "hostAliases"):
            node = deployment.environment.node(section)
            for service in node.value:
                for index, item in enumerate(node.items(service)):
                    if item is None:
                        message = f"an empty item among {section}"
                        yield Finding(node.at(service, index), message, "remove the dash")


_ROUGH = Pattern(rb"://[^\s/?#\"'${}]*[A-Z][A-Z0-9]*_[A-Z0-9]")
_UNFILLED = Pattern(
    r"://(?:[^\s/?#@\"'${}]*@)?[^\s/?#@\"'${}]*?(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"
)


@rule(
    "HAL2206",
    "placeholder that nobody fills in",
    "warning",
    good="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\n"
    "redis: {connection: 'redis://spin-redis:6379'}\n",
    bad="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\n"
    "redis: {connection: 'redis://RELEASE_NAME-redis:6379'}\n",
)
def unfilled(config: Configuration) -> Iterator[Finding]:
    """A name in capitals stands where an address has its host, which no host is called: a
    placeholder that is not declared. The service would look for a host of that name.

    Declare it with its value (``--set NAME=VALUE``, or ``render.placeholders`` in
    ``halsync.yaml``), or write the host itself. What Spring fills in (``${NAME}``) is left alone.
    """
    for file in inputs(config):
        if not _ROUGH.search(config.files[file].content):
            continue
        for path, text in texts(config, file):
            found = _UNFILLED.search(text)
            if found:
                name = cut(found["name"])
                message = f"'{name}' stands here, where an address has its host"
                hint = f"declare the placeholder (--set {name}=…), or write the host"
                yield Finding(path, message, hint, file=file)
