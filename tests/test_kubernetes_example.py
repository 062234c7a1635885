"""``examples/kubernetes`` as a whole: what stands there fits together, and Kubernetes takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from halsync.settings.load import load
from halsync.settings.watching import RestartSettings, WatchSettings
from tests.harness import ROOT
from tests.servers.kube import Cluster, KubeServer
from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]

PLACE = ROOT / "examples/kubernetes"
Object = dict[str, Any]


def documents(name: str) -> dict[tuple[str, str], Object]:
    """Kind and name → object."""
    found = yaml.safe_load_all((PLACE / name).read_text())
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


STATEFUL = documents("statefulset.yaml")
POD: Object = STATEFUL["StatefulSet", "halyard"]["spec"]["template"]["spec"]


def test_the_settings_are_legal_and_the_pod_has_what_they_name(tmp_path: Path) -> None:
    file = tmp_path / "halsync.yaml"
    file.write_text(STATEFUL["ConfigMap", "halsync"]["data"]["halsync.yaml"])
    settings = load({}, {"POD_NAMESPACE": "spinnaker"}, config=str(file), everything=True).settings
    restart = settings.restart or RestartSettings()
    watch = settings.watch or WatchSettings()
    assert restart.strategy == "rollout"
    assert watch.grace < POD["terminationGracePeriodSeconds"]
    [init] = POD["initContainers"]
    sidecar = POD["containers"][1]
    mounted = {each["mountPath"] for each in sidecar["volumeMounts"]}
    for path in (settings.target, settings.daemon_config):
        assert path in mounted
    assert str(Path(watch.webhook.secret.file).parent) in mounted
    assert init["volumeMounts"] == sidecar["volumeMounts"]
    assert {each["name"] for each in sidecar["volumeMounts"]} == {
        each["name"] for each in POD["volumes"]
    }
    port = sidecar["ports"][0]["containerPort"]
    assert watch.listen.endswith(f":{port}")
    assert sidecar["args"] == ["watch"]


def test_the_rights_are_those_of_the_roles() -> None:
    roles = documents("roles.yaml")
    for (kind, _), each in STATEFUL.items():
        if kind == "RoleBinding":
            assert ("Role", each["roleRef"]["name"]) in roles
            assert each["subjects"][0]["name"] == POD["serviceAccountName"]
    rule = roles["Role", "halsync-rollout"]["rules"][0]
    assert rule["resourceNames"] == ["halyard"]


def test_the_webhook_leads_to_the_sidecar() -> None:
    [ingress] = documents("webhook.yaml").values()
    [path] = ingress["spec"]["rules"][0]["http"]["paths"]
    backend = path["backend"]["service"]
    ports = {each["name"] for each in STATEFUL["Service", "halyard"]["spec"]["ports"]}
    assert (backend["name"], path["path"]) == ("halyard", "/hooks/")
    assert backend["port"]["name"] in ports


@pytest.mark.parametrize(
    "place", ["examples/kubernetes/statefulset.yaml", "init-container/statefulset.yaml"]
)
def test_the_pod_may_run_where_pods_are_restricted(place: str) -> None:
    """As the Pod Security Standard ``restricted`` asks of pods and of each container."""
    found = yaml.safe_load_all((ROOT / place).read_text())
    [pod] = [each["spec"]["template"]["spec"] for each in found if each["kind"] == "StatefulSet"]
    own = pod["securityContext"]
    assert own["runAsNonRoot"] is True
    assert own["seccompProfile"]["type"] == "RuntimeDefault"
    for container in pod["initContainers"] + pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"emptyDir", "secret", "configMap"}


@pytest.mark.e2e
def test_kubernetes_takes_it(kube: Cluster, kube_server: KubeServer) -> None:
    roles, bindings = PLACE / "roles.yaml", PLACE / "statefulset.yaml"
    kube.kubectl("apply", "-f", str(roles), "-f", str(bindings))
    kube_server.machinery.settle()
    pods = {each["metadata"]["name"] for each in kube.list("v1", "pods")}
    assert "halyard-0" in pods
