"""What the parts of this package hand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from halsync.model import File, Problem


class Manifest(NamedTuple):
    """One object as the repository wants it."""

    kind: str
    name: str
    namespace: str
    """Empty: the own one."""
    body: dict[str, Any]
    path: str
    """File of the tree."""
    line: int
    file: File

    @property
    def identity(self) -> str:
        """``Secret/jira-secret``, or ``sapor/Secret/jira-secret``: as the inventory has it."""
        return "/".join(part for part in (self.namespace, self.kind, self.name) if part)

    @property
    def where(self) -> str:
        """``clusterconfig/jira-secret.yaml:1``"""
        return f"{self.path}:{self.line}"


class ReadManifests(NamedTuple):
    """What stands in the files, and what is wrong with it."""

    manifests: list[Manifest]
    problems: list[Problem]
