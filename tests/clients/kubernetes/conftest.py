"""A Kubernetes API, and the client in both of its forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.api import Api
from tests.servers.kube import Cluster
from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]


@pytest.fixture(params=["direct", "apart"])
def api(kube: Cluster, request: pytest.FixtureRequest) -> Iterator[Api]:
    """The client, in this process and in a child."""
    client = connect(kube.settings, apart=request.param == "apart")
    yield client
    client.close()
