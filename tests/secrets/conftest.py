"""A small installation whose configuration references secrets, and servers that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.secrets.installation import Installation
from tests.servers.kube import Cluster, KubeServer, serve_kube
from tests.servers.kube.cluster import cluster_on


@pytest.fixture(scope="module")
def shared_kube() -> Iterator[KubeServer]:
    """One API server for the tests of a module that turn none of its switches."""
    with serve_kube() as server:
        yield server


@pytest.fixture
def kube(shared_kube: KubeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A namespace of its own."""
    with cluster_on(shared_kube, tmp_path_factory.mktemp("kube")) as cluster:
        yield cluster


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    """An installation that reads a directory."""
    with ExitStack() as stack:
        yield Installation(tmp_path, stack)
