"""``rollout`` where the controller does not replace the pod, and what is said when none comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from halsync.errors import SourceUnreachable
from halsync.restart import open_marks
from halsync.restart.base import Marked
from halsync.restart.rollout import left_alone
from halsync.restart.workload import stuck
from tests.clients.kubernetes.workloads import stateful_set
from tests.servers.kube import Cluster, KubeServer

from .cluster import A, B, closing, opened, pod, settings_of
from .conftest import QUICK
from .test_replacing import documented, uid

__all__ = ["closing", "pod"]


@pytest.mark.parametrize("ready", [True, False])
def test_a_pod_that_was_made_for_the_release_stays(
    kube: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path, ready: bool
) -> None:
    """A kill between the act and the note that it was done has the new pod act again."""
    body = stateful_set()
    if ready:
        body["spec"]["updateStrategy"] = {"type": "OnDelete"}
    kube_server.machinery.hold = not ready
    kube.put("apps/v1", "statefulsets", body)
    kube_server.machinery.settle()
    settings = settings_of(kube.settings, tmp_path)
    before = uid(kube)
    opened(closing, settings).act(A, "configuration", "a new one")
    kube_server.machinery.settle()
    made = uid(kube)
    assert made != before
    opened(closing, settings).act(A, "configuration", "a new one")
    kube_server.machinery.settle()
    assert uid(kube) == made
    opened(closing, settings).act(B, "configuration", "another one")
    kube_server.machinery.settle()
    assert uid(kube) != made


@pytest.mark.parametrize(
    ("strategy", "name", "alone"),
    [
        (None, "halyard-0", False),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}, "halyard-0", False),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}, "halyard-0", True),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}, "halyard-1", False),
        ({"type": "OnDelete"}, "halyard-0", True),
    ],
)
def test_what_the_controller_leaves_alone(
    strategy: dict[str, Any] | None, name: str, alone: bool
) -> None:
    assert left_alone({"updateStrategy": strategy}, name) is alone


@pytest.mark.parametrize("name", ["rollout", "pod"])
def test_why_no_pod_comes_is_told_with_the_documented_rights(
    pod: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path, name: str
) -> None:
    account = pod.account(tmp_path, documented(name))
    confirm = QUICK._replace(timeout=0.3)
    strategy = opened(closing, settings_of(account, tmp_path, name, confirm=confirm))
    before = strategy.standing()
    kube_server.machinery.hold = True
    strategy.act(A, "configuration", "")
    kube_server.machinery.settle()
    with pytest.raises(SourceUnreachable, match=r"came within 0\.3 s: pod halyard-0: Pending"):
        strategy.confirm(before, A, "configuration", stop=bool)


def test_a_deployment_that_is_paused(
    kube: Cluster, kube_server: KubeServer, closing: list[Any], tmp_path: Path
) -> None:
    """With the rights that roles.yaml tells for it."""
    rules = [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "resourceNames": ["halyard"],
            "verbs": ["get", "patch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
    ]
    body = stateful_set()
    del body["spec"]["serviceName"]
    body["spec"]["paused"] = True
    kube.put("apps/v1", "deployments", body)
    kube_server.machinery.settle()
    kube_server.machinery.paused = True
    confirm = QUICK._replace(timeout=0.3)
    account = kube.account(tmp_path, rules)
    settings = settings_of(account, tmp_path, statefulset="deployment/halyard", confirm=confirm)
    marks = open_marks(settings)
    closing.append(marks)
    marks.write(Marked("accepted", A))
    strategy = opened(closing, settings)
    before = strategy.standing()
    strategy.act(A, "configuration", "")
    with pytest.raises(SourceUnreachable, match=r"spec\.paused"):
        strategy.confirm(before, A, "configuration", stop=bool)


def test_a_pod_that_does_not_end() -> None:
    metadata = {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    assert stuck({"metadata": metadata}) == "is being deleted"
    held = {"metadata": {**metadata, "finalizers": ["example.com/backup"]}}
    assert stuck(held) == "is being deleted, and finalizers hold it: example.com/backup"
