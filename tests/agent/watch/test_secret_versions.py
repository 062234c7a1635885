"""Versions of secrets as the sidecar watches them."""

from __future__ import annotations

from pathlib import Path

import yaml

from halsync.agent.look import candidate
from halsync.agent.report import silent
from halsync.agent.watch.secret_versions import SecretVersions
from halsync.settings.load import load
from tests.manifests.installing import Installation
from tests.servers.kube import Cluster
from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]

MANIFEST = """\
apiVersion: v1
kind: Secret
metadata: {name: jira-secret}
stringData: {JIRA_TOKEN: "encrypted:tokens:jira"}
"""


def test_a_secret_that_only_a_manifest_references_is_watched(kube: Cluster, tmp_path: Path) -> None:
    kube.secret("tokens", {"jira": "hunter2-hunter2"})
    kube.secret("gate", {"password": "swordfish-swordfish"})
    repo = Installation(tmp_path, kube)
    repo.settings["secrets"] = {"kubernetes": "api", "mode": "resolve"}
    repo.write("promotion/jira.yaml", MANIFEST)
    repo.write("default/profiles/gate-local.yml", "password: encrypted:gate:password\n")
    path = tmp_path / "halsync.yaml"
    path.write_text(yaml.safe_dump(repo.settings))
    settings = load({}, {}, config=str(path)).settings
    versions = SecretVersions(settings, silent)
    versions.learn(candidate(settings, silent))
    seen = [versions.digest]
    versions.check()
    assert versions.digest == seen[0]
    for name, data in (("tokens", {"jira": "another"}), ("gate", {"password": "another"})):
        kube.secret(name, data)
        versions.check()
        assert versions.digest not in seen
        seen.append(versions.digest)
    versions.learn(candidate(settings, silent))
    assert versions.digest == seen[-1]
