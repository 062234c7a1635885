"""HAL11xx: Kubernetes accounts."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import cut, listed, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node


def _accounts(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        yield from deployment.accounts("kubernetes")


def _is_v1(account: Node) -> bool:
    return account.text("providerVersion").strip() in ("V1", "0")


@rule(
    "HAL1101",
    "legacy Kubernetes provider",
    "warning",
    ids=("k8s-v1-removed",),
    on_deploy=True,
    good="providers: {kubernetes: {accounts: [{name: k8s, providerVersion: V2}]}}",
    bad="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  kubernetes:
    accounts: [{name: k8s, providerVersion: V1, dockerRegistries: [{accountName: hub}]}]
""",
)
def legacy(config: Configuration) -> Iterator[Finding]:
    """``providerVersion: V1`` names the provider that was removed from Spinnaker in 1.21.

    Remove the key: V2 is the default.
    """
    for account in _accounts(config):
        if _is_v1(account):
            message = "the legacy provider V1 was removed from Spinnaker"
            yield Finding(account.at("providerVersion"), message, "remove providerVersion")


@rule(
    "HAL1102",
    "setting that the legacy provider lacks",
    "warning",
    ids=("k8s-v1-kind-config", "k8s-v1-only-spinnaker-managed"),
    on_deploy=True,
    good="providers: {kubernetes: {accounts: [{name: k8s, kinds: [pod]}]}}",
    bad="""
providers:
  dockerRegistry: {enabled: true, accounts: [{name: hub}]}
  kubernetes:
    accounts:
    - {name: k8s, providerVersion: V1, kinds: [pod], dockerRegistries: [{accountName: hub}]}
""",
)
def not_for_legacy(config: Configuration) -> Iterator[Finding]:
    """``kinds``, ``omitKinds``, ``customResources`` and ``onlySpinnakerManaged`` mean something
    to provider version V2 only.

    Remove ``providerVersion: V1``, or the setting.
    """
    for account in _accounts(config):
        if not _is_v1(account):
            continue
        for key in ("kinds", "omitKinds", "customResources"):
            if account.items(key):
                message = f"{key} means nothing to provider version V1"
                yield Finding(account.at(key), message, "remove providerVersion: V1")
        if account.flag("onlySpinnakerManaged"):
            message = "onlySpinnakerManaged means nothing to provider version V1"
            hint = "remove providerVersion: V1"
            yield Finding(account.at("onlySpinnakerManaged"), message, hint)


@rule(
    "HAL1103",
    "kinds beside omitKinds",
    "error",
    ids=("k8s-kinds-and-omit-kinds",),
    on_deploy=True,
    good="providers: {kubernetes: {accounts: [{name: k8s, kinds: [pod], omitKinds: []}]}}",
    bad="providers: {kubernetes: {accounts: [{name: k8s, kinds: [pod], omitKinds: [event]}]}}",
)
def both_kinds(config: Configuration) -> Iterator[Finding]:
    """``kinds`` says what clouddriver looks at, ``omitKinds`` what it does not; both at once is
    refused by Halyard and by clouddriver."""
    for account in _accounts(config):
        if account.items("kinds") and account.items("omitKinds"):
            message = "kinds and omitKinds exclude each other"
            yield Finding(account.at("omitKinds"), message, "keep one of the two")


@rule(
    "HAL1104",
    "custom resource without a kind",
    "error",
    ids=("k8s-custom-resource-kind-missing",),
    on_deploy=True,
    good="""
providers: {kubernetes: {accounts: [{name: k8s, customResources: [{kubernetesKind: foo.io}]}]}}
""",
    bad="""
providers: {kubernetes: {accounts: [{name: k8s, customResources: [{versioned: true}]}]}}
""",
)
def custom_without_kind(config: Configuration) -> Iterator[Finding]:
    """Each of ``customResources`` says by ``kubernetesKind`` which kind it is about."""
    for account in _accounts(config):
        for resource in account.nodes("customResources"):
            if not resource.text("kubernetesKind"):
                message = "this custom resource names no kind"
                hint = "add kubernetesKind: KIND.GROUP"
                yield Finding(resource.at("kubernetesKind"), message, hint)


@rule(
    "HAL1105",
    "custom resource that is not cached",
    "warning",
    ids=("k8s-custom-resource-not-in-kinds", "k8s-custom-resource-in-omit-kinds"),
    on_deploy=True,
    good="""
providers:
  kubernetes:
    accounts: [{name: k8s, kinds: [pod, foo.io], customResources: [{kubernetesKind: foo.io}]}]
""",
    bad="""
providers:
  kubernetes:
    accounts: [{name: k8s, kinds: [pod], customResources: [{kubernetesKind: foo.io}]}]
""",
)
def custom_not_cached(config: Configuration) -> Iterator[Finding]:
    """A custom resource is described, but left out of ``kinds`` (or put into ``omitKinds``), so
    clouddriver does not look at it.

    Add its kind to ``kinds``, or take it out of ``omitKinds``.
    """
    for account in _accounts(config):
        kinds = [text_of(kind) for kind in account.items("kinds")]
        omitted = [text_of(kind) for kind in account.items("omitKinds")]
        for resource in account.nodes("customResources"):
            kind = resource.text("kubernetesKind")
            if kinds and kind not in kinds:
                message = f"'{cut(kind)}' is not among kinds, so it is not cached"
                yield Finding(resource.at("kubernetesKind"), message, "add it to kinds")
            elif kind in omitted:
                message = f"'{cut(kind)}' is among omitKinds, so it is not cached"
                yield Finding(resource.at("kubernetesKind"), message, "remove it from omitKinds")


@rule(
    "HAL1106",
    "negative number of cache threads",
    "error",
    ids=("k8s-cache-threads-negative",),
    on_deploy=True,
    good="providers: {kubernetes: {accounts: [{name: k8s, cacheThreads: 1}]}}",
    bad="providers: {kubernetes: {accounts: [{name: k8s, cacheThreads: -1}]}}",
)
def cache_threads(config: Configuration) -> Iterator[Finding]:
    """``cacheThreads`` counts the threads that look at the cluster; less than none is refused."""
    for account in _accounts(config):
        if (account.number("cacheThreads") or 0) < 0:
            message = "cacheThreads must be 0 or more"
            yield Finding(account.at("cacheThreads"), message, "write 1, the default")


@rule(
    "HAL1107",
    "namespaces beside omitNamespaces",
    "error",
    good="providers: {kubernetes: {accounts: [{name: k8s, namespaces: [a]}]}}",
    bad="""
providers: {kubernetes: {accounts: [{name: k8s, namespaces: [a], omitNamespaces: [b]}]}}
""",
)
def both_namespaces(config: Configuration) -> Iterator[Finding]:
    """``namespaces`` says where clouddriver looks, ``omitNamespaces`` where it does not.
    clouddriver refuses to load an account with both; Halyard does not notice."""
    for account in _accounts(config):
        if account.items("namespaces") and account.items("omitNamespaces"):
            message = "namespaces and omitNamespaces exclude each other"
            yield Finding(account.at("omitNamespaces"), message, "keep one of the two")


@rule(
    "HAL1108",
    "name listed twice",
    "warning",
    good="providers: {kubernetes: {accounts: [{name: k8s, namespaces: [a, b]}]}}",
    bad="providers: {kubernetes: {accounts: [{name: k8s, namespaces: [a, b, a]}]}}",
)
def listed_twice(config: Configuration) -> Iterator[Finding]:
    """A namespace or a kind stands twice in one list: most likely another was meant."""
    for account in _accounts(config):
        for key in ("namespaces", "omitNamespaces", "kinds", "omitKinds"):
            names = [text_of(name) for name in account.items(key)]
            for index, name in enumerate(names):
                if name and name in names[:index]:
                    message = f"'{cut(name)}' is in {key} already"
                    yield Finding(account.at(key, index), message, "remove one of the two")


_AUTH = ("kubeconfigFile", "kubeconfigContents", "serviceAccount")


@rule(
    "HAL1109",
    "several ways to reach the cluster",
    "warning",
    good="providers: {kubernetes: {accounts: [{name: k8s, serviceAccount: true}]}}",
    bad="""
providers:
  kubernetes: {accounts: [{name: k8s, serviceAccount: true, kubeconfigContents: "apiVersion: v1"}]}
""",
)
def several_ways(config: Configuration) -> Iterator[Finding]:
    """An account is reached by ``kubeconfigFile``, by ``kubeconfigContents`` or, in its own
    cluster, by ``serviceAccount: true``; only one of them is used.

    Keep the one that is meant.
    """
    for account in _accounts(config):
        given = [
            key
            for key in _AUTH
            if (account.flag(key) if key == "serviceAccount" else account.text(key))
        ]
        if len(given) > 1:
            message = f"only one of {listed(given)} is used"
            yield Finding(account.at(given[-1]), message, "keep the one that is meant", key=True)
