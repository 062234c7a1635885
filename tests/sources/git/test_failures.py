"""Everything that goes wrong on the way: the type, the cause and the remedy; real servers."""

from __future__ import annotations

import os
import resource
import socket
import time
from pathlib import Path

import pytest

from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
    TransientError,
)
from halsync.settings.model import GitAuth, SecretRef
from halsync.sources.git.failures import classify
from halsync.sources.git.names import parse_url
from tests.servers.fixtures import OpenGit
from tests.servers.forward import forward
from tests.servers.git_http import GitHttpServer, serve_http
from tests.servers.git_repos import Repo
from tests.servers.tls import Identity, make_identity

FILES = {"config": b"a: 1\n"}


def failure(open_git: OpenGit, url: str, **settings: object) -> HalsyncError:
    """The error of ``fetch``; the one of ``revision`` must be of the same type."""
    with pytest.raises(HalsyncError) as fetched:
        source = open_git(url, **settings)
        source.begin()
        source.fetch()
    with pytest.raises(type(fetched.value)):
        open_git(url, **settings).revision()
    assert fetched.value.hint
    return fetched.value


def test_connection_refused(open_git: OpenGit) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = failure(open_git, f"http://127.0.0.1:{unused.getsockname()[1]}/r.git")
    assert isinstance(error, SourceUnreachable)
    assert isinstance(error, TransientError)
    assert "refuses connections" in error.message or "cannot be reached" in error.message


def test_a_name_that_does_not_resolve(open_git: OpenGit) -> None:
    error = failure(open_git, "https://no-such-host.invalid/r.git")
    assert isinstance(error, SourceUnreachable)
    assert "cannot be resolved" in error.message
    assert error.where == "https://no-such-host.invalid/r.git"


def test_no_such_repository(open_git: OpenGit, git_server: GitHttpServer) -> None:
    error = failure(open_git, f"{git_server.url}/none.git")
    assert isinstance(error, SourceNotFound)
    assert "no such repository" in error.message


def test_no_such_path(open_git: OpenGit, tmp_path: Path) -> None:
    assert isinstance(failure(open_git, f"{tmp_path}/none.git"), SourceNotFound)
    assert isinstance(failure(open_git, f"file://{tmp_path}/none.git"), SourceNotFound)
    assert isinstance(failure(open_git, str(tmp_path)), SourceNotFound)


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (403, AccessDenied, "forbids"),
        (404, SourceNotFound, "no such repository"),
        (429, SourceUnreachable, "limits"),
        (500, SourceUnreachable, "problem of its own"),
        (503, SourceUnreachable, "problem of its own"),
    ],
)
def test_status_codes(
    open_git: OpenGit, git_server: GitHttpServer, status: int, kind: type[HalsyncError], text: str
) -> None:
    git_server.status = status
    error = failure(open_git, f"{git_server.url}/repo.git")
    assert type(error) is kind
    assert text in error.message


def test_something_that_is_not_git(open_git: OpenGit, git_server: GitHttpServer) -> None:
    git_server.status = 200
    error = failure(open_git, f"{git_server.url}/page")
    assert isinstance(error, SourceNotFound)
    assert "not git" in error.message


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_a_page_without_lines_is_no_empty_repository(
    open_git: OpenGit, git_server: GitHttpServer, kind: str
) -> None:
    git_server.page = (kind, b"<html><h1>Log in</h1></html>")
    error = failure(open_git, f"{git_server.url}/repo.git")
    assert isinstance(error, SourceNotFound)
    assert error.message == f"something answers there, but not git ({kind.partition(';')[0]})"
    assert "git clone" in error.hint and "login page" in error.hint


@pytest.mark.parametrize("dumb", [False, True])
def test_an_empty_repository_is_told_as_one(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path, dumb: bool
) -> None:
    git_server.dumb = dumb
    repo.git("update-server-info")
    error = failure(open_git, f"{git_server.url}/repo.git")
    assert isinstance(error, SourceNotFound)
    assert "the repository is empty" in error.message
    # What asks for credentials is a page, and so is what redirects.
    git_server.credentials = "git:right"
    (tmp_path / "token").write_text("right")
    auth = GitAuth(token=SecretRef(file=str(tmp_path / "token")))
    assert "is empty" in failure(open_git, f"{git_server.url}/repo.git", auth=auth).message
    git_server.credentials = ""
    with serve_http(tmp_path) as moved:
        moved.redirect = git_server.url
        assert "is empty" in failure(open_git, f"{moved.url}/repo.git").message


def test_wrong_credentials(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    repo.commit(FILES)
    git_server.credentials = "git:right"
    token = tmp_path / "token"
    token.write_text("wrong-token\n")
    auth = GitAuth(token=SecretRef(file=str(token)))
    error = failure(open_git, f"{git_server.url}/repo.git", auth=auth)
    assert type(error) is AccessDenied
    assert "refuses the user name or token" in error.message
    assert "wrong-token" not in str(error)


def test_no_credentials(open_git: OpenGit, repo: Repo, git_server: GitHttpServer) -> None:
    repo.commit(FILES)
    git_server.credentials = "git:right"
    error = failure(open_git, f"{git_server.url}/repo.git")
    assert type(error) is AccessDenied
    assert "none are configured" in error.message
    assert "tokenFile" in error.hint


def test_a_key_where_only_a_token_serves(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    commit = repo.commit(FILES)
    auth = GitAuth(ssh_key=SecretRef(file=str(tmp_path / "key")))
    assert open_git(f"{git_server.url}/repo.git", auth=auth).fetch().revision == commit
    git_server.credentials = "git:right"
    error = failure(open_git, f"{git_server.url}/repo.git", auth=auth)
    assert type(error) is AccessDenied
    assert "an SSH key is none over http" in error.message
    assert "tokenFile" in error.hint and "git@host:path.git" in error.hint


def test_a_ca_nobody_knows(open_git: OpenGit, repo: Repo, tls_server: GitHttpServer) -> None:
    repo.commit(FILES)
    error = failure(open_git, f"{tls_server.url}/repo.git")
    assert type(error) is AccessDenied
    assert "not signed by the CAs this machine trusts" in error.message
    assert "caFile" in error.hint


def test_an_expired_certificate(open_git: OpenGit, repo: Repo, repos: Path, tmp_path: Path) -> None:
    repo.commit(FILES)
    identity = make_identity(tmp_path / "expired", expired=True)
    with serve_http(repos, tls=identity) as server:
        error = failure(open_git, f"{server.url}/repo.git", ca_file=str(identity.ca))
    assert type(error) is AccessDenied
    assert error.message == "the server's certificate has expired"


def test_a_certificate_for_another_name(
    open_git: OpenGit, repo: Repo, tls_server: GitHttpServer, tls_identity: Identity
) -> None:
    repo.commit(FILES)
    url = tls_server.url.replace("127.0.0.1", "127.0.0.2")
    with forward("127.0.0.2", tls_server.server_address[1]):
        error = failure(open_git, f"{url}/repo.git", ca_file=str(tls_identity.ca))
    assert type(error) is AccessDenied
    assert "for another name" in error.message


def test_the_right_ca(
    open_git: OpenGit, repo: Repo, tls_server: GitHttpServer, tls_identity: Identity
) -> None:
    commit = repo.commit(FILES)
    source = open_git(f"{tls_server.url}/repo.git", ca_file=str(tls_identity.ca))
    assert source.fetch().revision == commit


def test_a_ca_bundle_that_is_not_there(open_git: OpenGit) -> None:
    assert isinstance(failure(open_git, "https://h/r.git", ca_file="/none.pem"), ConfigError)


@pytest.mark.parametrize("call", ["fetch", "revision"])
def test_a_server_that_hangs(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, call: str
) -> None:
    repo.commit(FILES)
    git_server.stall.set()
    source = open_git(f"{git_server.url}/repo.git", seconds=0.5)
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match="no answer in time"):
        getattr(source, call)()
    assert time.monotonic() - started >= 0.4


def test_a_connection_that_breaks_off(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer
) -> None:
    repo.commit({**FILES, "more": bytes(range(256)) * 400})
    git_server.truncate = 300
    with pytest.raises(SourceUnreachable) as caught:
        open_git(f"{git_server.url}/repo.git").fetch()
    assert "broke off" in caught.value.message


def test_a_redirect_to_another_host_gets_no_credentials(
    open_git: OpenGit, repo: Repo, repos: Path, git_server: GitHttpServer, tmp_path: Path
) -> None:
    repo.commit(FILES)
    token = tmp_path / "token"
    token.write_text("s3cret-token")
    auth = GitAuth(token=SecretRef(file=str(token)))
    git_server.credentials = "git:s3cret-token"
    with serve_http(repos, credentials="git:s3cret-token") as other:
        git_server.redirect = other.url.replace("127.0.0.1", "localhost")
        error = failure(open_git, f"{git_server.url}/repo.git", auth=auth)
        assert other.seen
        assert not any(seen.authorization for seen in other.seen)
    assert type(error) is AccessDenied
    # Which host it is git says up to 2.54 only.
    assert "redirects to localhost" in error.message or "redirects to" in error.hint


def test_a_redirect_to_another_protocol(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tls_server: GitHttpServer
) -> None:
    repo.commit(FILES)
    tls_server.redirect = git_server.url
    git_server.redirect = tls_server.url
    error = failure(open_git, f"{git_server.url}/repo.git")
    assert type(error) is ConfigError
    assert "another protocol" in error.message


def test_a_redirect_on_the_same_host(
    open_git: OpenGit, repo: Repo, repos: Path, git_server: GitHttpServer
) -> None:
    commit = repo.commit(FILES)
    (repos / "old").mkdir()
    with serve_http(repos / "old") as renamed:
        renamed.redirect = git_server.url
        assert open_git(f"{renamed.url}/repo.git").fetch().revision == commit


def test_a_full_work_directory(open_git: OpenGit, repo: Repo) -> None:
    repo.commit({**FILES, "more": os.urandom(3_000_000)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(ConfigError, match="work directory is full") as caught:
            open_git(str(repo.path)).fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "workDir" in caught.value.hint


def test_an_unwritable_work_directory(open_git: OpenGit, repo: Repo, tmp_path: Path) -> None:
    repo.commit(FILES)
    (tmp_path / "work").rmdir()
    error = failure(open_git, str(repo.path))
    assert isinstance(error, ConfigError)
    assert "work directory" in error.message


REMOTE = parse_url("https://git.example.com/acme/r.git")


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        ("fatal: write error: No space left on device", ConfigError, "work directory is full"),
        ("ssh: Could not resolve hostname x: Name or service not known", SourceUnreachable, "name"),
        ("fatal: unable to access 'x': Operation timed out", SourceUnreachable, "reached"),
        ("fatal: transport 'ext' not allowed", ConfigError, "another protocol"),
        ("fatal: unable to access 'x': Unsupported proxy syntax in 'a:b'", ConfigError, "proxy"),
        ("gnutls_handshake() failed: An unexpected TLS packet", SourceNotFound, "not with TLS"),
        ("fatal: 'x': The requested URL returned error: 400", SourceNotFound, "this request"),
        ("fatal: 'x': The requested URL returned error: 408", SourceUnreachable, "git failed"),
        ("fatal: unable to access 'x': URL using bad/illegal format", ConfigError, "URL"),
        ("ERROR: Repository not found.\nfatal: Could not read", SourceNotFound, "no such repo"),
        ("fatal: 'x': Received HTTP/0.9 when not allowed", SourceNotFound, "but not git"),
        ("kex_exchange_identification: Connection reset", SourceUnreachable, "broke off"),
        ("fatal: detected dubious ownership in repository", AccessDenied, "may not be read"),
        ("something nobody has ever seen", SourceUnreachable, "nobody has ever seen"),
        ("", SourceUnreachable, "git failed"),
    ],
)
def test_words_no_server_here_says(said: str, kind: type[HalsyncError], text: str) -> None:
    error = classify(said, REMOTE)
    assert type(error) is kind
    assert text in error.message
    assert error.hint
    assert error.where == REMOTE.url


def test_what_the_remote_says_is_bounded_and_printable() -> None:
    error = classify(f"remote: \x1b[31mred\x07 {'x' * 5000}\n", REMOTE)
    assert len(error.message) < 400
    assert error.message.isprintable()
