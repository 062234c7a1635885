"""The sidecar in a pod that is replaced: patch, new pod, init, new sidecar, confirmation.

The Kubernetes API and the StatefulSet's controller are the test server's; the kubelet is this
test: when there is another pod, it ends the old one's processes, empties the volume, runs the
init container and starts the others.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from halsync.restart import hold
from tests.clients.kubernetes.workloads import stateful_set
from tests.end_to_end.sidecar import Sidecar
from tests.end_to_end.test_react import KILLER, World, changed, good
from tests.harness import halsync, visible
from tests.servers.git_repos import Repo
from tests.servers.kube import Cluster, KubeServer
from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]

pytestmark = pytest.mark.e2e

Files = dict[str, bytes]


class Pod:
    """What runs in halyard-0."""

    def __init__(self, world: World, cluster: Cluster, server: KubeServer) -> None:
        self.world = world
        self.cluster = cluster
        self._server = server
        self._uid = self.uid()

    def uid(self) -> str:
        """Of the pod that the API knows now; empty if there is none at the moment."""
        pods = {each["metadata"]["name"]: each for each in self.cluster.list("v1", "pods")}
        return str(pods["halyard-0"]["metadata"]["uid"]) if "halyard-0" in pods else ""

    def identity(self) -> str:
        """What the template says is to run."""
        found = self.cluster.get("apps/v1", "statefulsets", "halyard")
        annotations = found["spec"]["template"]["metadata"].get("annotations") or {}
        return str(annotations.get("halsync.io/identity", ""))

    def replaced(self, sidecar: Sidecar, *, healthy: bool = True) -> None:
        """Wait for another pod, and do what the kubelet does."""
        sidecar.until(lambda: self.uid() not in ("", self._uid), "another pod")
        self._server.machinery.settle()
        self._uid = self.uid()
        assert sidecar.stop() == 0
        self.world.halyard.stop()
        shutil.rmtree(self.world.target)
        shutil.rmtree(self.world.halyard.own)
        self.world.target.mkdir()
        self.world.halyard.own.mkdir()
        done = halsync("init", "--config", self.world.file)
        assert done.code == 0, done.err
        self.world.halyard.start(wait=healthy)
        sidecar.again()


@pytest.fixture
def world(
    tmp_path: Path, repo: Repo, example: Files, kube: Cluster, kube_server: KubeServer
) -> Iterator[World]:
    """A pod of a StatefulSet, initialised."""
    kube.put("apps/v1", "statefulsets", stateful_set())
    kube_server.machinery.settle()
    world = World(tmp_path, repo, example)
    world.repo.commit(example)
    world.write("rollout")
    settings = json.loads(world.file.read_text())
    settings["kubernetes"] = {
        "kubeconfig": str(kube.kubeconfig),
        "namespace": kube.namespace,
        "podName": "halyard-0",
    }
    world.file.write_text(json.dumps(settings))
    with world.initialised():
        yield world


def test_a_change_brings_one_new_pod(world: World, kube: Cluster, kube_server: KubeServer) -> None:
    pod = Pod(world, kube, kube_server)
    with world.sidecar() as sidecar:
        good(sidecar, world)
        assert pod.identity() == "", "what runs already is not rolled out"
        world.repo.commit(changed(world.example, "production2"))
        identity = sidecar.wait("accepted")["identity"]
        assert sidecar.wait("acted")["strategy"] == "rollout"
        pod.replaced(sidecar)
        assert sidecar.wait("confirmed")["identity"] == identity
        assert pod.identity() == identity
        assert b"production2" in visible(world.target)["config"]
        uid = pod.uid()
        sidecar.wait("checked", 4)
        sidecar.state("idle")
        assert not sidecar.events("acted"), "the new pod does not roll out again"
        # A comment is published here and rolls nothing out.
        new = changed(world.example, "production2")
        world.repo.commit({**new, "config": new["config"] + b"# said\n"})
        sidecar.wait("published")
        sidecar.state("idle")
        assert pod.uid() == uid


def test_the_next_pod_runs_what_is_known_to_work(
    world: World, kube: Cluster, kube_server: KubeServer
) -> None:
    pod = Pod(world, kube, kube_server)
    before = visible(world.target)
    with world.sidecar() as sidecar:
        good(sidecar, world)
        world.repo.commit({**changed(world.example, "doomed"), "halyard.yml": KILLER})
        sidecar.wait("acted")
        pod.replaced(sidecar, healthy=False)
        assert b"doomed" in visible(world.target)["config"]
        sidecar.wait("unconfirmed")
        sidecar.wait("quarantined")
        sidecar.wait("acted")
        pod.replaced(sidecar)
        assert visible(world.target) == before
        sidecar.wait("confirmed")
        sidecar.state("refused")
        uid = pod.uid()
        checks = len(sidecar.events("checked"))
        sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
        assert pod.uid() == uid
        assert visible(world.target) == before
        # A commit that means the same is no news, neither here nor to a pod that is moved.
        doomed = {**changed(world.example, "doomed"), "halyard.yml": KILLER, "notes.txt": b"new\n"}
        commit = world.repo.commit(doomed)
        told = json.loads(halsync("sync", "--target", world.target, "-o", "json").out)
        assert (told["outcome"], told["revisions"]) == ("quarantined", {"hal": commit})
        assert pod.uid() == uid
        elsewhere = world.directory / "moved"
        moved = halsync("init", "--config", world.file, "--target", elsewhere)
        assert "passed-over" in moved.err or "passed over" in moved.err
        assert visible(elsewhere) == before
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("acted")
        pod.replaced(sidecar)
        sidecar.wait("confirmed")
        assert b"production2" in visible(world.target)["config"]


def test_what_works_is_not_blamed_for_what_means_the_same(
    world: World, kube: Cluster, kube_server: KubeServer
) -> None:
    """The next pod's init found the revert, and Halyard did not come up for another reason."""
    pod = Pod(world, kube, kube_server)
    with world.sidecar() as sidecar:
        good(sidecar, world)
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("acted")
        revert = world.repo.commit({**world.example, "notes.txt": b"reverted\n"})
        world.halyard.switch(never_healthy=True)
        pod.replaced(sidecar, healthy=False)
        assert sidecar.wait("quarantined")["sources"] == [f"hal@{revert}"]
        sidecar.wait("acted")
        world.halyard.switch()
        pod.replaced(sidecar)
        sidecar.wait("confirmed")
        # It works, whatever was at fault: what means the same needs nobody's word.
        sidecar.state("idle")
        assert not sidecar.events("accepted")


def test_the_api_may_be_away(world: World, kube: Cluster, kube_server: KubeServer) -> None:
    pod = Pod(world, kube, kube_server)
    with world.sidecar(HALSYNC_WATCH_MAX_BACKOFF="1s") as sidecar:
        good(sidecar, world)
        kube_server.down = True
        world.repo.commit(changed(world.example, "production2"))
        assert sidecar.wait("step-failed")["stage"] == "react"
        sidecar.state("degraded", "waiting")
        assert sidecar.get("/healthz")[0] == 200
        checks = len(sidecar.events("checked"))
        sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
        kube_server.down = False
        sidecar.wait("acted")
        pod.replaced(sidecar)
        sidecar.wait("confirmed")
        assert b"production2" in visible(world.target)["config"]


def test_no_pod_is_replaced_while_its_init_could_not_fetch(
    world: World, kube: Cluster, kube_server: KubeServer
) -> None:
    pod = Pod(world, kube, kube_server)
    uid = pod.uid()
    with world.sidecar(HALSYNC_WATCH_MAX_BACKOFF="500ms") as sidecar:
        good(sidecar, world)
        hold.set(str(world.target), "a moment")
        world.repo.commit(changed(world.example, "production2"))
        sidecar.wait("waiting")
        away = world.repo.path.with_name("away")
        world.repo.path.rename(away)
        sidecar.wait("check-failed")
        hold.clear(str(world.target))
        sidecar.wait("check-failed", 3)
        assert not sidecar.events("accepted")
        assert pod.uid() == uid
        away.rename(world.repo.path)
        sidecar.wait("acted")
        pod.replaced(sidecar)
        sidecar.wait("confirmed")
        assert b"production2" in visible(world.target)["config"]


def test_the_api_may_be_away_at_the_start(
    world: World, kube: Cluster, kube_server: KubeServer
) -> None:
    kube_server.down = True
    with world.sidecar(HALSYNC_WATCH_MAX_BACKOFF="500ms") as sidecar:
        sidecar.until(
            lambda: bool(sidecar.events("check-failed") or sidecar.events("watching")), "a word"
        )
        kube_server.down = False
        good(sidecar, world)
        sidecar.state("idle")


def test_the_stateful_set_may_be_deleted(
    world: World, kube: Cluster, kube_server: KubeServer
) -> None:
    with world.sidecar(HALSYNC_WATCH_MAX_BACKOFF="1s") as sidecar:
        good(sidecar, world)
        kube.delete("apps/v1", "statefulsets", "halyard")
        world.repo.commit(changed(world.example, "production2"))
        told = sidecar.wait("step-failed", stage="react")
        assert "halyard" in told["error"]
        checks = len(sidecar.events("checked"))
        sidecar.until(lambda: len(sidecar.events("checked")) > checks + 3, "more checks")
        assert sidecar.stop() == 0
