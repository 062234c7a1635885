"""Samples of what says which Kubernetes API, and what is kept there."""

from __future__ import annotations

from halsync.settings.cluster import ClusterSettings
from halsync.settings.model import Settings
from tests.settings.sample import Sample


def _cluster(settings: Settings) -> ClusterSettings:
    return settings.cluster or ClusterSettings()


CLUSTER_SAMPLES = {
    "kubernetes.kubeconfig": Sample("/kc", "/kc", "/kc", lambda s: _cluster(s).kubeconfig),
    "kubernetes.context": Sample("prod", "prod", "prod", lambda s: _cluster(s).context),
    "kubernetes.namespace": Sample("hal-1", "hal-1", "hal-1", lambda s: _cluster(s).namespace),
    "kubernetes.podName": Sample("hal-0", "hal-0", "hal-0", lambda s: _cluster(s).pod_name),
    "kubernetes.serviceAccountDir": Sample(
        "/sa", "/sa", "/sa", lambda s: _cluster(s).service_account
    ),
}
