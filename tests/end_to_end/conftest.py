"""Real servers, and a target that somebody depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import EXAMPLE, halsync, sets, visible
from tests.servers.fixtures import git_server, repo, repos, ssh_server, tls_identity, tls_server

__all__ = ["git_server", "repo", "repos", "ssh_server", "tls_identity", "tls_server"]


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A target in which the bundled example is published."""
    target = tmp_path / "home" / ".hal"
    done = halsync("init", "--dir", EXAMPLE, *sets(), "--target", target)
    assert done.code == 0, done.err
    assert "config" in visible(target)
    return target


def files_of(tree: Path) -> dict[str, bytes]:
    """A directory as the test repositories take it."""
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def example() -> dict[str, bytes]:
    """The bundled example's files."""
    return files_of(EXAMPLE)
