"""The Kubernetes API that Events and annotations go to."""

from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]
