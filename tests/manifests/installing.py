"""A repository with manifests, and halsync run on it as a user does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.harness import Result, halsync
from tests.servers.kube import Cluster

CONFIG = """\
currentDeployment: default
deploymentConfigurations:
- name: default
  version: 1.30.1
  deploymentEnvironment: {type: LocalDebian}
  persistentStorage: {persistentStoreType: redis}
"""


class Installation:
    """A directory with a source and settings."""

    def __init__(self, directory: Path, cluster: Cluster, **manifests: Any) -> None:
        self.directory = directory
        self.source = directory / "repo"
        self.target = directory / "home" / ".hal"
        self.settings: dict[str, Any] = {
            "target": str(self.target),
            "timeout": "5s",
            "log": {"format": "text"},
            "sources": [{"name": "hal", "dir": {"path": str(self.source)}}],
            "kubernetes": {
                "kubeconfig": str(cluster.kubeconfig), "namespace": cluster.namespace,
            },
            "manifests": {"paths": ["promotion"], **manifests},
        }  # fmt: skip
        self.write("config", CONFIG)

    def write(self, path: str, text: str) -> None:
        """Put a file into the repository."""
        place = self.source / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def remove(self, path: str) -> None:
        """Take a file out of it."""
        (self.source / path).unlink()

    def run(self, *arguments: str, code: int = 0) -> Result:
        """Run a command, which must end with this code."""
        file = self.directory / "halsync.yaml"
        file.write_text(yaml.safe_dump(self.settings))
        done = halsync(*arguments, "--config", file, cwd=self.directory)
        assert done.code == code, done.out + done.err
        return done
