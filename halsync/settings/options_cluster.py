"""The settings below ``kubernetes``: which cluster, and as whom."""

from __future__ import annotations

from halsync.settings.spec import LOOKING, Option

_CLUSTER = "kubernetes."
_COMMANDS = LOOKING
_GROUP = "Kubernetes"

CLUSTER: tuple[Option, ...] = (
    Option(
        _CLUSTER + "kubeconfig",
        "path",
        "Kubeconfig for the Kubernetes API; by default the pod's service account, or else "
        "$KUBECONFIG or ~/.kube/config.",
        flag="--kubeconfig",
        commands=_COMMANDS,
        group=_GROUP,
        example="/etc/halsync/kubeconfig",
    ),
    Option(
        _CLUSTER + "context",
        "text",
        "Context of the kubeconfig; by default its current one.",
        flag="--kube-context",
        metavar="NAME",
        commands=_COMMANDS,
        group=_GROUP,
        example="production",
    ),
    Option(
        _CLUSTER + "namespace",
        "text",
        "The one namespace that halsync reads and writes; by default that of the pod or of the "
        "context.",
        flag="--namespace",
        metavar="NAME",
        commands=_COMMANDS,
        group=_GROUP,
        example="spinnaker",
    ),
    Option(
        _CLUSTER + "podName",
        "text",
        "Name of the pod that halsync runs in; by default $POD_NAME, else the host name.",
        group=_GROUP,
        example="halyard-0",
    ),
    Option(
        _CLUSTER + "serviceAccountDir",
        "path",
        "Where the service account is mounted: token, ca.crt and namespace.",
        "/var/run/secrets/kubernetes.io/serviceaccount",
        group=_GROUP,
        example="/run/secrets/halsync-account",
    ),
)
