"""Services and Secrets from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from halsync.errors import ConfigError
from halsync.redact import MASK, redact
from halsync.render.presets.opsmx.surroundings import SecretsDirectory, Service, ServicesFile

GATE = {
    "kind": "Service",
    "metadata": {"name": "spin-gate-np"},
    "spec": {"ports": [{"port": 8084, "nodePort": 31000}, {"port": 8085}]},
    "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}, {"hostname": "x"}]}},
}
DECK = {"kind": "Service", "metadata": {"name": "spin-deck-np"}, "spec": {}, "status": None}
FOUND = Service(("10.0.0.1",), ((8084, 31000),))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"kind": "List", "items": [GATE, DECK, {"kind": "Pod"}]}),
        f"{json.dumps(GATE)}\n---\n{json.dumps(DECK)}\n",
    ],
)
def test_what_kubectl_prints(tmp_path: Path, text: str) -> None:
    place = tmp_path / "services"
    place.write_text(text)
    services = ServicesFile.read(str(place))
    assert services.find("spin-gate-np") == FOUND
    assert services.find("spin-deck-np") == Service()
    assert services.find("spin-gate-lb") is None


@pytest.mark.parametrize("text", ["[", "a: 1", "- 1", "kind: Service", "{kind: List, items: [1]}"])
def test_other_files(tmp_path: Path, text: str) -> None:
    place = tmp_path / "services"
    place.write_text(text)
    with pytest.raises(ConfigError) as caught:
        ServicesFile.read(str(place))
    assert caught.value.where.startswith(str(place)) and "kubectl get" in caught.value.hint


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        ServicesFile.read(str(tmp_path / "none"))


def test_mounted_secrets(tmp_path: Path) -> None:
    (tmp_path / "jira-secret").mkdir()
    (tmp_path / "jira-secret" / "JIRA_TOKEN").write_text("canary-jira-token\n")
    (tmp_path / "jira-secret" / "binary").write_bytes(b"\xff\xfe")
    secrets = SecretsDirectory(str(tmp_path))
    assert secrets.read("jira-secret", "JIRA_TOKEN") == "canary-jira-token"
    assert redact("canary-jira-token") == MASK
    assert secrets.read("jira-secret", "none") is None
    assert secrets.read("none", "none") is None
    with pytest.raises(ConfigError, match="UTF-8"):
        secrets.read("jira-secret", "binary")
