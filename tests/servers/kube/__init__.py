"""A Kubernetes API for tests, faithful in what halsync uses; or a real one.

:mod:`fixtures` has ``kube_server`` (the server and its switches) and ``kube`` (a namespace).
``kubectl`` works against it, which tests/clients/kubernetes/test_server.py holds it to.

As a program, for trying things by hand: ``python -m tests.servers.kube KUBECONFIG`` writes a
kubeconfig there and serves until it is killed.
"""

from tests.servers.kube.cluster import Cluster
from tests.servers.kube.http import KubeServer, serve_kube

__all__ = ["Cluster", "KubeServer", "serve_kube"]
