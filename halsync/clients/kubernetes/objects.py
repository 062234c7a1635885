"""Any kind of object: reading, listing, applying, deleting. Objects are plain dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.clients.kubernetes.api import APPLY_PATCH, TIMEOUT
from halsync.clients.kubernetes.failures import ObjectNotFound
from halsync.clients.kubernetes.paths import path_of
from halsync.errors import ConfigError

if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api

Object = dict[str, Any]

MANAGER = "halsync"
"""The field manager of everything that halsync applies."""

_RESOURCES = {
    "ConfigMap": ("v1", "configmaps"),
    "Secret": ("v1", "secrets"),
    "Service": ("v1", "services"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "Deployment": ("apps/v1", "deployments"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "Job": ("batch/v1", "jobs"),
    "CronJob": ("batch/v1", "cronjobs"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "Role": ("rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings"),
}

KINDS = tuple(_RESOURCES)
"""The kinds whose place in the API is known."""

_PAGE = "500"


def resource_of(kind: str) -> tuple[str, str]:
    """``(apiVersion, resource)`` of a kind: ``("v1", "configmaps")``.

    Raises:
        ConfigError: the kind is not one of :data:`KINDS`.
    """
    try:
        return _RESOURCES[kind]
    except KeyError:
        raise ConfigError(
            f"halsync cannot handle objects of kind {kind[:80]!r}",
            hint=f"kinds it can: {', '.join(KINDS)}",
        ) from None


def get(api: Api, kind: str, name: str, *, timeout: float = TIMEOUT) -> Object:
    """The object.

    Raises:
        ObjectNotFound: it does not exist. For the rest see :class:`Api`.
    """
    version, resource = resource_of(kind)
    found: Object = api.request(
        "GET", path_of(version, resource, api.namespace, name), timeout=timeout
    )
    return found


def find(api: Api, kind: str, name: str, *, timeout: float = TIMEOUT) -> Object | None:
    """The object, or None if it does not exist."""
    try:
        return get(api, kind, name, timeout=timeout)
    except ObjectNotFound:
        return None


def list_at(
    api: Api, version: str, resource: str, query: dict[str, str], timeout: float = TIMEOUT
) -> list[Object]:
    """All pages of a collection."""
    path = path_of(version, resource, api.namespace)
    found: list[Object] = []
    query = {**query, "limit": _PAGE}
    while True:
        page = api.request("GET", path, query=query, timeout=timeout)
        found += page.get("items") or []
        following = (page.get("metadata") or {}).get("continue")
        if not following:
            return found
        query["continue"] = following


def server_side_apply(
    api: Api,
    manifest: Object,
    *,
    manager: str = MANAGER,
    dry_run: bool = False,
    force: bool = False,
    timeout: float = TIMEOUT,
) -> Object:
    """Make the fields of the manifest what it says, and return the object as it then is.

    Fields that only this manager set before and the manifest leaves out are removed. The
    manifest's own namespace is not looked at: the API's is used.

    Raises:
        Conflict: another manager holds a field with another value, and not ``force``.
        Rejected: the manifest is not a legal object.
    """
    version, resource = resource_of(str(manifest.get("kind", "")))
    metadata = {**manifest.get("metadata", {}), "namespace": api.namespace}
    query = {"fieldManager": manager, "fieldValidation": "Strict"}
    if dry_run:
        query["dryRun"] = "All"
    if force:
        query["force"] = "true"
    applied: Object = api.request(
        "PATCH",
        path_of(version, resource, api.namespace, str(metadata.get("name", ""))),
        query=query,
        body={**manifest, "metadata": metadata},
        content_type=APPLY_PATCH,
        timeout=timeout,
    )
    return applied


def delete(
    api: Api,
    kind: str,
    name: str,
    *,
    uid: str = "",
    dry_run: bool = False,
    timeout: float = TIMEOUT,
) -> None:
    """Delete the object; with ``uid`` only if it is still the one that was looked at.

    Raises:
        ObjectNotFound: it is gone already.
        Conflict: another object has taken its name.
    """
    version, resource = resource_of(kind)
    body: Object = {"apiVersion": "v1", "kind": "DeleteOptions"}
    if uid:
        body["preconditions"] = {"uid": uid}
    api.request(
        "DELETE",
        path_of(version, resource, api.namespace, name),
        query={"dryRun": "All"} if dry_run else None,
        body=body,
        timeout=timeout,
    )
