"""A namespace in which halyard-0 runs, and settings of the sidecar in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from halsync.restart import open_strategy
from halsync.restart.base import Strategy
from halsync.settings.cluster import ClusterSettings
from halsync.settings.model import Settings
from halsync.settings.watching import ConfirmSettings, GovernorSettings, RestartSettings
from tests.clients.kubernetes.workloads import stateful_set
from tests.servers.halyard import free_port
from tests.servers.kube import Cluster, KubeServer

from .conftest import QUICK, ignored, release

A, B = release("a"), release("b")
GONE = ("apps/v1", "statefulsets", "halyard")


@pytest.fixture
def pod(kube: Cluster, kube_server: KubeServer) -> Cluster:
    """A namespace in which halyard-0 runs."""
    kube.put("apps/v1", "statefulsets", stateful_set())
    kube_server.machinery.settle()
    return kube


@pytest.fixture
def closing() -> Iterator[list[Any]]:
    """What is put in here is closed in the end."""
    found: list[Any] = []
    yield found
    for each in found:
        each.close()
        each.close()


def settings_of(
    cluster: ClusterSettings,
    target: Path,
    strategy: str = "rollout",
    *,
    url: str = "",
    confirm: ConfirmSettings = QUICK,
    statefulset: str = "",
    lease: str = "",
) -> Settings:
    restart = RestartSettings(
        strategy=strategy,  # type: ignore[arg-type]
        statefulset=statefulset,
        daemon_url=url or f"http://127.0.0.1:{free_port()}",
        confirm=confirm,
        governor=GovernorSettings(lease=lease),
    )
    where = cluster if cluster.pod_name else cluster._replace(pod_name="halyard-0")
    return Settings(target=str(target), restart=restart, cluster=where)


def opened(closing: list[Any], settings: Settings) -> Strategy:
    strategy = open_strategy(settings, report=ignored)
    closing.append(strategy)
    return strategy
