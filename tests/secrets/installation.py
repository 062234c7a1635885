"""An installation in a directory: its files, its settings, and what halsync makes of them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from halsync.agent.init import init
from halsync.agent.look import candidate
from halsync.agent.pipeline import Candidate
from halsync.agent.report import silent
from halsync.errors import HalsyncError, ProblemsError
from halsync.model import Problem
from halsync.settings.load import load
from halsync.settings.model import Settings
from tests.harness import Result, halsync, visible
from tests.servers.kube import Cluster

GATE = "default/profiles/gate-local.yml"
CONFIG = (
    "currentDeployment: default\ndeploymentConfigurations:\n- name: default\n  version: 1.30.0\n"
)


class Installation:
    """A source directory, a target, and settings between them."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.source = directory / "source"
        self.target = directory / "home" / ".hal"
        self.stack = stack
        self.settings: dict[str, Any] = {
            "target": str(self.target),
            "sources": [{"name": "hal", "dir": {"path": str(self.source)}}],
            "validate": {"ignore": ["rules", "schema"]},
            "timeout": "20s",
        }
        self.write({"config": CONFIG})

    def write(self, files: dict[str, str | bytes]) -> None:
        """Put files into the source."""
        for path, content in files.items():
            place = self.source / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def mount(self, **secrets: dict[str, str | bytes]) -> None:
        """Secrets as a kubelet mounts them, each in a directory; ``_`` stands for ``-``."""
        for name, keys in secrets.items():
            for key, value in keys.items():
                place = self.directory / "mounted" / name.replace("_", "-") / key
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(value if isinstance(value, bytes) else value.encode())
        self.secrets(mountedDir=str(self.directory / "mounted"))

    def secrets(self, **settings: Any) -> None:
        """Settings below ``secrets``."""
        self.settings.setdefault("secrets", {}).update(settings)

    def through(self, cluster: Cluster) -> None:
        """Read Secrets through this API."""
        self.secrets(kubernetes="api")
        self.settings["kubernetes"] = {
            "kubeconfig": str(cluster.kubeconfig),
            "namespace": cluster.namespace,
        }

    def load(self, **flags: Any) -> Settings:
        """The settings as halsync reads them."""
        path = self.directory / "halsync.yaml"
        path.write_text(yaml.safe_dump(self.settings))
        given = {key.replace("__", "."): value for key, value in flags.items()}
        return load(given, {}, config=str(path)).settings

    def publish(self, **flags: Any) -> dict[str, bytes]:
        """What ``init`` publishes, in this process."""
        init(self.load(**flags), silent)
        return visible(self.target)

    def look(self, **flags: Any) -> Candidate:
        """What would be published."""
        return candidate(self.load(**flags), silent)

    def refused(self, **flags: Any) -> Refused:
        """Why ``init`` does not publish."""
        before = visible(self.target) if self.target.exists() else {}
        try:
            init(self.load(**flags), silent)
        except ProblemsError as error:
            found = [problem for problem in error.problems if problem.severity == "error"]
            refused = Refused(error, found)
        except HalsyncError as error:
            refused = Refused(error, [])
        else:
            raise AssertionError("it was published")
        assert (visible(self.target) if self.target.exists() else {}) == before
        return refused

    def run(self, *words: str, env: dict[str, str] | None = None) -> Result:
        """A command in a process of its own."""
        self.load()
        both = {"HALSYNC_CONFIG": str(self.directory / "halsync.yaml"), **(env or {})}
        return halsync(*words, cwd=self.directory, env=both)


class Refused:
    """A failure and its problems."""

    def __init__(self, error: HalsyncError, problems: list[Problem]) -> None:
        self.error = error
        self.problems = problems
        self.code = error.exit_code

    @property
    def one(self) -> Problem:
        """The only problem."""
        (problem,) = self.problems
        return problem

    @property
    def text(self) -> str:
        """Everything that is said."""
        return "\n".join(
            [str(self.error), *(f"{each.message}\n{each.hint}" for each in self.problems)]
        )


def link_of(path: Path) -> str:
    """Where a link leads."""
    return os.readlink(path)
