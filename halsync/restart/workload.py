"""The own pod and what it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.pods import list_pods, own_pod, owner, read_pod
from halsync.clients.kubernetes.workloads import read_workload
from halsync.errors import AccessDenied, ConfigError
from halsync.restart.opening import cluster_of, restart_of

if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.objects import Object
    from halsync.clients.kubernetes.workloads import Workload
    from halsync.settings.model import Settings

_KINDS: dict[str, Workload] = {"statefulset": "StatefulSet", "deployment": "Deployment"}
_TIMEOUT = 10.0


class Place:
    """Where this process runs, asked once: neither changes while it lives."""

    def __init__(self, settings: Settings) -> None:
        self.cluster = cluster_of(settings)
        self._named = restart_of(settings).statefulset
        self._api: Api | None = None
        self._pod: Object | None = None
        self._workload: tuple[Workload, str] | None = None

    @property
    def api(self) -> Api:
        """The API, in a child process."""
        if self._api is None:
            self._api = connect(self.cluster, apart=True)
        return self._api

    def pod(self) -> Object:
        """The own pod as it was when it was first asked for: name, UID, owner, labels.

        Raises:
            HalsyncError: as :func:`halsync.clients.kubernetes.pods.own_pod`.
        """
        if self._pod is None:
            self._pod = own_pod(self.api, self.cluster, timeout=_TIMEOUT)
        return self._pod

    def workload(self) -> tuple[Workload, str]:
        """Kind and name of the StatefulSet or Deployment.

        Raises:
            ConfigError: the pod belongs to neither, and none is named.
        """
        if self._workload is None:
            self._workload = named(self._named) if self._named else _owner(self.pod())
        return self._workload

    def waiting(self) -> str:
        """Why no other pod comes, for people; empty if nothing is known.

        Raises:
            HalsyncError: the API cannot be asked.
        """
        reasons: list[str] = []
        try:
            spec = read_workload(self.api, *self.workload(), timeout=_TIMEOUT)["spec"]
            if spec.get("paused"):
                reasons.append("it is paused (spec.paused)")
            labels = (spec.get("selector") or {}).get("matchLabels") or {}
            text = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
            pods = list_pods(self.api, text, timeout=_TIMEOUT) if text else []
        except AccessDenied:
            # No Role needs to allow these; a StatefulSet's next pod has the name of this one.
            name = self.pod()["metadata"]["name"]
            pods = [read_pod(self.api, name, timeout=_TIMEOUT)]
        reasons += [f"pod {pod['metadata']['name']}: {why}" for pod in pods if (why := stuck(pod))]
        return "; ".join(reasons[:3])

    def close(self) -> None:
        """End the child process."""
        if self._api is not None:
            self._api.close()


def named(text: str) -> tuple[Workload, str]:
    """``deployment/halyard`` or ``halyard``, taken apart."""
    kind, slash, name = text.partition("/")
    return (_KINDS[kind], name) if slash else ("StatefulSet", text)


def _owner(pod: Object) -> tuple[Workload, str]:
    kind, name = owner(pod)
    labels = pod["metadata"].get("labels") or {}
    if kind == "ReplicaSet":
        # The Deployment's controller calls it NAME-HASH, and labels its pods with the hash.
        template = labels.get("pod-template-hash", "")
        if template and name.endswith(f"-{template}"):
            return "Deployment", name.removesuffix(f"-{template}")
    if kind in _KINDS.values():
        return kind, name  # type: ignore[return-value]
    raise ConfigError(
        f"the pod {pod['metadata']['name']} belongs to no StatefulSet"
        + (f", but to {kind} {name}" if kind else ""),
        where="restart.statefulset",
        hint="name the StatefulSet, or deployment/NAME, in restart.statefulset",
    )


def stuck(pod: Object) -> str:
    """What keeps a pod from running, or from ending, in the words of Kubernetes."""
    if pod["metadata"].get("deletionTimestamp"):
        held = ", ".join(pod["metadata"].get("finalizers") or [])
        return "is being deleted" + (f", and finalizers hold it: {held}" if held else "")
    status: dict[str, Any] = pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            why = condition.get("message") or condition.get("reason") or "no reason given"
            return f"Pending: {why}"
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(kind) or []:
            waiting = (container.get("state") or {}).get("waiting")
            if waiting and waiting.get("reason") not in ("PodInitializing", "ContainerCreating"):
                return f"{container['name']}: {waiting.get('reason')} {waiting.get('message', '')}"
    return "Pending" if status.get("phase") == "Pending" else ""


def ready(pod: Object) -> bool:
    """Whether the kubelet finds all its containers ready."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)
