"""The test server is held to the real kubectl."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.clients.kubernetes.workloads import stateful_set
from tests.servers.kube import Cluster, KubeServer

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")

_MANIFESTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: halyard}}
data: {a: "1", b: "2"}
---
apiVersion: v1
kind: Secret
metadata: {name: passwords}
stringData: {root: hunter2}
"""


def test_apply_get_patch_and_delete(kube: Cluster) -> None:
    said = kube.kubectl("apply", "--server-side", "-f", "-", stdin=_MANIFESTS)
    assert said == "configmap/settings serverside-applied\nsecret/passwords serverside-applied\n"
    secret = json.loads(kube.kubectl("get", "secret", "passwords", "-o", "json"))
    assert secret["data"] == {"root": "aHVudGVyMg=="}
    for form, patch in (
        ("strategic", '{"data":{"c":"3"}}'),
        ("merge", '{"data":{"a":null}}'),
        ("json", '[{"op":"replace","path":"/data/b","value":"9"}]'),
    ):
        kube.kubectl("patch", "cm", "settings", "--type", form, "-p", patch)
    found = json.loads(kube.kubectl("get", "cm", "settings", "-o", "json"))
    assert found["data"] == {"b": "9", "c": "3"}
    assert "settings" in kube.kubectl("get", "cm", "-l", "app in (halyard,x),app!=y")
    kube.kubectl("delete", "cm", "settings")
    gone = kube.kubectl("get", "cm", "settings", check=False)
    assert gone == 'Error from server (NotFound): configmaps "settings" not found\n'


def test_conflicts_between_managers(kube: Cluster) -> None:
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=_MANIFESTS)
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '5', b: '2'}\n"
    apply = ("apply", "--server-side", "--field-manager=other", "-f", "-")
    refused = kube.kubectl(*apply, stdin=other, check=False)
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.a' in refused
    kube.kubectl(*apply, "--force-conflicts", stdin=other)
    # `b` is now owned by both, `a` by the other: leaving both out removes neither.
    without = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {c: '3'}\n"
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=without)
    found = json.loads(kube.kubectl("get", "cm", "settings", "-o", "json"))
    assert found["data"] == {"a": "5", "b": "2", "c": "3"}


def test_client_side_apply_of_a_workload(kube: Cluster) -> None:
    body = {"apiVersion": "apps/v1", "kind": "StatefulSet", **stateful_set()}
    kube.kubectl("apply", "-f", "-", stdin=json.dumps(body))
    kube.kubectl("set", "image", "statefulset/halyard", "halyard=example.com/halyard:2")
    kube.kubectl("rollout", "restart", "statefulset/halyard")
    found = json.loads(kube.kubectl("get", "statefulset", "halyard", "-o", "json"))
    (container,) = found["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "example.com/halyard:2"
    assert found["metadata"]["generation"] == 3


def test_pods_wait_when_a_test_says_so(kube: Cluster, kube_server: KubeServer) -> None:
    machinery = kube_server.machinery
    started = []
    machinery.started.append(lambda pod: started.append(pod["metadata"]["name"]))
    machinery.hold = True
    kube.put("apps/v1", "statefulsets", stateful_set())
    machinery.settle()
    pod = kube.get("v1", "pods", "halyard-0")
    assert (pod["status"]["phase"], started) == ("Pending", [])
    machinery.ready(kube.namespace, "halyard-0")
    machinery.settle()
    assert kube.get("apps/v1", "statefulsets", "halyard")["status"]["readyReplicas"] == 1
    assert started == ["halyard-0"]
    before = kube.get("v1", "pods", "halyard-0")["status"]["containerStatuses"][0]
    machinery.restart_container(kube.namespace, "halyard-0", "halyard")
    after = kube.get("v1", "pods", "halyard-0")["status"]["containerStatuses"][0]
    assert (before["restartCount"], after["restartCount"]) == (0, 1)
    kube.delete("apps/v1", "statefulsets", "halyard")
    machinery.settle()
    assert kube.list("v1", "pods") == []
