"""What the preset takes from a cluster: addresses of Services, the node, Secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.render.opsmx.support import FILES, ORCA
from tests.secrets.installation import Installation
from tests.servers.kube import Cluster

REPO = {"username": "ada", "token": "encrypted:gittoken:gittoken"}


@pytest.fixture
def opsmx(here: Installation, kube: Cluster) -> Installation:
    """An installation of the chart that discovers its addresses."""
    here.write(dict(FILES))
    here.through(kube)
    del here.settings["secrets"]  # the preset alone decides
    kube.secret("gittoken", {"gittoken": "tok-123456"})
    values: dict[str, Any] = {
        "global": {"autoConfiguration": {"enabled": True}, "gitea": {"enabled": False}},
        "spinnaker": {"gitopsHalyard": {"repo": REPO}},
    }
    here.settings["render"] = {"preset": "opsmx", "chart": "3.12", "values": values,
                               "release": "isd"}  # fmt: skip
    return here


def service(kube: Cluster, name: str, ports: list[dict[str, int]], address: str = "") -> None:
    """A Service, with the address that a cloud would give it."""
    balancer = {"ingress": [{"ip": address}]} if address else {}
    kube.put("v1", "services", {
        "metadata": {"name": name},
        "spec": {"type": "NodePort", "ports": ports, "selector": {"app": name}},
        "status": {"loadBalancer": balancer},
    })  # fmt: skip


def urls(published: dict[str, bytes]) -> list[str]:
    """The override URLs of the first deployment."""
    security = yaml.safe_load(published["config"])["deploymentConfigurations"][0]["security"]
    return [security[name]["overrideBaseUrl"] for name in ("apiSecurity", "uiSecurity")]


def test_node_ports_and_the_token(opsmx: Installation, kube: Cluster) -> None:
    service(kube, "spin-gate-np", [{"port": 8084, "nodePort": 31084}])
    service(kube, "spin-deck-np", [{"port": 9000, "nodePort": 31900}])
    opsmx.settings["render"]["nodeIp"] = "192.0.2.10"
    published = opsmx.publish()
    assert urls(published) == ["http://192.0.2.10:31084", "http://192.0.2.10:31900"]
    git = yaml.safe_load(published["default/profiles/spinnakerconfig.yml"])
    assert git["spring"]["cloud"]["config"]["server"]["git"]["password"] == "tok-123456"


def test_load_balancers(opsmx: Installation, kube: Cluster) -> None:
    service(kube, "spin-gate-lb", [{"port": 8084}], "203.0.113.7")
    service(kube, "spin-deck-lb", [{"port": 9000}], "203.0.113.8")
    if kube.get("v1", "services", "spin-gate-lb").get("status") != {
        "loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}
    }:
        pytest.skip("this cluster gives Services no addresses of our choice")
    assert urls(opsmx.publish()) == ["http://203.0.113.7:8084", "http://203.0.113.8:9000"]


def test_no_services(opsmx: Installation) -> None:
    refused = opsmx.refused()
    assert refused.code == 6
    assert "spin-gate-lb has no address" in refused.text


def test_the_right_to_services_is_missing(
    opsmx: Installation, kube: Cluster, tmp_path: Path
) -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    account = kube.account(tmp_path, [rule])
    opsmx.settings["kubernetes"]["kubeconfig"] = account.kubeconfig
    refused = opsmx.refused()
    assert refused.code == 4
    assert 'resources: ["services"], resourceNames: ["spin-gate-lb"]' in refused.text


def test_integrations_from_secrets_of_the_cluster(opsmx: Installation, kube: Cluster) -> None:
    opsmx.settings["render"]["values"]["global"]["autoConfiguration"]["enabled"] = False
    kube.secret("servicenow-secret", {"SERVICENOW_URL": "https://snow.example.com\n",
                "SERVICENOW_USERNAME": "u", "SERVICENOW_PASSWORD": "p&/\\1"})  # fmt: skip
    opsmx.write({"clusterconfig/servicenow-secret.yaml": ""})
    orca = yaml.safe_load(opsmx.publish()[ORCA])
    assert orca["webhook"]["preconfigured"][0]["url"] == "https://snow.example.com/api"


def test_on_a_laptop_what_only_the_cluster_knows_stays(opsmx: Installation) -> None:
    opsmx.settings["kubernetes"]["kubeconfig"] = str(opsmx.directory / "none")
    opsmx.write({"clusterconfig/servicenow-secret.yaml": ""})
    done = opsmx.run("render")
    assert done.code == 0, done.err
    assert "OVERRIDE_API_URL" in done.out and "SERVICENOW_URL" in done.out
    assert opsmx.run("validate").code == 0
