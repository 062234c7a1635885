"""Which Kubernetes API to talk to, and as whom."""

from __future__ import annotations

from halsync.records import NamedTuple

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the kubelet mounts ``token``, ``ca.crt`` and ``namespace``."""


class ClusterSettings(NamedTuple):
    """Nothing need be set inside a pod, nor where kubectl works."""

    kubeconfig: str = ""
    """Empty: the service account if one is mounted, else ``$KUBECONFIG`` or
    ``~/.kube/config``."""
    context: str = ""
    """Empty: the kubeconfig's current one."""
    namespace: str = ""
    """Empty: the pod's own, or the context's."""
    pod_name: str = ""
    """Empty: ``$POD_NAME``, else the host name."""
    service_account: str = SERVICE_ACCOUNT
