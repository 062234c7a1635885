"""StatefulSets and Deployments: what they are, and changing them without losing a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from halsync.clients.kubernetes.api import MERGE_PATCH, TIMEOUT
from halsync.clients.kubernetes.failures import Conflict
from halsync.clients.kubernetes.objects import MANAGER, get, resource_of
from halsync.clients.kubernetes.paths import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.objects import Object

Workload = Literal["StatefulSet", "Deployment"]

_TRIES = 5


def read_workload(api: Api, kind: Workload, name: str, *, timeout: float = TIMEOUT) -> Object:
    """The StatefulSet or Deployment as the API writes it."""
    return get(api, kind, name, timeout=timeout)


def change_workload(
    api: Api,
    kind: Workload,
    name: str,
    change: Callable[[Object], Object | None],
    *,
    timeout: float = TIMEOUT,
) -> Object:
    """Patch what was read, and only that: a change by somebody else in between starts again.

    Args:
        api: where.
        kind: of the workload.
        name: of the workload.
        change: gets the object, returns a merge patch (RFC 7386), or None if nothing is to be
            done. Called again with the newer object after a conflict.
        timeout: seconds for each request.

    Returns:
        The object as it is afterwards.

    Raises:
        Conflict: somebody else was faster five times.
        ObjectNotFound: it does not exist. For the rest see :class:`Api`.
    """
    version, resource = resource_of(kind)
    path = path_of(version, resource, api.namespace, name)
    for attempt in range(1, _TRIES + 1):
        found = get(api, kind, name, timeout=timeout)
        patch = change(found)
        if patch is None:
            return found
        at = {"resourceVersion": found["metadata"]["resourceVersion"]}
        body: dict[str, Any] = {**patch, "metadata": {**patch.get("metadata", {}), **at}}
        try:
            changed: Object = api.request(
                "PATCH",
                path,
                query={"fieldManager": MANAGER},
                body=body,
                content_type=MERGE_PATCH,
                timeout=timeout,
            )
        except Conflict:
            if attempt == _TRIES:
                raise
        else:
            return changed
    raise AssertionError("unreachable")
