"""The kinds that the server knows, and what sets them apart."""

from __future__ import annotations

from typing import Any, NamedTuple

Object = dict[str, Any]


class Kind(NamedTuple):
    """One kind of object."""

    group: str
    version: str
    resource: str
    kind: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    generation: bool = False
    """Whether a change of ``spec`` counts ``metadata.generation`` up."""

    @property
    def api_version(self) -> str:
        """``v1`` or ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def stored(self) -> str:
        """Under which name objects are kept: the two kinds of Event are one."""
        return f"{'' if self.resource == 'events' else self.group}/{self.resource}"


KINDS = (
    Kind("", "v1", "namespaces", "Namespace", ("ns",), namespaced=False),
    Kind("", "v1", "pods", "Pod", ("po",), subresources=("status",)),
    Kind("", "v1", "secrets", "Secret"),
    Kind("", "v1", "configmaps", "ConfigMap", ("cm",)),
    Kind("", "v1", "services", "Service", ("svc",), subresources=("status",)),
    Kind("", "v1", "serviceaccounts", "ServiceAccount", ("sa",), subresources=("token",)),
    Kind("", "v1", "events", "Event", ("ev",)),
    Kind("apps", "v1", "statefulsets", "StatefulSet", ("sts",), True, ("status", "scale"), True),
    Kind("apps", "v1", "deployments", "Deployment", ("deploy",), True, ("status", "scale"), True),
    Kind("apps", "v1", "replicasets", "ReplicaSet", ("rs",), True, ("status", "scale"), True),
    Kind("events.k8s.io", "v1", "events", "Event", ("ev",)),
    Kind("coordination.k8s.io", "v1", "leases", "Lease"),
    Kind("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Kind("batch", "v1", "jobs", "Job", (), True, ("status",), True),
)


def find(group: str, version: str, resource: str) -> Kind | None:
    """The kind that a path names."""
    for kind in KINDS:
        if (kind.group, kind.version, kind.resource) == (group, version, resource):
            return kind
    return None


MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
    "ownerReferences": "uid",
    "conditions": "type",
    "ports": "containerPort",
    "volumeClaimTemplates": "",
    "tolerations": "",
}
"""Lists of objects: the key by which entries are told apart; empty for lists that are one
value (``x-kubernetes-list-type: atomic``). Lists that are not here are one value, too."""

SETS = {"finalizers"}
"""Lists whose values are a set."""


def merge_key(path: tuple[str, ...]) -> str:
    """The key of the list at a path of field names; empty if the list is one value."""
    if path[-1:] == ("ports",) and path[:2] == ("spec", "ports"):
        return "port"
    return MERGE_KEYS.get(path[-1], "") if path else ""
