"""The Kubernetes API as pytest fixtures: import the ones you need into a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.kube.cluster import REAL, Cluster, cluster_on, real_cluster
from tests.servers.kube.http import KubeServer, serve_kube


@pytest.fixture
def kube_server() -> Iterator[KubeServer]:
    """The test server, with its switches; never a real cluster."""
    if REAL:
        pytest.skip("turns switches that only the test server has")
    with serve_kube() as server:
        yield server


@pytest.fixture
def kube(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Cluster]:
    """An empty namespace: of ``kube_server``, or of ``HALSYNC_TEST_KUBECONFIG``."""
    directory = tmp_path_factory.mktemp("kube")
    if REAL:
        with real_cluster(directory) as cluster:
            yield cluster
        return
    with cluster_on(request.getfixturevalue("kube_server"), directory) as cluster:
        yield cluster
