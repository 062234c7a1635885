"""Submodules and Git LFS."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from halsync.errors import ContentRefused, HalsyncError, SourceNotFound
from halsync.settings.model import GitAuth, Limits, SecretRef
from tests.servers.fixtures import OpenGit
from tests.servers.git_http import GitHttpServer, serve_http
from tests.servers.git_repos import Repo, add_submodules


@pytest.fixture
def nested(repos: Path, repo: Repo) -> str:
    """``repo`` holds ``mods/a``, which holds ``deep``; the commit of ``repo``."""
    deep = Repo(repos / "deep.git").commit({"d": b"deep\n"})
    inner = Repo(repos / "inner.git")
    inner.commit({"i": b"old\n"})
    pinned = inner.commit(
        {"i": b"inner\n", ".gitmodules": add_submodules({"deep": "../deep.git"})},
        links={"up": "deep/d"},
        gitlinks={"deep": deep},
    )
    inner.commit({"i": b"newer than pinned\n"})
    return repo.commit(
        {"config": b"c\n", ".gitmodules": add_submodules({"mods/a": "../inner.git"})},
        links={"link": "mods/a/i"},
        gitlinks={"mods/a": pinned},
    )


def test_off(open_git: OpenGit, git_server: GitHttpServer, nested: str) -> None:
    snapshot = open_git(f"{git_server.url}/repo.git").fetch()
    assert set(snapshot.files) == {"config", ".gitmodules"}
    assert dict(snapshot.dangling) == {"link": "mods/a/i"}
    assert "1 not fetched" in snapshot.details["submodules"]
    with pytest.raises(SourceNotFound, match="mods/a is a submodule"):
        open_git(f"{git_server.url}/repo.git", paths=("mods/a",)).fetch()


def test_shallow(open_git: OpenGit, git_server: GitHttpServer, nested: str) -> None:
    snapshot = open_git(f"{git_server.url}/repo.git", submodules="shallow").fetch()
    assert snapshot.files["mods/a/i"].content == b"inner\n"
    assert snapshot.files["link"].content == b"inner\n"
    assert "mods/a/deep/d" not in snapshot.files
    assert snapshot.revision == nested
    assert "1 not fetched" in snapshot.details["submodules"]


def test_recursive(open_git: OpenGit, git_server: GitHttpServer, nested: str) -> None:
    source = open_git(f"{git_server.url}/repo.git", submodules="recursive")
    snapshot = source.fetch()
    assert snapshot.files["mods/a/deep/d"].content == b"deep\n"
    assert snapshot.files["mods/a/up"].content == b"deep\n"
    assert snapshot.details["submodules"] == "2 fetched"
    part = open_git(
        f"{git_server.url}/repo.git", submodules="recursive", paths=("mods/a/deep",)
    ).fetch()
    assert set(part.files) == {"mods/a/deep/d"}


def test_limits_count_for_all(open_git: OpenGit, git_server: GitHttpServer, nested: str) -> None:
    with pytest.raises(ContentRefused):
        open_git(
            f"{git_server.url}/repo.git", submodules="recursive", limits=Limits(files=4)
        ).fetch()


def test_credentials_stay_with_their_host(
    open_git: OpenGit, repos: Path, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("s3cret-token")
    auth = GitAuth(token=SecretRef(file=str(tmp_path / "token")))
    git_server.credentials = "git:s3cret-token"
    pinned = Repo(repos / "inner.git").commit({"i": b"x\n"})
    with serve_http(repos, credentials="git:s3cret-token") as other:
        modules = add_submodules({"same": "../inner.git", "other": f"{other.url}/inner.git"})
        repo.commit({".gitmodules": modules}, gitlinks={"same": pinned})
        source = open_git(f"{git_server.url}/repo.git", auth=auth, submodules="shallow")
        assert source.fetch().files["same/i"].content == b"x\n"
        repo.commit({".gitmodules": modules}, gitlinks={"other": pinned})
        with pytest.raises(HalsyncError, match="none are configured") as caught:
            open_git(f"{git_server.url}/repo.git", auth=auth, submodules="shallow").fetch()
        assert caught.value.where.startswith("submodule other: ")
        assert other.seen
        assert not any(seen.authorization for seen in other.seen)


@pytest.mark.parametrize(
    "url",
    [
        "/etc",
        "file:///srv/r.git",
        "ext::sh -c id",
        "--upload-pack=id",
        "../../../../../x.git",
        "http://a:b@host/x.git",
    ],
)
def test_urls_that_are_not_followed(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, url: str
) -> None:
    pinned = repo.commit({"x": b"x\n"})
    repo.commit({".gitmodules": add_submodules({"sub": url})}, gitlinks={"sub": pinned})
    with pytest.raises(ContentRefused) as caught:
        open_git(f"{git_server.url}/repo.git", submodules="recursive").fetch()
    assert [(p.file, p.code) for p in caught.value.problems] == [("sub", "HAL0112")]


def test_a_gitmodules_that_git_cannot_read(open_git: OpenGit, repo: Repo) -> None:
    pinned = repo.commit({"x": b"x\n"})
    broken = b'[submodule "sub"]\n\tpath = sub\n\turl = "../other.git\n'
    repo.commit({".gitmodules": broken}, gitlinks={"sub": pinned, "other": pinned})
    with pytest.raises(ContentRefused) as caught:
        open_git(str(repo.path), submodules="recursive").fetch()
    [problem] = caught.value.problems
    assert (problem.file, problem.code) == (".gitmodules", "HAL0112")
    assert problem.message == "git cannot read line 3 of it"


def test_undeclared_missing_and_circular(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    first = repo.commit({"x": b"x\n"})
    repo.commit({"y": b"y\n"}, gitlinks={"sub": first})
    with pytest.raises(ContentRefused, match="hal-config"):
        open_git(f"{git_server.url}/repo.git", submodules="recursive").fetch()
    modules = {".gitmodules": add_submodules({"sub": "../repo.git"})}
    repo.commit(modules, gitlinks={"sub": "1" * 40})
    with pytest.raises(SourceNotFound, match="no commit"):
        open_git(f"{git_server.url}/repo.git", submodules="recursive").fetch()
    # A true circle would need a commit that holds its own id; a repository inside itself at
    # an older commit is legal, and ends.
    repo.commit(modules, gitlinks={"sub": first})
    snapshot = open_git(f"{git_server.url}/repo.git", submodules="recursive").fetch()
    assert snapshot.files["sub/x"].content == b"x\n"


def pointer(content: bytes) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    ).encode()


def store(repo: Repo, content: bytes) -> None:
    """What `git lfs push` does over the file transfer."""
    digest = hashlib.sha256(content).hexdigest()
    place = repo.path / "lfs" / "objects" / digest[:2] / digest[2:4] / digest
    place.parent.mkdir(parents=True)
    place.write_bytes(content)


def test_lfs_pointers_are_refused_unless_asked_for(open_git: OpenGit, repo: Repo) -> None:
    repo.commit({"config": b"c\n", "big.bin": pointer(b"x" * 100)})
    with pytest.raises(ContentRefused) as caught:
        open_git(str(repo.path)).fetch()
    (problem,) = caught.value.problems
    assert (problem.file, problem.code) == ("big.bin", "HAL0111")
    assert "lfs: true" in problem.hint


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_lfs(open_git: OpenGit, repo: Repo) -> None:
    content = bytes(range(256)) * 50
    store(repo, content)
    repo.commit({"config": b"c\n", "dir/big.bin": pointer(content)})
    url = f"file://{repo.path}"
    both = Limits(files=2)
    assert open_git(url, lfs=True, limits=both).fetch().files["dir/big.bin"].content == content
    with pytest.raises(ContentRefused) as caught:
        open_git(url, lfs=True, limits=Limits(file_bytes=10_000)).fetch()
    assert [problem.code for problem in caught.value.problems] == ["HAL0103"]
    repo.commit({"big.bin": pointer(b"never pushed")})
    with pytest.raises(SourceNotFound, match=r"does not have the file big\.bin"):
        open_git(url, lfs=True).fetch()


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_lfs_over_http_with_credentials(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 50
    store(repo, content)
    repo.commit({"config": b"c\n", "big.bin": pointer(content)})
    git_server.credentials = "git:s3cret-token"
    (tmp_path / "token").write_text("s3cret-token")
    auth = GitAuth(token=SecretRef(file=str(tmp_path / "token")))
    url = f"{git_server.url}/repo.git"
    assert open_git(url, auth=auth, lfs=True).fetch().files["big.bin"].content == content
    repo.commit({"big.bin": pointer(b"never pushed")})
    with pytest.raises(SourceNotFound, match=r"does not have the file big\.bin") as failed:
        open_git(url, auth=auth, lfs=True).fetch()
    assert "s3cret" not in str(failed.value)
