"""A Kubernetes API."""

from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]
