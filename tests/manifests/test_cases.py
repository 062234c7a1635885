"""The incumbent's recorded cases with clusterconfig and promotion, whole: ``.hal`` by value, and
what it applied to the cluster.

The recordings were made with a stand-in for the chart's Decryptor that takes ``ENC(base64)`` for
the text itself. Here the same texts are encrypted with the password that the recorded Secret
``bootstrap`` holds, as jasypt encrypts.
"""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from tests.harness import halsync, visible
from tests.manifests.encrypting import enc
from tests.render.opsmx.cases import (
    Case,
    differences,
    expected,
    expected_daemon,
    load,
    needs_cases,
    source,
)
from tests.render.opsmx.test_cases import repair_of
from tests.servers.git_repos import Repo
from tests.servers.kube import Cluster

pytestmark = needs_cases

PASSWORD = "k3y"


def install(case: Case, cluster: Cluster, directory: Path, *, aes: bool) -> Path:
    """The repository, the Secrets in the cluster, and settings without a mounted Secret."""
    files = {
        path: re.sub(rb"ENC\(([^)]*)\)", lambda found: _encrypted(found[1], aes), content)
        for path, content in source(case, directory).items()
    }
    repo = Repo(directory / "repo.git", case.branch)
    repo.commit(files, branch=case.branch)
    for name, keys in case.secrets.items():
        cluster.secret(name, dict(keys))
    (directory / "values.yaml").write_text(yaml.safe_dump(case.values))
    settings = {
        "target": "home/.hal",
        "daemonConfig": "daemon",
        "sources": [{"name": "hal", "git": {"url": f"file://{repo.path}", "ref": case.branch}}],
        "kubernetes": {
            "kubeconfig": str(cluster.kubeconfig), "namespace": cluster.namespace,
        },
        "manifests": {"apply": "init"},
        "render": {
            "preset": "opsmx",
            "chart": case.chart,
            "values": "values.yaml",
            "release": case.release,
            "namespace": case.namespace,
            "nodeIp": case.node_ip,
        },
    }  # fmt: skip
    path = directory / "halsync.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def _encrypted(encoded: bytes, aes: bool) -> bytes:
    return enc(b64decode(encoded).decode(), PASSWORD, aes=aes).encode()


@pytest.mark.parametrize("aes", [False, True])
@pytest.mark.parametrize("name", ["isd-4.0-https-clusterconfig", "isd-4.0-https-promotion"])
def test_case(name: str, aes: bool, kube: Cluster, tmp_path: Path) -> None:
    case = load(name)
    done = halsync("init", "--config", install(case, kube, tmp_path, aes=aes), cwd=tmp_path)
    assert done.code == 0, done.err
    ours = visible(tmp_path / "home" / ".hal")
    assert [item for item in differences(expected(case), ours) if not repair_of(case, item)] == []
    for path, content in expected_daemon(case).items():
        assert yaml.safe_load(visible(tmp_path / "daemon")[path]) == yaml.safe_load(content)
    assert not [path for path in ours if path.startswith(("pipeline-promotion", "clusterconfig"))]
    if name.endswith("promotion"):
        assert kube.data("git-token") == {"t": b"token"}
        found = kube.get("v1", "configmaps", "pipe-promot-config")
        assert found["data"] == {"c": "repo_type=git"}
    else:
        # The keys that the cluster had besides stay.
        assert kube.data("jira-secret") == {
            "JIRA_URL": b"https://jira.example.test",
            "JIRA_USERNAME": b"jirauser",
            "JIRA_TOKEN": b"jtok",
        }
        assert kube.data("servicenow-secret")["SERVICENOW_URL"] == b"https://snow.example.test"
    for secret in (PASSWORD, "jtok", "snpass", "ghp_TOKEN0123456789abcdef"):
        if len(secret) > 3:
            assert secret not in done.err + done.out
    again = halsync("init", "--config", tmp_path / "halsync.yaml", cwd=tmp_path)
    assert again.code == 0
    assert '"unchanged"' in again.err


def test_an_integration_without_its_secret(kube: Cluster, tmp_path: Path) -> None:
    case = load("isd-4.0-https-clusterconfig")
    settings = install(case, kube, tmp_path, aes=False)
    kube.delete("v1", "secrets", "jira-secret")
    done = halsync("init", "--config", settings, cwd=tmp_path)
    assert done.code == 6
    assert "JIRA_BASE64_USR_PASSWD" in done.err
    assert "jira-secret" in done.err
    # Nothing was applied either.
    names = {item["metadata"]["name"] for item in kube.list("v1", "secrets")}
    assert "jira-secret" not in names
