"""The servers these tests run against."""

from tests.servers.fixtures import (
    git_server,
    make_git,
    open_git,
    repo,
    repos,
    ssh_server,
    tls_identity,
    tls_server,
)

__all__ = [
    "git_server",
    "make_git",
    "open_git",
    "repo",
    "repos",
    "ssh_server",
    "tls_identity",
    "tls_server",
]
