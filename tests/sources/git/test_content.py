"""What of a commit comes along: sub-paths, links, limits, names nobody could check out."""

from __future__ import annotations

import os

import pytest

from halsync.errors import ContentRefused, SourceNotFound
from halsync.settings.model import Limits
from tests.servers.fixtures import THROUGH_GIT, OpenGit
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo

FILES = {
    "config": b"currentDeployment: default\n",
    "default/profiles/gate-local.yml": b"a: 1\r\nb: \xc3\xa4\n",
    "default/service-settings/gate.yml": b"x\n",
    "bin/run.sh": b"#!/bin/sh\n",
}


def test_a_sub_path(open_git: OpenGit, repo: Repo) -> None:
    repo.commit(FILES, links={"default/profiles/x.yml": "../../config"})
    snapshot = open_git(str(repo.path), paths=("default/profiles",)).fetch()
    assert set(snapshot.files) == {
        "default/profiles/gate-local.yml",
        "default/profiles/x.yml",
        "config",  # the link leads there
    }
    assert snapshot.files["default/profiles/x.yml"].content == FILES["config"]


def test_a_missing_sub_path(open_git: OpenGit, repo: Repo) -> None:
    repo.commit(FILES)
    with pytest.raises(SourceNotFound, match="default/profile") as caught:
        open_git(str(repo.path), paths=("default/profile",)).fetch()
    assert caught.value.hint == "did you mean default/profiles?"
    assert str(repo.path) in caught.value.where
    with pytest.raises(SourceNotFound, match="is a file"):
        open_git(str(repo.path), paths=("config",)).fetch()


def test_links(open_git: OpenGit, repo: Repo) -> None:
    links = {
        "current": "envs/prod",
        "envs/prod": "../real",
        "default/config": "../current/deep/../config",
        "gone": "nowhere/at/all",
    }
    repo.commit({"real/config": b"c\n", "real/deep/x": b"x\n", "other": b"o\n"}, links)
    whole = open_git(str(repo.path)).fetch()
    assert whole.files["current/config"].content == b"c\n"
    assert whole.files["default/config"].content == b"c\n"
    assert dict(whole.dangling) == {"gone": "nowhere/at/all"}
    part = open_git(str(repo.path), paths=("default",)).fetch()
    assert part.files["default/config"].content == b"c\n"
    assert "other" not in part.files
    through = open_git(str(repo.path), paths=("current",)).fetch()
    assert {"current/config", "current/deep/x"} <= set(through.files)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "loop"])
def test_links_that_leave(open_git: OpenGit, repo: Repo, target: str) -> None:
    repo.commit(FILES, links={"loop": target})
    with pytest.raises(ContentRefused) as caught:
        open_git(str(repo.path)).fetch()
    assert [(p.file, p.code) for p in caught.value.problems] == [("loop", "HAL0102")]


def test_names_nobody_can_check_out(open_git: OpenGit, repo: Repo) -> None:
    blob = repo.blob(b"x\n")
    raw = bytes.fromhex(blob)
    names = [b"..", b"a\xff", b"a/b", b"A", b"a"]
    tree = b"".join(b"100644 " + name + b"\0" + raw for name in names)
    tree_id = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=tree)
    repo.commit_tree(tree_id)
    with pytest.raises(ContentRefused) as caught:
        open_git(str(repo.path)).fetch()
    named = {problem.file for problem in caught.value.problems}
    assert {"..", "a/b", "a"} <= named
    assert len(named) == 4


@pytest.mark.parametrize("served", ["filtering", "plain"])
@pytest.mark.parametrize("size", [20_000_000, pytest.param(200_000_000, marks=pytest.mark.e2e)])
def test_a_large_file_is_refused_unread(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, served: str, size: int
) -> None:
    if served == "filtering":
        repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit({**FILES, "dump.bin": b"\0" * size})
    with pytest.raises(ContentRefused) as caught:
        open_git(f"{git_server.url}/repo.git").fetch()
    (problem,) = caught.value.problems
    assert (problem.file, problem.code) == ("dump.bin", "HAL0103")


def test_what_the_filter_leaves_out_is_not_transferred(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit({**FILES, "big": os.urandom(300_000)})
    limits = Limits(file_bytes=100_000)
    with pytest.raises(ContentRefused):
        open_git(f"{git_server.url}/repo.git", limits=limits, **THROUGH_GIT).fetch()
    assert 0 < git_server.sent < 10_000


@pytest.mark.parametrize("served", ["filtering", "plain"])
def test_a_sub_path_of_a_large_repository(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, served: str
) -> None:
    if served == "filtering":
        repo.git("config", "uploadpack.allowFilter", "true")
    noise = {f"other/{number}": os.urandom(1_000_000) for number in range(12)}
    commit = repo.commit({**FILES, **noise})
    git_server.rate = 10_000_000
    snapshot = open_git(f"{git_server.url}/repo.git", paths=("default",)).fetch()
    assert snapshot.revision == commit
    assert (
        snapshot.files["default/profiles/gate-local.yml"].content
        == (FILES["default/profiles/gate-local.yml"])
    )
    assert (git_server.sent < 9_000_000) == (served == "filtering")


def test_limits_and_a_git_bomb(open_git: OpenGit, repo: Repo) -> None:
    tree = repo.tree({"f": b"x\n"})
    for _ in range(10):
        lines = "".join(f"040000 tree {tree}\td{number}\n" for number in range(10))
        tree = repo.git("mktree", stdin=lines.encode())
    repo.commit_tree(tree)
    with pytest.raises(ContentRefused) as caught:
        open_git(str(repo.path), limits=Limits(files=100)).fetch()
    assert {problem.code for problem in caught.value.problems} == {"HAL0104"}


def test_a_deep_tree_is_cut_off(open_git: OpenGit, repo: Repo) -> None:
    tree = repo.tree({"f": b"x\n"})
    for _ in range(60):
        tree = repo.git("mktree", stdin=f"040000 tree {tree}\tdirectory\n".encode())
    repo.commit_tree(tree)
    with pytest.raises(ContentRefused) as caught:
        open_git(str(repo.path), limits=Limits(path_length=256)).fetch()
    assert [problem.code for problem in caught.value.problems] == ["HAL0106"]
