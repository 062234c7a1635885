"""Samples of what says which Kubernetes API, and what is kept there."""

from __future__ import annotations

from halsync.settings.cluster import ClusterSettings
from halsync.settings.manifests import AccountsSettings, ManifestSettings
from halsync.settings.model import SecretRef, Settings
from tests.settings.sample import Sample


def _cluster(settings: Settings) -> ClusterSettings:
    return settings.cluster or ClusterSettings()


def _manifests(settings: Settings) -> ManifestSettings:
    return settings.manifests or ManifestSettings()


def _accounts(settings: Settings) -> AccountsSettings:
    return settings.accounts or AccountsSettings()


CLUSTER_SAMPLES = {
    "kubernetes.kubeconfig": Sample("/kc", "/kc", "/kc", lambda s: _cluster(s).kubeconfig),
    "kubernetes.context": Sample("prod", "prod", "prod", lambda s: _cluster(s).context),
    "kubernetes.namespace": Sample("hal-1", "hal-1", "hal-1", lambda s: _cluster(s).namespace),
    "kubernetes.podName": Sample("hal-0", "hal-0", "hal-0", lambda s: _cluster(s).pod_name),
    "kubernetes.serviceAccountDir": Sample(
        "/sa", "/sa", "/sa", lambda s: _cluster(s).service_account
    ),
    "manifests.paths": Sample("a/,b", ["a", "b"], ("a", "b"), lambda s: _manifests(s).paths),
    "manifests.kinds": Sample("Job", ["Job"], ("Job",), lambda s: _manifests(s).kinds),
    "manifests.namespaces": Sample("x", ["x"], ("x",), lambda s: _manifests(s).namespaces),
    "manifests.apply": Sample("init", "init", "init", lambda s: _manifests(s).apply),
    "manifests.prune": Sample("true", True, True, lambda s: _manifests(s).prune),
    "manifests.force": Sample("true", True, True, lambda s: _manifests(s).force),
    "manifests.inventory": Sample("inv", "inv", "inv", lambda s: _manifests(s).inventory),
    "manifests.jasypt.password": Sample(
        "/j", "/j", SecretRef(file="/j"), lambda s: _manifests(s).jasypt.password
    ),
    "manifests.jasypt.secret": Sample("j", "j", "j", lambda s: _manifests(s).jasypt.secret),
    "manifests.jasypt.key": Sample("k", "k", "k", lambda s: _manifests(s).jasypt.key),
    "manifests.jasypt.algorithm": Sample(
        "PBEWithMD5AndDES",
        "PBEWithMD5AndDES",
        "PBEWithMD5AndDES",
        lambda s: _manifests(s).jasypt.algorithm,
    ),
    "accounts.directory": Sample("/opsmx", "/opsmx", "/opsmx", lambda s: _accounts(s).directory),
    "accounts.seenAs": Sample("/seen", "/seen", "/seen", lambda s: _accounts(s).seen_as),
    "accounts.interval": Sample("1m", "1m", 60.0, lambda s: _accounts(s).interval),
    "accounts.files": Sample("c.yml", ["c.yml"], ("c.yml",), lambda s: _accounts(s).files),
    "accounts.mode": Sample("600", "600", 0o600, lambda s: _accounts(s).mode),
    "accounts.group": Sample("hal", "hal", "hal", lambda s: _accounts(s).group),
}
