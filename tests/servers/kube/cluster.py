"""A namespace of a cluster for a test: of the test server's, or of a real one.

With ``HALSYNC_TEST_KUBECONFIG`` set, every test that only uses what stands here runs against the
cluster that it names, in a namespace made for the test. What needs the test server's switches
asks for ``kube_server``, and is skipped there.
"""

from __future__ import annotations

import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.objects import Object
from halsync.clients.kubernetes.paths import path_of
from halsync.settings.cluster import ClusterSettings
from tests.servers.kube.http import KubeServer

Rule = dict[str, list[str]]

REAL = os.environ.get("HALSYNC_TEST_KUBECONFIG", "")
"""A kubeconfig whose user may make namespaces; empty: the test server is used."""


class Cluster:
    """What a test's administrator does."""

    def __init__(self, kubeconfig: Path, namespace: str, server: KubeServer | None) -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace
        self.server = server
        self.settings = ClusterSettings(kubeconfig=str(kubeconfig), namespace=namespace)
        self.api = connect(self.settings)

    def secret(self, name: str, data: Mapping[str, str | bytes]) -> None:
        """Make or replace a Secret."""
        encoded = {
            key: b64encode(value.encode() if isinstance(value, str) else value).decode()
            for key, value in data.items()
        }
        self.put("v1", "secrets", {"metadata": {"name": name}, "data": encoded})

    def data(self, name: str) -> dict[str, bytes]:
        """What a Secret holds."""
        found = self.get("v1", "secrets", name)
        return {key: b64decode(value) for key, value in (found.get("data") or {}).items()}

    def put(self, version: str, resource: str, body: Object) -> Object:
        """Make an object, or replace it as it is."""
        name = body["metadata"]["name"]
        old = next((item for item in self.list(version, resource) if _name(item) == name), None)
        path = path_of(version, resource, self.namespace, name if old else None)
        if old:
            body = {**body, "metadata": {**body["metadata"], "resourceVersion": _version(old)}}
        made: Object = self.api.request("PUT" if old else "POST", path, body=body)
        return made

    def get(self, version: str, resource: str, name: str) -> Object:
        """The object."""
        found: Object = self.api.request("GET", path_of(version, resource, self.namespace, name))
        return found

    def list(self, version: str, resource: str) -> list[Object]:
        """All of a kind."""
        path = path_of(version, resource, self.namespace)
        return list(self.api.request("GET", path)["items"] or [])

    def delete(self, version: str, resource: str, name: str) -> None:
        """Delete the object."""
        self.api.request("DELETE", path_of(version, resource, self.namespace, name))

    def account(self, directory: Path, rules: Sequence[Rule]) -> ClusterSettings:
        """A new service account that may do this and nothing else, as settings."""
        name = f"account-{uuid4().hex[:8]}"
        rbac = "rbac.authorization.k8s.io"
        self.put("v1", "serviceaccounts", {"metadata": {"name": name}})
        self.put(f"{rbac}/v1", "roles", {"metadata": {"name": name}, "rules": list(rules)})
        self.put(
            f"{rbac}/v1",
            "rolebindings",
            {
                "metadata": {"name": name},
                "roleRef": {"apiGroup": rbac, "kind": "Role", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": self.namespace}],
            },
        )
        path = directory / f"{name}.kubeconfig"
        path.write_text(yaml.safe_dump(self._as(self.token(name))))
        return ClusterSettings(kubeconfig=str(path), namespace=self.namespace)

    def token(self, account: str) -> str:
        """A token of a service account."""
        answer = self.api.request(
            "POST",
            path_of("v1", "serviceaccounts", self.namespace, account, "token"),
            body={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
        )
        return str(answer["status"]["token"])

    def _as(self, token: str) -> dict[str, Any]:
        """The kubeconfig with another user."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        context = next(
            item["context"] for item in config["contexts"]
            if item["name"] == config["current-context"]
        )  # fmt: skip
        config["users"] = [{"name": context["user"], "user": {"token": token}}]
        return dict(config)

    def kubectl(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """Run the real kubectl as the administrator; its output."""
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(self.kubeconfig), "-n", self.namespace, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.kubeconfig.parent)},
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout + ("" if check else done.stderr)


@contextmanager
def cluster_on(server: KubeServer, directory: Path) -> Iterator[Cluster]:
    """A new namespace on the test server."""
    namespace = f"test-{uuid4().hex[:8]}"
    server.add_namespace(namespace)
    path = directory / "kubeconfig"
    path.write_text(yaml.safe_dump(server.kubeconfig(namespace=namespace)))
    cluster = Cluster(path, namespace, server)
    try:
        yield cluster
    finally:
        cluster.api.close()


@contextmanager
def real_cluster(directory: Path) -> Iterator[Cluster]:
    """A new namespace on the cluster of ``HALSYNC_TEST_KUBECONFIG``, removed afterwards."""
    namespace = f"halsync-test-{uuid4().hex[:8]}"
    path = directory / "kubeconfig"
    flat = ["kubectl", "--kubeconfig", REAL, "config", "view", "--raw", "--flatten", "--minify"]
    path.write_bytes(subprocess.run(flat, check=True, capture_output=True).stdout)
    subprocess.run(
        ["kubectl", "--kubeconfig", str(path), "create", "-f", "-"],
        input=f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}".encode(),
        check=True,
        capture_output=True,
    )
    cluster = Cluster(path, namespace, None)
    try:
        yield cluster
    finally:
        cluster.api.close()
        subprocess.run(
            [
                "kubectl",
                "--kubeconfig",
                str(path),
                "delete",
                "namespace",
                namespace,
                "--wait=false",
            ],
            check=False,
            capture_output=True,
        )


def _name(found: Object) -> str:
    return str(found["metadata"]["name"])


def _version(found: Object) -> str:
    return str(found["metadata"]["resourceVersion"])
