"""The servers as pytest fixtures: import the ones you need into a ``conftest.py``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from halsync.settings.model import GitSettings, Limits
from halsync.sources import open_source
from halsync.sources.base import Context, Source
from tests.servers.git_http import GitHttpServer, serve_http
from tests.servers.git_repos import Repo
from tests.servers.git_ssh import SshServer, serve_ssh, why_not
from tests.servers.openbao import Bao, serve_bao
from tests.servers.openbao import why_not as why_no_bao
from tests.servers.tls import Identity, make_identity

MakeGit = Callable[..., GitSettings]
OpenGit = Callable[..., Source]

THROUGH_GIT = {"lfs": True}
"""Settings that only the git binary can fulfil, and that change nothing where there is no LFS."""


@pytest.fixture
def repos(tmp_path: Path) -> Path:
    """The directory whose repositories ``git_server`` serves."""
    path = tmp_path / "repos"
    path.mkdir()
    return path


@pytest.fixture
def repo(repos: Path) -> Repo:
    """An empty bare repository, ``repo.git``."""
    return Repo(repos / "repo.git")


@pytest.fixture
def git_server(repos: Path) -> Iterator[GitHttpServer]:
    """Smart HTTP for everything below ``repos``."""
    with serve_http(repos) as server:
        yield server


@pytest.fixture(scope="session")
def tls_identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """A certificate for localhost and 127.0.0.1, and its private CA."""
    return make_identity(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_server(repos: Path, tls_identity: Identity) -> Iterator[GitHttpServer]:
    """Smart HTTPS for everything below ``repos``."""
    with serve_http(repos, tls=tls_identity) as server:
        yield server


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[SshServer]:
    """A real sshd."""
    if reason := why_not():
        pytest.skip(reason)
    with serve_ssh(tmp_path / "sshd") as server:
        yield server


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory, tls_identity: Identity) -> Iterator[Bao]:
    """A real OpenBao server, over HTTP and TLS; take an engine of your own with ``mount``."""
    if reason := why_no_bao():
        pytest.skip(reason)
    with serve_bao(tmp_path_factory.mktemp("bao"), tls_identity) as server:
        yield server


@pytest.fixture
def make_git(repo: Repo) -> MakeGit:
    """``make_git(files, links={}) -> GitSettings``: a commit on ``main``, served from its path.

    Calling it again makes a new commit with exactly the new files.
    """

    def make(files: dict[str, bytes], links: dict[str, str] | None = None) -> GitSettings:
        repo.commit(files, links)
        return GitSettings(f"file://{repo.path}", "main")

    return make


@pytest.fixture
def open_git(tmp_path: Path) -> Iterator[OpenGit]:
    """``open_git(url_or_settings, ref, paths=…, limits=…, seconds=…, **settings) -> Source``."""
    opened: list[Source] = []
    work = tmp_path / "work"
    work.mkdir(mode=0o700)

    def make(
        url: str | GitSettings,
        ref: str = "main",
        *,
        paths: tuple[str, ...] = ("",),
        limits: Limits | None = None,
        seconds: float = 30,
        **settings: Any,
    ) -> Source:
        options = GitSettings(url, ref, **settings) if isinstance(url, str) else url
        deadline = time.monotonic() + seconds
        context = Context("hal-config", str(work), paths, limits or Limits(), deadline)
        opened.append(open_source(options, context))
        return opened[-1]

    yield make
    for source in opened:
        source.close()
