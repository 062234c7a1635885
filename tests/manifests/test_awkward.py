"""Manifests as nobody should write them: each is told with its place, and nothing of a Secret is
shown."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from halsync.agent.manifests import Namespace
from halsync.errors import ConfigError
from halsync.manifests import reading
from halsync.model import File, Origin, Problem
from halsync.redact import redact
from halsync.settings.cluster import ClusterSettings
from halsync.settings.manifests import ManifestSettings
from halsync.settings.model import Settings
from tests.manifests.installing import Installation
from tests.servers.kube import Cluster, KubeServer

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"


def problems(path: str, text: str) -> Sequence[Problem]:
    """What is wrong with one file."""
    files = {path: File(text.encode(), False, Origin("hal", "r", path))}
    return reading.read(files, ManifestSettings(), namespace=str, password=None).problems


def names(kube: Cluster, resource: str = "configmaps") -> set[str]:
    """Of all objects of a kind."""
    return {each["metadata"]["name"] for each in kube.list("v1", resource)}


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (CONFIG_MAP.replace("c}", "c, labels: [a]}"), "3:29", "metadata.labels is not a mapping"),
        (CONFIG_MAP.replace("c}", "c, annotations: x}"), "3:34", "metadata.annotations is not"),
        (CONFIG_MAP + "binaryData: [x]\n", "4:13", "binaryData is not a mapping"),
        (SECRET + "data: [hunter4-hunter4]\n", "4:7", "data is not a mapping"),
        (SECRET + "stringData: hunter5-hunter5\n", "4:13", "stringData is not a mapping"),
        (SECRET + 'stringData: {url: hunter6-hunter6, a: "\\q"}\n', "4:", "cannot be parsed"),
        (CONFIG_MAP.replace("c}", "halsync-manifests}"), "3:18", "where halsync remembers"),
        (CONFIG_MAP.replace("c}", "a" * 250 + "}"), "3:18", "cannot be a name"),
        ("apiVersion: v1\nkind: List\nitems: {a: b}\n", "3:8", "items is not a list"),
    ],
)
def test_what_no_cluster_would_take(text: str, place: str, said: str) -> None:
    [problem] = problems("promotion/a.yaml", text)
    assert problem.code == "HAL0280"
    assert f"{problem.line}:{problem.column}".startswith(place)
    assert said in problem.message
    assert "hunter" not in redact(f"{problem.message}{problem.excerpt}")


@pytest.mark.parametrize("name", ["../s", None])
def test_the_line_of_a_secret_that_is_refused_hides_its_values(name: str | None) -> None:
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "stringData": {"url": "hunter3-hunter3"},
    }
    [problem] = problems("promotion/a.json", json.dumps(body))
    assert '"stringData"' in problem.excerpt
    assert "hunter3" not in redact(problem.excerpt)


def test_a_value_in_several_lines_of_base64_is_hidden() -> None:
    """Kubernetes passes over line breaks in it."""
    encoded = b64encode(b"hunter8-hunter8").decode()
    lines = encoded[:10], encoded[10:]
    text = f"{SECRET}data:\n  url: |\n    {lines[0]}\n    {lines[1]}\n"
    assert problems("promotion/a.yaml", text) == []
    for shown in "hunter8-hunter8", encoded, *lines:
        assert shown not in redact(f"    {shown}")


def test_half_a_character(kube: Cluster, tmp_path: Path) -> None:
    repo = Installation(tmp_path, kube)
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    repo.write("promotion/a.json", json.dumps({**body, "stringData": {"a": "hunter2-\ud800"}}))
    done = repo.run("manifests", "apply", code=6)
    assert "error[HAL0280]: stringData.a: holds half of a character" in done.err
    assert "hunter2" not in done.err


def test_the_own_namespace_may_be_named_however_it_is_known(
    kube: Cluster, kube_server: KubeServer, tmp_path: Path
) -> None:
    repo = Installation(tmp_path, kube)
    named = CONFIG_MAP.replace("c}", f"c, namespace: {kube.namespace}}}")
    # Only the context of the kubeconfig tells it.
    del repo.settings["kubernetes"]["namespace"]
    repo.write("promotion/a.yaml", named)
    assert "+ ConfigMap/c" in repo.run("manifests", "apply").out
    # Named and not named, it is the same object.
    repo.write("promotion/b.yaml", CONFIG_MAP)
    assert "HAL0283" in repo.run("manifests", "apply", code=6).err
    # Where nobody knows it, it is a foreign one.
    repo.settings["kubernetes"] = {"kubeconfig": str(tmp_path / "absent")}
    repo.remove("promotion/b.yaml")
    told = repo.run("manifests", "diff", code=6).err
    assert "HAL0282" in told
    assert "kubernetes.namespace" in told


def test_what_was_remembered_under_the_own_namespace_is_not_pruned(
    kube: Cluster, tmp_path: Path
) -> None:
    """As written by whoever had to allow the own namespace as if it were another one."""
    repo = Installation(tmp_path, kube, prune=True)
    named = CONFIG_MAP.replace("c}", f"c, namespace: {kube.namespace}}}")
    repo.write("promotion/a.yaml", named)
    repo.run("manifests", "apply")
    known = kube.get("v1", "configmaps", "halsync-manifests")
    known["data"] = {f"{kube.namespace}_ConfigMap.c": known["data"]["ConfigMap.c"]}
    kube.put("v1", "configmaps", known)
    assert "deleted" not in repo.run("manifests", "apply").out
    assert "c" in names(kube)


def test_a_namespace_that_is_not_there(kube: Cluster, tmp_path: Path) -> None:
    repo = Installation(tmp_path, kube, namespaces=["nowhere"])
    repo.write("promotion/a.yaml", CONFIG_MAP.replace("c}", "c, namespace: nowhere}"))
    repo.write("promotion/b.yaml", CONFIG_MAP.replace("c}", "other}"))
    done = repo.run("manifests", "apply", code=5)
    assert 'promotion/a.yaml:1:1: error[HAL0285]: ConfigMap c: namespaces "nowhere"' in done.err
    assert "create the namespace" in done.err
    assert "other" not in names(kube)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CONFIG_MAP + "immutable: true\ndata: {a: b}\n", "immutable: true\ndata: {a: c}\n"),
        (SECRET + "type: example.com/a\n", "type: example.com/b\n"),
    ],
)
def test_what_cannot_be_changed(kube: Cluster, tmp_path: Path, before: str, after: str) -> None:
    repo = Installation(tmp_path, kube)
    repo.write("promotion/a.yaml", before)
    repo.run("manifests", "apply")
    repo.write("promotion/a.yaml", "\n".join(before.splitlines()[:3]) + "\n" + after)
    done = repo.run("manifests", "apply", code=5)
    assert "delete the object first" in done.err


def test_no_manifest_at_all_prunes_nothing(kube: Cluster, tmp_path: Path) -> None:
    """A directory that is spelled wrong must not take everything out of the cluster."""
    repo = Installation(tmp_path, kube, prune=True)
    repo.write("promotion/a.yaml", CONFIG_MAP)
    repo.run("manifests", "apply")
    repo.settings["manifests"]["paths"] = ["promotoin"]
    kept = repo.run("manifests", "apply").out
    assert "! ConfigMap/c  (the sources bring no manifest at all)" in kept
    assert "c" in names(kube)


def test_in_a_pod_the_service_account_tells_the_namespace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.delenv("POD_NAMESPACE", raising=False)
    settings = Settings(cluster=ClusterSettings(service_account=str(tmp_path)))
    (tmp_path / "token").write_text("t")
    with pytest.raises(ConfigError, match="namespace is not known"):
        Namespace(settings).read()
    (tmp_path / "namespace").write_text("spinnaker")
    assert Namespace(settings).read() == "spinnaker"
