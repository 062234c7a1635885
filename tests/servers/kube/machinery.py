"""The controllers of StatefulSets and Deployments, and the kubelet, as far as tests can tell.

A workload has one pod for each replica. A changed template, or a deleted pod, brings a new pod
with a new UID; with ``OnDelete`` only a deleted one does. A new pod gets ready at once, or when the
test says so (``hold``).
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from json import dumps

from tests.servers.kube.answers import Refused
from tests.servers.kube.kinds import KINDS, Kind, Object
from tests.servers.kube.store import Options, Store

PODS = next(kind for kind in KINDS if kind.kind == "Pod")
_WORKLOADS = {kind.kind: kind for kind in KINDS if kind.kind in ("StatefulSet", "Deployment")}
_CONTROLLER = Options(manager="kube-controller-manager")


class Machinery:
    """Watches the store and acts a moment later, in a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.hold = False
        """New pods stay Pending until :meth:`ready` is called."""
        self.paused = False
        """Nothing is reconciled: a controller manager that is down."""
        self.started: list[Callable[[Object], None]] = []
        """Called with each pod when it gets ready: here a test starts its daemon."""
        self.stopped: list[Callable[[Object], None]] = []
        """Called with each pod that has ended."""
        self.log: list[tuple[str, str, str]] = []
        """``(what, pod, uid)`` with what ``created``, ``ready`` or ``deleted``."""
        self._queue: queue.Queue[tuple[str, Kind, Object] | None] = queue.Queue()
        store.watchers.append(lambda *change: self._queue.put(change))
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until everything that was changed has been dealt with."""
        end = time.monotonic() + timeout
        while self._queue.unfinished_tasks:
            assert time.monotonic() < end, "the controllers do not come to rest"
            time.sleep(0.002)

    def close(self) -> None:
        """End the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (change := self._queue.get()) is not None:
            try:
                self._changed(*change)
            finally:
                self._queue.task_done()

    def ready(self, namespace: str, name: str) -> None:
        """The kubelet found the pod's containers ready."""
        pod = self._store.get(PODS, namespace, name)
        self._set_pod(pod, ready=True)
        self.log.append(("ready", name, pod["metadata"]["uid"]))
        for hook in self.started:
            hook(pod)

    def restart_container(self, namespace: str, name: str, container: str) -> None:
        """One container ended and was started again by the kubelet."""
        pod = self._store.get(PODS, namespace, name)
        status = pod["status"]
        for item in status["containerStatuses"]:
            if item["name"] == container:
                item["restartCount"] += 1
                item["containerID"] = "containerd://" + uuid.uuid4().hex
                item["state"] = {"running": {"startedAt": _now()}}
        self._store.set_status(PODS, namespace, name, status)

    def _changed(self, what: str, kind: Kind, found: Object) -> None:
        if kind.kind == "Pod" and what == "DELETED":
            self.log.append(("deleted", found["metadata"]["name"], found["metadata"]["uid"]))
            for hook in self.stopped:
                hook(found)
            for reference in found["metadata"].get("ownerReferences") or []:
                self._reconcile_named(reference, found["metadata"]["namespace"])
        if kind.kind in _WORKLOADS:
            if what == "DELETED":
                self._remove_pods(found, keep=0)
            else:
                self._reconcile_named(found | found["metadata"], found["metadata"]["namespace"])

    def reconcile(self) -> None:
        """Catch up after ``paused``."""
        for kind in _WORKLOADS.values():
            for found in self._store.list(kind, ""):
                self._reconcile(kind, found)

    def _reconcile_named(self, reference: Object, namespace: str) -> None:
        kind = _WORKLOADS.get(reference["kind"])
        if kind is None:
            return
        try:
            found = self._store.get(kind, namespace, reference["name"])
        except Refused:
            return
        self._reconcile(kind, found)

    def _reconcile(self, kind: Kind, found: Object) -> None:
        """Pods as the template wants them, and the status that says so."""
        if self.paused:
            return
        spec, metadata = found["spec"], found["metadata"]
        revision = _revision(found)
        replicas = spec["replicas"]
        waits = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
        self._remove_pods(found, keep=replicas)
        fresh = []
        for ordinal in range(replicas):
            name = f"{metadata['name']}-{ordinal}"
            try:
                pod = self._store.get(PODS, metadata["namespace"], name)
            except Refused:
                pod = None
            if pod and pod["metadata"]["labels"]["controller-revision-hash"] != revision:
                # Deleting it reconciles, which makes the new one.
                if not waits:
                    self._store.delete(PODS, metadata["namespace"], name)
            elif pod is None:
                fresh.append(self._create_pod(found, name, revision))
        self._set_status(kind, metadata["namespace"], metadata["name"])
        for pod in fresh:
            if not self.hold:
                self.ready(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _create_pod(self, found: Object, name: str, revision: str) -> Object:
        metadata, template = found["metadata"], found["spec"]["template"]
        inner = template.get("metadata") or {}
        pod = self._store.create(
            PODS,
            metadata["namespace"],
            {
                "metadata": {
                    "name": name,
                    "labels": {**(inner.get("labels") or {}), "controller-revision-hash": revision},
                    "annotations": dict(inner.get("annotations") or {}),
                    "ownerReferences": [
                        {
                            "apiVersion": found["apiVersion"],
                            "kind": found["kind"],
                            "name": metadata["name"],
                            "uid": metadata["uid"],
                            "controller": True,
                            "blockOwnerDeletion": True,
                        }
                    ],
                },
                "spec": {**template["spec"], "nodeName": "node-1", "hostname": name},
            },
            _CONTROLLER,
        )
        self.log.append(("created", name, pod["metadata"]["uid"]))
        self._set_pod(pod, ready=False)
        return pod

    def _set_pod(self, pod: Object, ready: bool) -> None:
        metadata = pod["metadata"]
        now = _now()
        containers = [
            {
                "name": item["name"],
                "image": item.get("image", ""),
                "ready": ready,
                "started": ready,
                "restartCount": 0,
                "containerID": "containerd://" + uuid.uuid4().hex if ready else "",
                "state": {"running": {"startedAt": now}}
                if ready
                else {"waiting": {"reason": "PodInitializing"}},
            }
            for item in pod["spec"]["containers"]
        ]
        status = {
            "phase": "Running" if ready else "Pending",
            "podIP": "127.0.0.1",
            "startTime": now,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": containers,
        }
        self._store.set_status(PODS, metadata["namespace"], metadata["name"], status)
        for reference in metadata.get("ownerReferences") or []:
            kind = _WORKLOADS.get(reference["kind"])
            if kind:
                self._set_status(kind, metadata["namespace"], reference["name"])

    def _set_status(self, kind: Kind, namespace: str, name: str) -> None:
        try:
            found = self._store.get(kind, namespace, name)
        except Refused:
            return
        revision = _revision(found)
        pods = self._pods_of(found)
        updated = [
            pod for pod in pods if pod["metadata"]["labels"]["controller-revision-hash"] == revision
        ]
        ready = [pod for pod in pods if (pod.get("status") or {}).get("phase") == "Running"]
        done = len(updated) == len(ready) == found["spec"]["replicas"]
        old = found.get("status") or {}
        named = f"{name}-{revision}"
        self._store.set_status(
            kind,
            namespace,
            name,
            {
                "observedGeneration": found["metadata"]["generation"],
                "replicas": len(pods),
                "readyReplicas": len(ready),
                "availableReplicas": len(ready),
                "updatedReplicas": len(updated),
                "updateRevision": named,
                "currentRevision": named if done else old.get("currentRevision", named),
            },
        )

    def _pods_of(self, found: Object) -> list[Object]:
        uid = found["metadata"]["uid"]
        return [
            pod
            for pod in self._store.list(PODS, found["metadata"]["namespace"])
            if any(item["uid"] == uid for item in pod["metadata"].get("ownerReferences") or [])
        ]

    def _remove_pods(self, found: Object, keep: int) -> None:
        for pod in self._pods_of(found):
            if int(pod["metadata"]["name"].rpartition("-")[2]) >= keep:
                self._store.delete(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"])


def _revision(found: Object) -> str:
    return hashlib.sha256(dumps(found["spec"]["template"], sort_keys=True).encode()).hexdigest()[
        :10
    ]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
