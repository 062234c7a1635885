"""Pods: the one that halsync runs in, and others by label."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from halsync.clients.kubernetes.api import MERGE_PATCH, TIMEOUT
from halsync.clients.kubernetes.failures import ObjectNotFound
from halsync.clients.kubernetes.objects import list_at
from halsync.clients.kubernetes.paths import path_of
from halsync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.objects import Object
    from halsync.settings.cluster import ClusterSettings


def own_pod_name(settings: ClusterSettings) -> str:
    """Settings, else ``$POD_NAME`` (downward API), else the host name, which a pod shares."""
    return settings.pod_name or os.environ.get("POD_NAME", "") or socket.gethostname().lower()


def own_pod(api: Api, settings: ClusterSettings, *, timeout: float = TIMEOUT) -> Object:
    """The pod that this process runs in.

    Raises:
        ConfigError: there is no pod of that name.
    """
    name = own_pod_name(settings)
    try:
        return read_pod(api, name, timeout=timeout)
    except ObjectNotFound as error:
        raise ConfigError(
            f"there is no pod {name} in namespace {api.namespace}",
            hint="give the pod's name with the downward API as POD_NAME, or set"
            " kubernetes.podName; a pod with a hostname of its own is called otherwise",
        ) from error


def read_pod(api: Api, name: str, *, timeout: float = TIMEOUT) -> Object:
    """The pod as the API writes it."""
    found: Object = api.request("GET", path_of("v1", "pods", api.namespace, name), timeout=timeout)
    return found


def list_pods(api: Api, selector: str, *, timeout: float = TIMEOUT) -> list[Object]:
    """Pods that match a label selector."""
    return list_at(api, "v1", "pods", {"labelSelector": selector}, timeout)


def delete_pod(
    api: Api, name: str, *, uid: str = "", grace: int | None = None, timeout: float = TIMEOUT
) -> None:
    """Delete the pod; with ``uid`` only if it is still the same one.

    Args:
        api: where.
        name: of the pod.
        uid: from its metadata.
        grace: seconds for its containers to end; None leaves it to the pod.
        timeout: seconds for the request.

    Raises:
        ObjectNotFound: it is gone.
        Conflict: another pod has its name by now.
    """
    body: Object = {"apiVersion": "v1", "kind": "DeleteOptions"}
    if uid:
        body["preconditions"] = {"uid": uid}
    if grace is not None:
        body["gracePeriodSeconds"] = grace
    api.request("DELETE", path_of("v1", "pods", api.namespace, name), body=body, timeout=timeout)


def annotate_pod(
    api: Api, name: str, annotations: Mapping[str, str | None], *, timeout: float = TIMEOUT
) -> Object:
    """Set annotations of the pod; None removes one."""
    changed: Object = api.request(
        "PATCH",
        path_of("v1", "pods", api.namespace, name),
        query={"fieldManager": "halsync"},
        body={"metadata": {"annotations": dict(annotations)}},
        content_type=MERGE_PATCH,
        timeout=timeout,
    )
    return changed


def owner(found: Object, kind: str = "") -> tuple[str, str]:
    """``(kind, name)`` of the object's controller; two empty strings if it has none."""
    for reference in found.get("metadata", {}).get("ownerReferences") or []:
        if reference.get("controller") and kind in ("", reference.get("kind")):
            return reference["kind"], reference["name"]
    return "", ""
