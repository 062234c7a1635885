"""The sidecar in its pod, with the rights that are documented for it: they suffice, and none of
them is for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.kubernetes.workloads import stateful_set
from tests.end_to_end.test_react import World, changed, good
from tests.end_to_end.test_rollout import Files, Pod
from tests.manifests.test_rights import rules
from tests.servers.git_repos import Repo
from tests.servers.kube import Cluster, KubeServer
from tests.servers.kube.fixtures import kube, kube_server
from tests.servers.kube.http import Seen

__all__ = ["kube", "kube_server"]

pytestmark = pytest.mark.e2e

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@pytest.fixture(params=["rollout", "pod"])
def world(
    tmp_path: Path,
    repo: Repo,
    example: Files,
    kube: Cluster,
    kube_server: KubeServer,
    request: pytest.FixtureRequest,
) -> Iterator[World]:
    """A pod that nobody but halsync replaces, and an account with the Roles of its strategy."""
    body = stateful_set()
    body["spec"]["updateStrategy"] = {"type": "OnDelete"}
    kube.put("apps/v1", "statefulsets", body)
    kube_server.machinery.settle()
    made = World(tmp_path, repo, example)
    made.repo.commit(example)
    made.write(request.param, governor={
        "debounce": "0s", "spacing": "0s", "budget": 1000, "lease": "halyard-turns",
    })  # fmt: skip
    account = kube.account(tmp_path, roles(request.param))
    settings = json.loads(made.file.read_text())
    settings["kubernetes"] = {
        "kubeconfig": account.kubeconfig,
        "namespace": kube.namespace,
        "podName": "halyard-0",
    }
    made.file.write_text(json.dumps(settings))
    with made.initialised():
        yield made


def roles(strategy: str) -> list[dict[str, Any]]:
    """What a sidecar of this strategy is to be bound to."""
    return rules(f"halsync-{strategy}", "halsync-events", "halsync-lease")


def allowed(strategy: str) -> set[tuple[str, str, str]]:
    """Verb, resource, name."""
    return {
        (verb, resource, name)
        for rule in roles(strategy)
        for verb in rule["verbs"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
    }


def asked(seen: list[Seen]) -> set[tuple[str, str, str]]:
    """The same, as it was used; Events have names that nobody knows beforehand."""
    found = set()
    for each in seen:
        parts = each.path.partition("/namespaces/")[2].split("/")
        if "system:serviceaccount" in each.user:
            name = parts[2] if len(parts) > 2 and parts[1] != "events" else ""
            found.add((VERBS[each.method], parts[1], name))
    return found


def test_the_documented_rights_suffice_and_all_are_used(
    world: World, kube: Cluster, kube_server: KubeServer
) -> None:
    strategy = json.loads(world.file.read_text())["restart"]["strategy"]
    pod = Pod(world, kube, kube_server)
    with world.sidecar(KUBERNETES_SERVICE_HOST="127.0.0.1") as sidecar:
        good(sidecar, world)
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("acted")
        pod.replaced(sidecar)
        sidecar.wait("confirmed")
        uid = pod.uid()
        checks = len(sidecar.events("checked"))
        sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
        assert pod.uid() == uid, "one pod for each change, and no more"
        assert sidecar.stop() == 0
    assert not [each for each in kube_server.seen if each.status in (401, 403)]
    # Nothing happened twice here, which the Event that told it first would say.
    assert asked(kube_server.seen) | {("patch", "events", "")} == allowed(strategy)
