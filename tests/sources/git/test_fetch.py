"""What a fetch brings: refs, files and modes, from servers of all kinds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from halsync.errors import ConfigError, SourceNotFound
from tests.servers.fixtures import THROUGH_GIT, OpenGit
from tests.servers.git_http import GitHttpServer, serve_http
from tests.servers.git_repos import Repo

FILES = {
    "config": b"currentDeployment: default\n",
    "default/profiles/gate-local.yml": b"a: 1\r\nb: \xc3\xa4\n",
    "default/service-settings/gate.yml": b"x\n",
    "bin/run.sh": b"#!/bin/sh\n",
}


def test_a_branch_over_http(open_git: OpenGit, repo: Repo, git_server: GitHttpServer) -> None:
    old = repo.commit({"config": b"old\n"})
    new = repo.commit(FILES, executable=("bin/run.sh",))
    source = open_git(f"{git_server.url}/repo.git")
    source.begin()
    snapshot = source.fetch()
    assert {path: file.content for path, file in snapshot.files.items()} == FILES
    assert [path for path, file in snapshot.files.items() if file.executable] == ["bin/run.sh"]
    assert (snapshot.kind, snapshot.ref, snapshot.revision) == ("git", "main", new)
    assert snapshot.location == f"{git_server.url}/repo.git"
    assert snapshot.details["committed"] == "2024-05-01T12:00:00Z"
    origin = snapshot.files["config"].origin
    assert origin == ("hal-config", new, "config")
    assert source.revision() == new != old


def test_content_is_what_git_stores_whatever_attributes_say(open_git: OpenGit, repo: Repo) -> None:
    files = {
        ".gitattributes": b"* text eol=crlf ident filter=evil export-ignore\n",
        "a.yml": b"id: $Id$\nline\n",
    }
    repo.commit(files)
    assert open_git(str(repo.path)).fetch().files["a.yml"].content == files["a.yml"]


@pytest.mark.parametrize(
    "name",
    ["main", "HEAD", "refs/heads/main", "heads/main", "v1", "light", "refs/tags/v1", "tags/v1"],
)
def test_names_of_one_commit(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, name: str
) -> None:
    commit = repo.commit(FILES)
    repo.git("tag", "-a", "-m", "one", "v1", commit)
    repo.git("tag", "light", commit)
    source = open_git(f"{git_server.url}/repo.git", name)
    assert source.fetch().revision == commit
    assert source.revision() == commit


@pytest.mark.parametrize("served", ["file", "smart", "dumb"])
@pytest.mark.parametrize("digits", [40, 12, 7])
def test_an_old_commit_by_its_id(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, served: str, digits: int
) -> None:
    old = repo.commit({"config": b"old\n"})
    repo.commit(FILES)
    repo.git("update-server-info")
    git_server.dumb = served == "dumb"
    url = str(repo.path) if served == "file" else f"{git_server.url}/repo.git"
    source = open_git(url, old[:digits])
    snapshot = source.fetch()
    assert snapshot.revision == old
    assert snapshot.files["config"].content == b"old\n"
    assert source.revision() == old


@pytest.mark.parametrize("served", ["filtering", "plain"])
@pytest.mark.parametrize("digits", [40, 8])
def test_a_server_that_hands_out_no_unadvertised_commits(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, served: str, digits: int
) -> None:
    if served == "filtering":
        repo.git("config", "uploadpack.allowFilter", "true")
    git_server.old_protocol = True
    old = repo.commit({"config": b"old\n"})
    new = repo.commit(FILES)
    url = f"{git_server.url}/repo.git"
    assert open_git(url, old[:digits]).fetch().files["config"].content == b"old\n"
    assert open_git(url).fetch().revision == new == open_git(url).revision()


def test_an_ambiguous_short_id_lists_the_candidates(open_git: OpenGit, repo: Repo) -> None:
    tree = repo.tree(FILES)
    seen: dict[str, str] = {}
    pair: tuple[str, str] | None = None
    number = 0
    # 4 digits collide after a few hundred commits; they are then padded to what is legal.
    text = f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n"
    import hashlib

    while pair is None:
        body = f"{text}{number}\n".encode()
        name = hashlib.sha1(b"commit %d\0" % len(body) + body).hexdigest()
        if name[:7] in seen:
            pair = (seen[name[:7]], f"{text}{number}\n")
        seen[name[:7]] = f"{text}{number}\n"
        number += 1
    ids = [repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=c.encode()) for c in pair]
    for number, name in enumerate(ids):
        repo.git("update-ref", f"refs/heads/b{number}", name)
    with pytest.raises(SourceNotFound, match="ambiguous") as caught:
        open_git(str(repo.path), ids[0][:7]).fetch()
    assert all(name in caught.value.hint for name in ids)


def test_a_branch_wins_over_a_tag_of_its_name(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    tagged = repo.commit({"config": b"tag\n"})
    repo.git("tag", "-a", "-m", "x", "both", tagged)
    branch = repo.commit({"config": b"branch\n"}, branch="both")
    source = open_git(f"{git_server.url}/repo.git", "both")
    snapshot = source.fetch()
    assert snapshot.revision == branch == source.revision()
    assert snapshot.details["note"] == "both is a branch and a tag; the branch was taken"


def test_a_name_is_exact(open_git: OpenGit, repo: Repo) -> None:
    repo.commit({"config": b"4.0.4\n"}, branch="4.0.4")
    wanted = repo.commit({"config": b"4.0\n"}, branch="4.0")
    repo.commit({"config": b"nested\n"}, branch="x/4.0")
    source = open_git(str(repo.path), "4.0")
    assert source.revision() == source.fetch().revision == wanted


def test_an_unknown_ref_names_the_nearest(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    repo.commit(FILES)
    repo.commit(FILES, branch="release")
    for call in ("fetch", "revision"):
        with pytest.raises(SourceNotFound, match="relaese") as caught:
            getattr(open_git(f"{git_server.url}/repo.git", "relaese"), call)()
        assert caught.value.hint == "did you mean release? There are: main, release"
        assert caught.value.exit_code == 3


def test_unknown_commits(open_git: OpenGit, repo: Repo) -> None:
    repo.commit(FILES)
    for ref in ("f" * 40, "f" * 8):
        with pytest.raises(SourceNotFound, match=r"no commit"):
            open_git(str(repo.path), ref).fetch()


def test_too_few_digits_of_a_commit_say_how_many_it_takes(open_git: OpenGit, repo: Repo) -> None:
    commit = repo.commit(FILES)
    with pytest.raises(SourceNotFound) as caught:
        open_git(str(repo.path), commit[:6]).fetch()
    assert caught.value.hint.startswith("give at least 7 digits of a commit id")


def test_an_empty_repository(open_git: OpenGit, repo: Repo, git_server: GitHttpServer) -> None:
    for ref in ("main", "HEAD"):
        with pytest.raises(SourceNotFound, match="empty") as caught:
            open_git(f"{git_server.url}/repo.git", ref).fetch()
        assert "push" in caught.value.hint


def test_a_default_branch_that_does_not_exist(open_git: OpenGit, repo: Repo) -> None:
    repo.commit(FILES, branch="trunk")
    with pytest.raises(SourceNotFound, match="default branch") as caught:
        open_git(str(repo.path), "HEAD").fetch()
    assert "trunk" in caught.value.hint


def test_ids_of_other_objects(open_git: OpenGit, repo: Repo) -> None:
    commit = repo.commit(FILES)
    repo.git("tag", "-a", "-m", "x", "v1", commit)
    repo.git("tag", "tree", f"{commit}^{{tree}}")
    tag = repo.git("rev-parse", "v1")
    with pytest.raises(SourceNotFound, match="id of a tag") as caught:
        open_git(str(repo.path), tag).fetch()
    assert commit in caught.value.hint
    with pytest.raises(SourceNotFound, match="does not lead to a commit"):
        open_git(str(repo.path), "tree").fetch()


@pytest.mark.parametrize("packed", [False, True])
def test_dumb_http(open_git: OpenGit, repo: Repo, git_server: GitHttpServer, packed: bool) -> None:
    commit = repo.commit(FILES)
    if packed:
        repo.git("gc", "-q", "--prune=now")
    repo.git("update-server-info")
    git_server.dumb = True
    source = open_git(f"{git_server.url}/repo.git")
    assert source.fetch().revision == commit == source.revision()


def test_a_server_that_refuses_this_filter(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpackfilter.allow", "false")
    old = repo.commit({"config": b"old\n"})
    commit = repo.commit(FILES)
    assert open_git(f"{git_server.url}/repo.git").fetch().revision == commit
    assert open_git(f"{git_server.url}/repo.git", old[:9]).fetch().revision == old


def test_a_shallow_repository_as_source(open_git: OpenGit, repo: Repo, repos: Path) -> None:
    repo.commit({"config": b"old\n"})
    commit = repo.commit(FILES)
    clone = Repo(repos / "clone.git")
    clone.git("fetch", "-q", "--depth=1", f"file://{repo.path}", "main:refs/heads/main")
    assert open_git(str(clone.path)).fetch().revision == commit


def test_sha256(open_git: OpenGit, repos: Path) -> None:
    repo = Repo(repos / "new.git", object_format="sha256")
    commit = repo.commit(FILES)
    with serve_http(repos) as server:
        source = open_git(f"{server.url}/new.git")
        assert source.fetch().revision == commit == source.revision()
    assert len(commit) == 64


def test_git_before_batch_command(
    open_git: OpenGit, repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo.commit(FILES, links={"l": "config"})
    import shutil

    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        "#!/bin/sh\nfor word; do case $word in --batch-command)\n"
        'echo "error: unknown option \\`batch-command\'" >&2; exit 129;; esac; done\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    snapshot = open_git(str(repo.path)).fetch()
    assert {path: file.content for path, file in snapshot.files.items()} == {
        **FILES,
        "l": FILES["config"],
    }


def test_no_git(open_git: OpenGit, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    source = open_git(str(repo.path))
    source.begin()
    with pytest.raises(ConfigError, match="cannot start git"):
        source.fetch()


def test_fetching_twice_sees_the_new_commit(open_git: OpenGit, repo: Repo) -> None:
    first = repo.commit({"config": b"1\n"})
    source = open_git(str(repo.path))
    assert source.fetch().revision == first
    second = repo.commit({"config": b"2\n"})
    assert source.revision() == second
    assert source.fetch().files["config"].content == b"2\n"


def test_nothing_is_left_running_after_close(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    repo.commit(FILES)
    git_server.stall.set()
    source = open_git(f"{git_server.url}/repo.git", **THROUGH_GIT)
    source.begin()
    marker = repo.path.parent.parent.name.encode()
    # A process that has just been started has no command line yet.
    while not _commands(marker):
        time.sleep(0.01)
    source.close()
    source.close()
    assert not _commands(marker)


def _commands(marker: bytes) -> list[bytes]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marker in line and b"--git-dir=" in line:
                found.append(line)
    return found


def test_a_name_that_a_branch_and_a_tag_share_is_offered_once(
    open_git: OpenGit, repo: Repo
) -> None:
    repo.git("tag", "both", repo.commit(FILES, branch="both"))
    with pytest.raises(SourceNotFound) as caught:
        open_git(str(repo.path), "something-else").fetch()
    assert caught.value.hint == "there are: both"
