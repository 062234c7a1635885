"""The Roles of examples/kubernetes/roles.yaml are enough, and no more than enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.events import create_event, repeat_event
from halsync.clients.kubernetes.leases import Lease
from halsync.clients.kubernetes.pods import annotate_pod, delete_pod, own_pod
from halsync.clients.kubernetes.workloads import change_workload
from tests.clients.kubernetes.workloads import eventually, stateful_set
from tests.harness import ROOT
from tests.manifests.installing import Installation
from tests.manifests.test_commands import CONFIG_MAP, SECRET
from tests.servers.kube import Cluster

_EXAMPLES = ROOT / "examples" / "kubernetes"


def rules(*names: str) -> list[dict[str, Any]]:
    """Those of some Roles."""
    roles = yaml.safe_load_all((_EXAMPLES / "roles.yaml").read_text())
    found = {role["metadata"]["name"]: role["rules"] for role in roles}
    return [rule for name in names for rule in found[name]]


def test_manifests(kube: Cluster, tmp_path: Path) -> None:
    kube.secret("tokens", {"jira": "hunter2-hunter2"})
    repo = Installation(tmp_path, kube)
    repo.settings["secrets"] = {"kubernetes": "api"}
    repo.write("promotion/jira.yaml", SECRET)
    repo.write("promotion/config.yaml", CONFIG_MAP)
    account = kube.account(tmp_path, rules("halsync-secrets", "halsync-manifests"))
    repo.settings["kubernetes"]["kubeconfig"] = account.kubeconfig
    repo.run("manifests", "apply")
    repo.remove("promotion/jira.yaml")
    repo.run("manifests", "apply")
    denied = repo.run("manifests", "apply", "--prune", code=4)
    assert "may not delete secrets" in denied.err
    account = kube.account(tmp_path, rules("halsync-secrets", "halsync-manifests", "halsync-prune"))
    repo.settings["kubernetes"]["kubeconfig"] = account.kubeconfig
    repo.run("manifests", "apply", "--prune")
    assert "jira-secret" not in {item["metadata"]["name"] for item in kube.list("v1", "secrets")}


def test_accounts(kube: Cluster, tmp_path: Path) -> None:
    kube.secret("prod", {"config": "kubeconfig-of-prod"})
    repo = Installation(tmp_path, kube)
    repo.settings["accounts"] = {"directory": str(tmp_path / "out"), "seenAs": "/opsmx"}
    repo.settings["kubernetes"]["kubeconfig"] = kube.account(
        tmp_path, rules("halsync-accounts")
    ).kubeconfig
    repo.write("clouddriver-local.yml", "kubernetes: {accounts: [{kubeconfigFile: /opsmx/prod}]}\n")
    repo.run("accounts", "sync")
    assert (tmp_path / "out" / "prod").read_text() == "kubeconfig-of-prod"


@pytest.mark.parametrize("name", ["rollout", "pod", "events", "lease"])
def test_what_the_sidecar_does(kube: Cluster, tmp_path: Path, name: str) -> None:
    kube.put("apps/v1", "statefulsets", stateful_set())
    eventually(lambda: kube.list("v1", "pods"))
    settings = kube.account(tmp_path, rules(f"halsync-{name}"))._replace(pod_name="halyard-0")
    api = connect(settings)
    if name == "rollout":
        assert own_pod(api, settings)
        change = {"spec": {"template": {"metadata": {"annotations": {"halsync.io/x": "1"}}}}}
        change_workload(api, "StatefulSet", "halyard", lambda _: change)
    elif name == "pod":
        delete_pod(api, "halyard-0", uid=own_pod(api, settings)["metadata"]["uid"])
    elif name == "events":
        pod = own_pod(api, settings)
        repeat_event(api, create_event(api, pod, reason="Published", note="x"), 2)
        annotate_pod(api, "halyard-0", {"halsync.io/state": "idle"})
    else:
        lease = Lease(api, "halyard-turns", "one")
        assert lease.acquire()
        assert lease.renew()
        lease.release()
    api.close()


def test_the_example_settings_are_legal() -> None:
    from halsync.settings.load import load

    found = load({}, {}, config=str(_EXAMPLES / "halsync.yaml")).settings
    assert found.manifests
    assert found.manifests.paths == ("pipeline-promotion", "clusterconfig")
    assert found.accounts
    assert found.accounts.directory == "/opsmx"


def test_the_patch_is_a_pod(kube: Cluster) -> None:
    base = stateful_set("spin-clouddriver")
    base["spec"].pop("serviceName")
    base["spec"]["template"]["spec"]["containers"] = [{"name": "clouddriver", "image": "x"}]
    kube.put("apps/v1", "deployments", base)
    patch = yaml.safe_load((_EXAMPLES / "clouddriver-patch.yaml").read_text())
    kube.kubectl("patch", "deployment", "spin-clouddriver", "-p", yaml.safe_dump(patch))
    found = kube.get("apps/v1", "deployments", "spin-clouddriver")["spec"]["template"]["spec"]
    assert {one["name"] for one in found["containers"]} == {"clouddriver", "halsync-accounts"}
