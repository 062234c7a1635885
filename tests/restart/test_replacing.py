"""The strategies that bring a new pod, their marks and their turns, against a Kubernetes API."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from halsync.clients.kubernetes.failures import ObjectNotFound
from halsync.errors import AccessDenied, ConfigError, Interrupted, SourceUnreachable
from halsync.restart import open_marks
from halsync.restart.base import Marked
from halsync.restart.rollout import IDENTITY
from halsync.restart.workload import Place, named, stuck
from tests.clients.kubernetes.workloads import stateful_set
from tests.harness import ROOT
from tests.servers.halyard import Halyard
from tests.servers.kube import Cluster, KubeServer

from .cluster import GONE, A, B, closing, opened, pod, settings_of
from .conftest import QUICK, never

__all__ = ["closing", "pod"]


def uid(cluster: Cluster) -> str:
    return str(cluster.get("v1", "pods", "halyard-0")["metadata"]["uid"])


def template(cluster: Cluster) -> dict[str, str]:
    found = cluster.get(*GONE)["spec"]["template"]["metadata"].get("annotations") or {}
    return dict(found)


# rollout


def test_rollout_brings_a_new_pod_once(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    strategy = opened(closing, settings_of(pod.settings, tmp_path))
    before = strategy.standing()
    assert before.process == uid(pod)
    strategy.act(A, "configuration", "a new one")
    kube_server.machinery.settle()
    after = uid(pod)
    assert after != before.process
    assert template(pod) == {
        IDENTITY: A.identity,
        "halsync.io/revisions": f"hal-config@{A.sources[0].revision[:7]}",
        "halsync.io/reason": "a new one",
    }
    again = opened(closing, settings_of(pod.settings, tmp_path))
    again.act(A, "configuration", "again")
    kube_server.machinery.settle()
    assert uid(pod) == after
    again.act(B, "configuration", "another one")
    kube_server.machinery.settle()
    assert uid(pod) != after


def test_the_new_pod_confirms(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path, halyard: Halyard
) -> None:
    settings = settings_of(pod.settings, halyard.hal, url=halyard.url)
    old = opened(closing, settings)
    before = old.standing()
    assert before.healthy
    old.act(A, "configuration", "")
    kube_server.machinery.settle()
    new = opened(closing, settings)
    assert new.confirm(before, A, "configuration", stop=never).healthy
    halyard.switch(never_healthy=True)
    unhappy = settings_of(
        pod.settings, halyard.hal, url=halyard.url, confirm=QUICK._replace(timeout=0.5)
    )
    found = opened(closing, unhappy).confirm(before, A, "configuration", stop=never)
    assert not found.healthy
    assert "503 DOWN" in found.detail


def test_the_old_pod_waits_for_its_end(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    """A controller that does nothing is no fault of the release: nothing is put in quarantine."""
    kube_server.machinery.paused = True
    confirm = QUICK._replace(timeout=0.3)
    strategy = opened(closing, settings_of(pod.settings, tmp_path, confirm=confirm))
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    with pytest.raises(SourceUnreachable, match="no new pod came within"):
        strategy.confirm(before, A, "configuration", stop=never)
    with pytest.raises(Interrupted):
        strategy.confirm(before, A, "configuration", stop=lambda: True)


def test_a_pod_that_stays_pending_is_told(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    kube_server.machinery.hold = True
    confirm = QUICK._replace(timeout=0.3)
    strategy = opened(closing, settings_of(pod.settings, tmp_path, confirm=confirm))
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    kube_server.machinery.settle()
    with pytest.raises(SourceUnreachable, match="pod halyard-0: Pending"):
        strategy.confirm(before, A, "configuration", stop=never)


@pytest.mark.parametrize(
    ("ready", "changes", "deleted"),
    [
        (True, {}, False),
        (False, {}, True),
        (False, {"podManagementPolicy": "Parallel"}, False),
        (True, {"updateStrategy": {"type": "OnDelete"}}, True),
    ],
)
def test_it_makes_way_where_the_controller_would_not(
    kube: Cluster,
    kube_server: KubeServer,
    closing: list[Any],
    tmp_path: Path,
    ready: bool,
    changes: dict[str, Any],
    deleted: bool,
) -> None:
    """The controller is at rest, so that whoever deletes the pod is halsync."""
    body = stateful_set()
    body["spec"] |= changes
    kube_server.machinery.hold = not ready
    kube.put("apps/v1", "statefulsets", body)
    kube_server.machinery.settle()
    kube_server.machinery.paused = True
    strategy = opened(closing, settings_of(kube.settings, tmp_path))
    strategy.act(A, "configuration", "")
    assert [item["metadata"]["name"] for item in kube.list("v1", "pods")] == (
        [] if deleted else ["halyard-0"]
    )


def test_a_missing_right_is_named(pod: Cluster, closing: list[Any], tmp_path: Path) -> None:
    pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    reads = {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["get"]}
    strategy = opened(closing, settings_of(pod.account(tmp_path, [pods, reads]), tmp_path))
    with pytest.raises(AccessDenied) as caught:
        strategy.act(A, "configuration", "")
    assert 'resources: ["statefulsets"], resourceNames: ["halyard"], verbs: ["patch"]' in (
        caught.value.hint
    )
    assert template(pod) == {}


def documented(name: str) -> list[dict[str, list[str]]]:
    """The rules of the Role that is offered for a strategy."""
    text = (ROOT / "examples/kubernetes/roles.yaml").read_text()
    [role] = [
        each
        for each in yaml.safe_load_all(text)
        if each and each["metadata"]["name"] == f"halsync-{name}"
    ]
    return list(role["rules"])


@pytest.mark.parametrize("name", ["rollout", "pod"])
def test_the_documented_rights_are_enough(
    pod: Cluster,
    kube_server: KubeServer,
    closing: list[Any],
    tmp_path: Path,
    name: str,
) -> None:
    settings = settings_of(pod.account(tmp_path, documented(name)), tmp_path, name)
    marks = open_marks(settings)
    closing.append(marks)
    assert marks.read() == Marked()
    marks.write(Marked("accepted", A))
    marks.write(Marked("accepted", B))
    before = uid(pod)
    strategy = opened(closing, settings)
    strategy.act(B, "configuration", "")
    kube_server.machinery.settle()
    assert uid(pod) != before


def test_an_api_that_is_away_and_comes_back(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    strategy = opened(closing, settings_of(pod.settings, tmp_path))
    before = strategy.standing()
    kube_server.failing = 503
    with pytest.raises(SourceUnreachable):
        strategy.act(A, "configuration", "")
    assert strategy.standing().process == before.process
    kube_server.failing = 0
    strategy.act(A, "configuration", "")
    kube_server.machinery.settle()
    assert uid(pod) != before.process


def test_somebody_else_writes_at_the_same_time(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    done = threading.Event()

    def scribble() -> None:
        number = 0
        while not done.is_set():
            number += 1
            pod.kubectl("annotate", "sts", "halyard", f"x={number}", "--overwrite")

    thread = threading.Thread(target=scribble)
    thread.start()
    try:
        strategy = opened(closing, settings_of(pod.settings, tmp_path))
        strategy.act(A, "configuration", "")
    finally:
        done.set()
        thread.join()
    assert template(pod)[IDENTITY] == A.identity
    assert "x" in pod.get(*GONE)["metadata"]["annotations"]


def test_a_statefulset_that_is_gone(pod: Cluster, closing: list[Any], tmp_path: Path) -> None:
    settings = settings_of(pod.settings, tmp_path, statefulset="other")
    with pytest.raises(ObjectNotFound) as caught:
        opened(closing, settings).act(A, "configuration", "")
    assert caught.value.hint
    marks = open_marks(settings)
    closing.append(marks)
    with pytest.raises(ObjectNotFound):
        marks.write(Marked("accepted", A))
    # What the cluster does not know is not on the disk either: a name that is wrong.
    with pytest.raises(ConfigError, match="nothing to roll out"):
        marks.read()


# pod


def test_pod_deletes_its_own_and_no_later_one(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    strategy = opened(closing, settings_of(pod.settings, tmp_path, "pod"))
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    kube_server.machinery.settle()
    after = uid(pod)
    assert after != before.process
    strategy.act(A, "configuration", "again")
    kube_server.machinery.settle()
    assert uid(pod) == after
    assert template(pod) == {}


# Who one is


def test_a_pod_of_a_deployment_and_one_of_nobody(closing: list[Any], pod: Cluster) -> None:
    pod.put(
        "v1",
        "pods",
        {
            "metadata": {"name": "alone"},
            "spec": {"containers": [{"name": "halyard", "image": "pause"}]},
        },
    )
    place = Place(settings_of(pod.settings._replace(pod_name="alone"), Path("/t")))
    closing.append(place)
    with pytest.raises(ConfigError, match="belongs to no StatefulSet") as caught:
        place.workload()
    assert "restart.statefulset" in caught.value.hint
    place._pod = {
        "metadata": {
            "name": "halyard-7d9f-x",
            "labels": {"pod-template-hash": "7d9f"},
            "ownerReferences": [
                {"controller": True, "kind": "ReplicaSet", "name": "isd-halyard-7d9f"}
            ],
        }
    }
    assert place.workload() == ("Deployment", "isd-halyard")


def test_names_as_they_are_given() -> None:
    assert named("halyard") == ("StatefulSet", "halyard")
    assert named("statefulset/halyard") == ("StatefulSet", "halyard")
    assert named("deployment/halyard") == ("Deployment", "halyard")


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"phase": "Running", "conditions": []}, ""),
        ({"phase": "Pending"}, "Pending"),
        (
            {
                "phase": "Pending",
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "message": "0/3 nodes: no memory"}
                ],
            },
            "Pending: 0/3 nodes: no memory",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [
                    {
                        "name": "init",
                        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "5m"}},
                    }
                ],
            },
            "init: CrashLoopBackOff 5m",
        ),
    ],
)
def test_why_a_pod_is_stuck(status: dict[str, Any], says: str) -> None:
    assert stuck({"metadata": {"name": "p"}, "status": status}) == says
