"""Credentials reach the server they are for, and are seen nowhere else."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
)
from halsync.redact import registered
from halsync.settings.model import GitAuth, GitHubApp, SecretRef
from tests.servers.dripping import dripping
from tests.servers.fixtures import THROUGH_GIT, OpenGit
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repos import Repo
from tests.servers.github import serve_github

CANARY = "/c&a\\n|a%r$y'1\"2#3 4"
FILES = {"config": b"a: 1\n"}


def secret(path: Path, value: str) -> SecretRef:
    path.write_text(value + "\n")
    return SecretRef(file=str(path))


class ProcWatcher(threading.Thread):
    """Reads argv and environment of every descendant of this process while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: dict[str, bytes] = {}
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            parents: dict[str, str] = {}
            for pid in (name for name in os.listdir("/proc") if name.isdigit()):
                try:
                    stats = Path(f"/proc/{pid}/stat").read_text()
                except OSError:
                    continue
                parents[pid] = stats.rpartition(")")[2].split()[1]
            me = str(os.getpid())
            for pid in parents:
                above = pid
                while above in parents and above != me:
                    above = parents[above]
                if above != me or pid == me:
                    continue
                try:
                    text = Path(f"/proc/{pid}/cmdline").read_bytes()
                    text += Path(f"/proc/{pid}/environ").read_bytes()
                except OSError:
                    continue
                self.seen[pid] = self.seen.get(pid, b"") + text
            time.sleep(0.002)

    def __enter__(self) -> ProcWatcher:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()


def forms(value: str) -> set[bytes]:
    """The canary, and how it could be written."""
    import base64

    basic = base64.b64encode(f"git:{value}".encode())
    return {value.encode(), quote(value, safe="").encode(), basic, basic[8:-4]}


def test_a_token_of_odd_characters(
    open_git: OpenGit,
    repo: Repo,
    git_server: GitHttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit = repo.commit(FILES)
    git_server.credentials = f"ada:{CANARY}"
    git_server.latency = 0.1
    monkeypatch.setenv("HAL_TOKEN", CANARY)
    auth = GitAuth(secret(tmp_path / "user", "ada"), SecretRef(env="HAL_TOKEN"))
    source = open_git(f"{git_server.url}/repo.git", auth=auth, **THROUGH_GIT)
    with ProcWatcher() as watcher:
        source.begin()
        private = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
        holders = [path for path in private if CANARY.encode() in path.read_bytes()]
        modes = {
            path: stat.S_IMODE(path.stat().st_mode)
            for holder in holders
            for path in (holder, *holder.parents)
            if tmp_path / "work" in path.parents
        }
        snapshot = source.fetch()
        source.revision()
    assert snapshot.revision == commit
    assert any(b"remote-http" in text for text in watcher.seen.values())
    for text in watcher.seen.values():
        assert not any(form in text for form in forms(CANARY))
    assert [path.name for path in holders] == ["credentials"]
    assert len(modes) > 1 and not any(mode & 0o077 for mode in modes.values())
    assert not any(form in repr(snapshot).encode() for form in forms(CANARY))
    source.close()
    for path in (tmp_path / "work").rglob("*"):
        assert not (path.is_file() and CANARY.encode() in path.read_bytes())


def test_a_refused_token_is_not_repeated(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    repo.commit(FILES)
    git_server.credentials = "ada:other"
    auth = GitAuth(token=secret(tmp_path / "token", CANARY))
    with pytest.raises(AccessDenied) as caught:
        open_git(f"{git_server.url}/repo.git", auth=auth).fetch()
    assert not any(form in repr(caught.value).encode() for form in forms(CANARY))
    assert CANARY not in str(caught.value)


def test_the_environment_of_git_is_not_ours(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repo.commit(FILES)
    evil = {
        "GIT_DIR": "/nonexistent",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "url.http://127.0.0.1:1/.insteadOf",
        "GIT_CONFIG_VALUE_0": git_server.url,
        "GIT_TRACE": "1",
        "GIT_SSL_NO_VERIFY": "1",
        "AWS_SECRET_ACCESS_KEY": "inherited-secret",
    }
    for name, value in evil.items():
        monkeypatch.setenv(name, value)
    git_server.latency = 0.05
    with ProcWatcher() as watcher:
        source = open_git(f"{git_server.url}/repo.git", **THROUGH_GIT)
        assert source.fetch().revision == commit
    own = [text for text in watcher.seen.values() if b"--git-dir=" in text]
    assert own
    assert not any(b"inherited-secret" in text or b"GIT_TRACE" in text for text in own)


def test_configuration_files_of_the_user_are_not_read(
    open_git: OpenGit,
    repo: Repo,
    git_server: GitHttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit = repo.commit(FILES)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[url "http://127.0.0.1:1/"]\n\tinsteadOf = {git_server.url}\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    assert open_git(f"{git_server.url}/repo.git").fetch().revision == commit


@pytest.mark.parametrize("value", ["two\nlines", "a\rb"])
def test_tokens_with_line_breaks(open_git: OpenGit, tmp_path: Path, value: str) -> None:
    auth = GitAuth(token=secret(tmp_path / "token", value))
    with pytest.raises(ConfigError, match="line break") as caught:
        open_git("https://host/r.git", auth=auth).fetch()
    assert value not in str(caught.value)


def test_a_token_file_that_is_missing(open_git: OpenGit, tmp_path: Path) -> None:
    auth = GitAuth(token=SecretRef(file=str(tmp_path / "none")))
    source = open_git("https://host/r.git", auth=auth)
    source.begin()
    with pytest.raises(ConfigError, match="secret file"):
        source.fetch()


def test_an_empty_token_file_is_named(open_git: OpenGit, tmp_path: Path) -> None:
    auth = GitAuth(token=secret(tmp_path / "token", "\n"))
    with pytest.raises(ConfigError, match=f"token file {tmp_path}/token is empty"):
        open_git("https://host/r.git", auth=auth).fetch()


def test_a_rotated_token_is_read_again(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, tmp_path: Path
) -> None:
    repo.commit(FILES)
    git_server.credentials = "git:first-token"
    auth = GitAuth(token=secret(tmp_path / "token", "first-token"))
    open_git(f"{git_server.url}/repo.git", auth=auth).fetch()
    git_server.credentials = "git:second-token"
    secret(tmp_path / "token", "second-token")
    open_git(f"{git_server.url}/repo.git", auth=auth).fetch()


def test_a_proxy_password_stays_out_of_the_environment(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repo.commit(FILES)
    # The server stands in for a proxy, which gets the whole URL in the request line.
    git_server.proxy_credentials = "ada:pr0xy-pass"
    proxy = git_server.url.replace("http://", "http://ada:pr0xy-pass@")
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    git_server.latency = 0.05
    with ProcWatcher() as watcher:
        assert open_git("http://git.example.invalid/repo.git").fetch().revision == commit
    assert any(seen.path.startswith("http://git.example.invalid/") for seen in git_server.seen)
    assert not any(b"pr0xy-pass" in text for text in watcher.seen.values())


@pytest.mark.parametrize(
    "proxy",
    ["/a/path", "http://[::1", "http://", "ftp://h:1", "h:port", "h:99999", "two words:1", "-x\n"],
)
def test_a_proxy_that_git_would_silently_go_without(
    open_git: OpenGit, repo: Repo, git_server: GitHttpServer, proxy: str
) -> None:
    repo.commit(FILES)
    with pytest.raises(ConfigError, match="proxy's URL is not legal"):
        open_git(f"{git_server.url}/repo.git", proxy=proxy).fetch()
    assert not git_server.seen


def test_a_proxy_that_refuses(open_git: OpenGit, git_server: GitHttpServer) -> None:
    git_server.proxy_credentials = "ada:pr0xy-pass"
    source = open_git(
        "http://git.example.invalid/r.git", proxy=git_server.url.replace("//", "//ada:wr0ng-pass@")
    )
    with pytest.raises(HalsyncError, match="proxy") as caught:
        source.fetch()
    assert "wr0ng" not in str(caught.value)


@pytest.fixture(scope="module")
def app_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def test_a_github_app(
    open_git: OpenGit,
    repo: Repo,
    git_server: GitHttpServer,
    tmp_path: Path,
    app_key: rsa.RSAPrivateKey,
) -> None:
    commit = repo.commit(FILES)
    git_server.credentials = "x-access-token:ghs_installation"
    with serve_github(app_key.public_key(), token="ghs_installation") as api:
        app = GitHubApp("4711", "99", secret(tmp_path / "pem", pem(app_key)), api.url)
        source = open_git(f"{git_server.url}/repo.git", auth=GitAuth(github_app=app))
        source.begin()
        assert source.fetch().revision == commit
        assert api.asked == 1
    assert "ghs_installation" in registered()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"app_id": "1"}, AccessDenied),
        ({"installation_id": "98"}, SourceNotFound),
        ({"installation_id": "../x"}, ConfigError),
        ({"api_url": "file:///etc"}, ConfigError),
    ],
)
def test_a_github_app_that_is_refused(
    open_git: OpenGit,
    tmp_path: Path,
    app_key: rsa.RSAPrivateKey,
    changed: dict[str, str],
    error: type[HalsyncError],
) -> None:
    with serve_github(app_key.public_key()) as api:
        app = GitHubApp("4711", "99", secret(tmp_path / "pem", pem(app_key)), api.url)
        app = app._replace(**changed)  # type: ignore[arg-type]
        source = open_git("https://github.com/acme/r.git", auth=GitAuth(github_app=app))
        with pytest.raises(error) as caught:
            source.fetch()
    assert caught.value.hint


def test_a_github_app_with_another_key(
    open_git: OpenGit, tmp_path: Path, app_key: rsa.RSAPrivateKey
) -> None:
    other = rsa.generate_private_key(65537, 2048)
    with serve_github(app_key.public_key()) as api:
        app = GitHubApp("4711", "99", secret(tmp_path / "pem", pem(other)), api.url)
        with pytest.raises(AccessDenied, match="401"):
            open_git("https://github.com/a/r.git", auth=GitAuth(github_app=app)).fetch()
        app = app._replace(private_key=secret(tmp_path / "pem", "not a key"))
        with pytest.raises(ConfigError, match="RSA private key"):
            open_git("https://github.com/a/r.git", auth=GitAuth(github_app=app)).fetch()


def test_a_github_that_answers_byte_by_byte(
    open_git: OpenGit, tmp_path: Path, app_key: rsa.RSAPrivateKey
) -> None:
    with dripping(b'HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{"token":"t"}') as slow:
        app = GitHubApp("4711", "99", secret(tmp_path / "pem", pem(app_key)), slow.url)
        git = "http://127.0.0.1:9/a/r.git"
        with pytest.raises(SourceUnreachable, match=r"installation token.*(too long|timed out)"):
            open_git(git, auth=GitAuth(github_app=app), seconds=0.5).fetch()


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-x\r\n", b"HTTP/1.1 201 x\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_github_that_is_none(
    open_git: OpenGit, tmp_path: Path, app_key: rsa.RSAPrivateKey, answer: bytes
) -> None:
    with dripping(answer) as other:
        app = GitHubApp("4711", "99", secret(tmp_path / "pem", pem(app_key)), other.url)
        with pytest.raises(SourceUnreachable, match="no installation token") as caught:
            open_git("https://github.com/a/r.git", auth=GitAuth(github_app=app)).fetch()
    assert "apiUrl" in caught.value.hint


def test_a_github_whose_certificate_is_not_trusted(
    open_git: OpenGit, tmp_path: Path, app_key: rsa.RSAPrivateKey, tls_server: GitHttpServer
) -> None:
    app = GitHubApp("4711", "99", secret(tmp_path / "pem", pem(app_key)), tls_server.url)
    with pytest.raises(AccessDenied, match="not signed by the CAs this machine trusts"):
        open_git("https://github.com/a/r.git", auth=GitAuth(github_app=app)).fetch()
