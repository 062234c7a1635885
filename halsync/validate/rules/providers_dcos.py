"""HAL134x: DC/OS clusters and accounts."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import file_of
from halsync.validate.rules.view import cut, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node

_GOOD = """
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  dcos:
    clusters:
    - name: east
      dcosUrl: https://dcos.acme.example
      loadBalancer: {image: marathon-lb}
    accounts:
    - name: dcos
      dockerRegistries: [{accountName: hub}]
      clusters:
      - {name: east, uid: bot, password: "encrypted:dcos:password"}
"""


def _accounts(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.accounts("dcos")


def _clusters(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.provider("dcos").nodes("clusters")


@rule(
    "HAL1340",
    "DC/OS account without clusters",
    "error",
    ids=("dcos-account-no-clusters",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(
        """clusters:
      - {name: east, uid: bot, password: "encrypted:dcos:password"}""",
        "clusters: []",
    ),
)
def no_clusters(config: Configuration) -> Iterator[Finding]:
    """An account says by ``clusters`` where it may log in; an empty list is refused."""
    for account in _accounts(config):
        if account.value.get("clusters") == []:
            message = "this account has no cluster"
            yield Finding(account.at("clusters"), message, "add one of providers.dcos.clusters")


@rule(
    "HAL1341",
    "unknown DC/OS cluster",
    "error",
    ids=("dcos-cluster-undefined",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("{name: east", "{name: west"),
)
def unknown_cluster(config: Configuration) -> Iterator[Finding]:
    """Every cluster of an account must be described in ``providers.dcos.clusters``."""
    for deployment in config.deployments:
        provider = deployment.provider("dcos")
        names = [cluster.text("name") for cluster in provider.nodes("clusters")]
        for account in provider.nodes("accounts"):
            for cluster in account.nodes("clusters"):
                name = cluster.text("name")
                if name not in names:
                    message = f"providers.dcos.clusters has no '{cut(name)}'"
                    hint = did_you_mean(name, names) or "describe the cluster there"
                    yield Finding(cluster.at("name"), message, hint)


@rule(
    "HAL1342",
    "credentials given twice",
    "error",
    ids=("dcos-duplicate-credentials",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD + '      - {name: east, uid: bot, password: "encrypted:dcos:password"}\n',
)
def twice(config: Configuration) -> Iterator[Finding]:
    """One account lists the same cluster with the same ``uid`` twice."""
    for account in _accounts(config):
        seen: set[tuple[str, str]] = set()
        for cluster in account.nodes("clusters"):
            pair = cluster.text("name"), cluster.text("uid")
            if pair in seen:
                message = f"cluster '{cut(pair[0])}' has this uid already"
                yield Finding(cluster.path, message, "remove one of the two")
            seen.add(pair)


@rule(
    "HAL1343",
    "DC/OS login without a secret",
    "warning",
    ids=("dcos-no-password-nor-key",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(', password: "encrypted:dcos:password"', ""),
)
def no_secret(config: Configuration) -> Iterator[Finding]:
    """Neither ``password`` nor ``serviceKeyFile`` is given, so logging in most likely fails."""
    for account in _accounts(config):
        for cluster in account.nodes("clusters"):
            if not cluster.text("password") and not cluster.text("serviceKeyFile"):
                message = "neither password nor serviceKeyFile is given"
                yield Finding(cluster.path, message, "add one of them")


@rule(
    "HAL1344",
    "DC/OS login with two secrets",
    "error",
    ids=("dcos-password-and-key",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("uid: bot", 'uid: bot, serviceKeyFile: "configserver:k"'),
)
def two_secrets(config: Configuration) -> Iterator[Finding]:
    """``password`` and ``serviceKeyFile`` exclude each other."""
    for account in _accounts(config):
        for cluster in account.nodes("clusters"):
            if cluster.text("password") and cluster.text("serviceKeyFile"):
                message = "password and serviceKeyFile exclude each other"
                yield Finding(cluster.at("serviceKeyFile"), message, "keep one", key=True)


@rule(
    "HAL1345",
    "empty service key file",
    "error",
    ids=("dcos-service-key-empty",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace('password: "encrypted:dcos:password"', "serviceKeyFile: k.pem")
    + "--- k.pem\n",
)
def empty_key(config: Configuration) -> Iterator[Finding]:
    """``serviceKeyFile`` names a file that holds nothing."""
    for account in _accounts(config):
        for cluster in account.nodes("clusters"):
            file = file_of(config, cluster.text("serviceKeyFile"))
            if file is not None and not file.content:
                message = "the service key file is empty"
                yield Finding(cluster.at("serviceKeyFile"), message, "add its content")


@rule(
    "HAL1346",
    "DC/OS without verified TLS",
    "warning",
    ids=("dcos-skip-tls",),
    good=_GOOD,
    bad=_GOOD.replace("loadBalancer:", "insecureSkipTlsVerify: true\n      loadBalancer:"),
)
def skip_tls(config: Configuration) -> Iterator[Finding]:
    """With ``insecureSkipTlsVerify: true`` anybody in between can read and change what is sent.
    Give ``caCertFile`` instead."""
    for cluster in _clusters(config):
        if cluster.flag("insecureSkipTlsVerify"):
            message = "the certificate of this cluster is not verified"
            yield Finding(cluster.at("insecureSkipTlsVerify"), message, "give caCertFile instead")


@rule(
    "HAL1347",
    "incomplete DC/OS cluster",
    "error",
    ids=("dcos-ca-cert-empty", "dcos-url-missing"),
    good=_GOOD,
    bad=_GOOD.replace("      dcosUrl: https://dcos.acme.example\n", ""),
)
def incomplete(config: Configuration) -> Iterator[Finding]:
    """A cluster needs ``dcosUrl``, and a ``caCertFile`` that is given must hold something."""
    for cluster in _clusters(config):
        if not cluster.text("dcosUrl"):
            yield Finding(cluster.at("dcosUrl"), "this cluster has no address", "add dcosUrl")
        file = file_of(config, cluster.text("caCertFile"))
        if file is not None and not file.content:
            message = "the certificate file is empty"
            yield Finding(cluster.at("caCertFile"), message, "add its content")


@rule(
    "HAL1348",
    "DC/OS cluster without load balancer",
    "warning",
    ids=("dcos-lb-image-missing",),
    good=_GOOD,
    bad=_GOOD.replace("      loadBalancer: {image: marathon-lb}\n", ""),
)
def load_balancer(config: Configuration) -> Iterator[Finding]:
    """Without ``loadBalancer.image`` Spinnaker cannot make load balancers on this cluster."""
    for cluster in _clusters(config):
        if not cluster.node("loadBalancer").text("image"):
            where = cluster.at("loadBalancer", "image")
            yield Finding(where, "no image for load balancers", "add loadBalancer: {image: …}")


@rule(
    "HAL1349",
    "two DC/OS clusters of one name",
    "fatal",
    ids=("dcos-cluster-name-duplicate",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace(
        "    accounts:\n",
        "    - {name: east, dcosUrl: 'https://b', loadBalancer: {image: lb}}\n    accounts:\n",
    ).replace(
        "  dockerRegistry: {enabled: true, accounts:", "  dockerRegistry: {enabled: true, accounts:"
    ),
)
def duplicate_cluster(config: Configuration) -> Iterator[Finding]:
    """Accounts name clusters, so each must have a name of its own."""
    for deployment in config.deployments:
        names: list[str] = []
        for cluster in deployment.provider("dcos").nodes("clusters"):
            name = cluster.text("name")
            if name in names:
                message = f"there is a cluster '{cut(name)}' already"
                yield Finding(cluster.at("name"), message, "give one of them another name")
            names.append(name)
