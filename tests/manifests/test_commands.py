"""``halsync manifests diff`` and ``apply``, and ``init``, against the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness import visible
from tests.manifests.encrypting import enc
from tests.manifests.installing import Installation
from tests.servers.kube import Cluster, KubeServer

SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: jira-secret}
stringData:
  JIRA_URL: https://jira.example.test
  JIRA_TOKEN: encrypted:tokens:jira
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: pipe-promot-config, labels: {app: sapor}}
data: {repo_type: git}
"""


@pytest.fixture
def repo(tmp_path: Path, kube: Cluster) -> Installation:
    """Two manifests, one of them with a reference."""
    kube.secret("tokens", {"jira": "hunter2-hunter2"})
    made = Installation(tmp_path, kube)
    made.settings["secrets"] = {"kubernetes": "api"}
    made.write("promotion/jira.yaml", SECRET)
    made.write("promotion/config.yaml", CONFIG_MAP)
    made.write("promotion/README.md", "kind: nothing\n")
    return made


def test_diff_apply_and_diff_again(kube: Cluster, repo: Installation) -> None:
    shown = repo.run("manifests", "diff", "--exit-code", code=1)
    assert "+ Secret/jira-secret  (promotion/jira.yaml:1)" in shown.out
    assert "    + data.JIRA_TOKEN: •••" in shown.out
    assert "    + data.repo_type: git" in shown.out
    assert "hunter2" not in shown.out + shown.err
    names = {item["metadata"]["name"] for item in kube.list("v1", "secrets")}
    assert "jira-secret" not in names
    repo.run("manifests", "apply", "--dry-run")
    assert "jira-secret" not in {item["metadata"]["name"] for item in kube.list("v1", "secrets")}
    done = repo.run("manifests", "apply")
    assert "hunter2" not in done.out + done.err
    assert kube.data("jira-secret") == {
        "JIRA_URL": b"https://jira.example.test",
        "JIRA_TOKEN": b"hunter2-hunter2",
    }
    found = kube.get("v1", "configmaps", "pipe-promot-config")
    assert found["data"] == {"repo_type": "git"}
    assert found["metadata"]["labels"] == {
        "app": "sapor",
        "halsync.io/inventory": "halsync-manifests",
    }
    again = repo.run("manifests", "diff", "--exit-code")
    assert again.out.splitlines() == [
        "= ConfigMap/pipe-promot-config  (promotion/config.yaml:1)",
        "= Secret/jira-secret  (promotion/jira.yaml:1)",
    ]


def test_a_change_is_shown_and_the_secret_is_not(kube: Cluster, repo: Installation) -> None:
    repo.run("manifests", "apply")
    kube.secret("tokens", {"jira": "swordfish-swordfish"})
    repo.write("promotion/config.yaml", CONFIG_MAP.replace("git}", "stash}"))
    shown = repo.run("manifests", "diff", "-o", "json")
    told = {item["object"]: item for item in json.loads(shown.out)["objects"]}
    assert told["ConfigMap/pipe-promot-config"]["changes"] == ["~ data.repo_type: git → stash"]
    assert told["Secret/jira-secret"]["changes"] == ["~ data.JIRA_TOKEN: ••• → •••"]
    assert "swordfish" not in shown.out + shown.err
    assert "hunter2" not in shown.out + shown.err


def test_a_key_that_is_taken_out_is_removed(kube: Cluster, repo: Installation) -> None:
    repo.run("manifests", "apply")
    repo.write("promotion/jira.yaml", SECRET.replace("  JIRA_URL: https://jira.example.test\n", ""))
    repo.run("manifests", "apply")
    assert set(kube.data("jira-secret")) == {"JIRA_TOKEN"}


def test_only_what_halsync_made_is_pruned(kube: Cluster, repo: Installation) -> None:
    before = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {}}
    kube.put("v1", "configmaps", before)
    repo.write("promotion/theirs.yaml", json.dumps({**before, "data": {"a": "b"}}))
    repo.run("manifests", "apply")
    repo.remove("promotion/theirs.yaml")
    repo.remove("promotion/jira.yaml")
    kept = repo.run("manifests", "apply")
    assert "! Secret/jira-secret  (pruning is off (--prune))" in kept.out
    assert set(kube.data("jira-secret")) == {"JIRA_URL", "JIRA_TOKEN"}
    pruned = repo.run("manifests", "apply", "--prune")
    assert "- Secret/jira-secret" in pruned.out
    assert "! ConfigMap/theirs  (it was there before halsync)" in pruned.out
    assert "jira-secret" not in {item["metadata"]["name"] for item in kube.list("v1", "secrets")}
    assert kube.get("v1", "configmaps", "theirs")["data"] == {"a": "b"}
    assert repo.run("manifests", "apply", "--prune").out.splitlines() == [
        "= ConfigMap/pipe-promot-config  (promotion/config.yaml:1)",
        "! ConfigMap/theirs  (it was there before halsync)",
        "applied: 1 kept, 1 unchanged",
    ]


def test_what_somebody_made_anew_is_not_pruned(kube: Cluster, repo: Installation) -> None:
    repo.run("manifests", "apply")
    kube.delete("v1", "secrets", "jira-secret")
    kube.secret("jira-secret", {"mine": "yes"})
    repo.remove("promotion/jira.yaml")
    pruned = repo.run("manifests", "apply", "--prune")
    assert "(somebody made it anew)" in pruned.out
    assert kube.data("jira-secret") == {"mine": b"yes"}


def test_what_a_killed_run_made_is_still_pruned(kube: Cluster, repo: Installation) -> None:
    repo.run("manifests", "apply")
    # As if it had been killed before it could note which object it had made.
    noted = json.dumps({"data": {"Secret.jira-secret": '{"uid": "", "made": true}'}})
    kube.kubectl("patch", "configmap", "halsync-manifests", "--type=merge", "-p", noted)
    repo.write("promotion/config.yaml", CONFIG_MAP.replace("git}", "stash}"))
    repo.run("manifests", "apply")
    repo.remove("promotion/jira.yaml")
    assert "- Secret/jira-secret" in repo.run("manifests", "apply", "--prune").out


def test_one_refusal_and_nothing_is_applied(kube: Cluster, repo: Installation) -> None:
    repo.write("promotion/config.yaml", CONFIG_MAP.replace("repo_type: git", "n: 1"))
    done = repo.run("manifests", "apply", code=5)
    assert "promotion/config.yaml:1" in done.err
    assert "HAL0285" in done.err
    assert "cannot unmarshal number" in done.err
    assert "put the value in quotes" in done.err
    assert kube.list("v1", "configmaps") == [] or "pipe-promot-config" not in {
        item["metadata"]["name"] for item in kube.list("v1", "configmaps")
    }
    assert "jira-secret" not in {item["metadata"]["name"] for item in kube.list("v1", "secrets")}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("kind: ConfigMap\n", "HAL0280", "no metadata.name"),
        ("a: [\n", "HAL0280", "cannot be parsed"),
        ("hello\n", "HAL0280", "no kind"),
        (CONFIG_MAP.replace("v1", "v2"), "HAL0280", "apiVersion: v1"),
        (CONFIG_MAP.replace("pipe-promot-config", "../secrets"), "HAL0280", "cannot be a name"),
        (CONFIG_MAP.replace("ConfigMap", "Role"), "HAL0281", "may not be applied"),
        (
            CONFIG_MAP.replace("{name:", "{namespace: kube-system, name:"),
            "HAL0282",
            "for namespace kube-system",
        ),
        (SECRET.replace("kind: Secret", "kind: Secret\ntype: kubernetes.io/service-account-token"),
         "HAL0281", "token of a service account"),
        (f"{CONFIG_MAP}---\n{CONFIG_MAP}", "HAL0283", "promotion/config.yaml:1 already"),
        (CONFIG_MAP.replace("git", "encryptedFile:tokens:jira"), "HAL0280", "no use for the path"),
        (CONFIG_MAP.replace("git", "encrypted:tokens:absent"), "HAL0263", "no key absent"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    repo: Installation, text: str, code: str, said: str
) -> None:
    repo.write("promotion/config.yaml", text)
    done = repo.run("manifests", "apply", code=6)
    assert code in done.err
    assert said in done.err
    assert "promotion/config.yaml:" in done.err


def test_a_namespace_that_is_allowed(kube: Cluster, tmp_path: Path) -> None:
    if kube.server is None:
        pytest.skip("needs a second namespace")
    repo = Installation(tmp_path, kube, namespaces=["other"], prune=True)
    repo.write("promotion/a.yaml", CONFIG_MAP.replace("{name:", "{namespace: other, name:"))
    repo.run("manifests", "apply")
    path = "/api/v1/namespaces/other/configmaps/pipe-promot-config"
    other = connect_to(kube, "other")
    assert other.request("GET", path)["data"] == {"repo_type": "git"}
    repo.remove("promotion/a.yaml")
    repo.write("promotion/b.yaml", CONFIG_MAP)
    assert "- other/ConfigMap/pipe-promot-config" in repo.run("manifests", "apply").out


def connect_to(kube: Cluster, namespace: str) -> Any:
    """The administrator's client in another namespace."""
    from halsync.clients.kubernetes import connect

    return connect(kube.settings._replace(namespace=namespace))


def test_init_applies_what_is_valid_and_publishes_nothing_of_it(
    kube: Cluster, repo: Installation
) -> None:
    repo.settings["manifests"]["apply"] = "init"
    done = repo.run("init")
    assert "applied" in done.err
    assert set(visible(repo.target)) == {"config"}
    assert kube.data("jira-secret")["JIRA_TOKEN"] == b"hunter2-hunter2"


def test_init_applies_nothing_when_the_configuration_is_bad(
    kube: Cluster, repo: Installation
) -> None:
    repo.settings["manifests"]["apply"] = "init"
    repo.write("config", "deploymentConfigurations: [{nmae: default}]\n")
    repo.run("init", code=5)
    assert "jira-secret" not in {item["metadata"]["name"] for item in kube.list("v1", "secrets")}


def test_init_publishes_nothing_when_the_cluster_refuses(kube: Cluster, repo: Installation) -> None:
    repo.settings["manifests"]["apply"] = "init"
    repo.write("promotion/config.yaml", CONFIG_MAP.replace("repo_type", "repo type"))
    done = repo.run("init", code=5)
    assert "nothing was applied" in done.err
    assert not (repo.target / "config").exists()


def test_without_apply_init_leaves_the_cluster_alone(kube: Cluster, repo: Installation) -> None:
    repo.run("init")
    assert set(visible(repo.target)) == {"config"}
    assert "jira-secret" not in {item["metadata"]["name"] for item in kube.list("v1", "secrets")}


@pytest.mark.parametrize("aes", [False, True])
def test_jasypt_values(kube: Cluster, tmp_path: Path, aes: bool) -> None:
    kube.secret("bootstrap", {"bootstrap.yml": "jasypt:\n  encryptor:\n    password: k3y\n"})
    repo = Installation(tmp_path, kube)
    text = SECRET.replace("encrypted:tokens:jira", enc("hunter2-hunter2", "k3y", aes=aes))
    repo.write("promotion/jira.yaml", text)
    done = repo.run("manifests", "apply")
    assert "hunter2" not in done.out + done.err
    assert kube.data("jira-secret")["JIRA_TOKEN"] == b"hunter2-hunter2"
    password = tmp_path / "password"
    password.write_text("other\n")
    repo.settings["manifests"]["jasypt"] = {"passwordFile": str(password)}
    wrong = repo.run("manifests", "diff", code=6)
    assert "HAL0284" in wrong.err
    assert "promotion/jira.yaml:6" in wrong.err
    assert "stringData.JIRA_TOKEN" in wrong.err


def test_no_password_for_jasypt(kube: Cluster, tmp_path: Path) -> None:
    repo = Installation(tmp_path, kube)
    repo.write("promotion/jira.yaml", SECRET.replace("encrypted:tokens:jira", enc("x", "k3y")))
    done = repo.run("manifests", "apply", code=2)
    assert "bootstrap" in done.err
    assert "manifests.jasypt.passwordFile" in done.err


def test_rights_that_are_missing_are_all_named(
    kube: Cluster, repo: Installation, tmp_path: Path
) -> None:
    rules = [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "patch"]},
    ]
    repo.settings["kubernetes"]["kubeconfig"] = kube.account(tmp_path, rules).kubeconfig
    done = repo.run("manifests", "apply", code=4)
    assert 'resources: ["configmaps"], verbs: ["create"]' in done.err
    assert 'resources: ["secrets"], resourceNames: ["jira-secret"], verbs: ["patch"]' in done.err


@pytest.mark.e2e
def test_an_outage_in_the_middle_is_made_good(
    kube: Cluster, repo: Installation, kube_server: KubeServer
) -> None:
    kube_server.throttled = 3
    repo.settings["timeout"] = "30s"
    repo.run("manifests", "apply")
    kube_server.down = True
    repo.settings["timeout"] = "1s"
    repo.run("manifests", "diff", code=3)
