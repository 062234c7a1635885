"""Over a real sshd."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from halsync.errors import AccessDenied, ConfigError
from halsync.settings.model import GitAuth, SecretRef
from halsync.sources.git import ssh
from tests.servers.fixtures import OpenGit
from tests.servers.git_repos import Repo
from tests.servers.git_ssh import SshServer, make_key

pytestmark = pytest.mark.e2e

FILES = {"config": b"a: 1\n"}


def login(server: SshServer, **changed: object) -> GitAuth:
    auth = GitAuth(
        ssh_key=SecretRef(file=str(server.key)), known_hosts_file=str(server.known_hosts)
    )
    return auth._replace(**changed)  # type: ignore[arg-type]


def test_a_key_and_known_hosts(
    open_git: OpenGit, repo: Repo, ssh_server: SshServer, tmp_path: Path
) -> None:
    commit = repo.commit(FILES)
    # As Kubernetes mounts it under fsGroup; OpenSSH itself would refuse it.
    ssh_server.key.chmod(0o640)
    source = open_git(f"{ssh_server.url}{repo.path}", auth=login(ssh_server))
    source.begin()
    copies = list((tmp_path / "work").rglob("ssh_key"))
    assert [stat.S_IMODE(copy.stat().st_mode) for copy in copies] == [0o600]
    assert source.fetch().revision == commit == source.revision()
    source.close()
    assert not list((tmp_path / "work").rglob("ssh_key"))


def test_an_unknown_host_key(open_git: OpenGit, repo: Repo, ssh_server: SshServer) -> None:
    repo.commit(FILES)
    ssh_server.known_hosts.write_text("")
    url = f"{ssh_server.url}{repo.path}"
    with pytest.raises(AccessDenied, match="not among the known hosts") as caught:
        open_git(url, auth=login(ssh_server)).fetch()
    assert "ssh-keyscan" in caught.value.hint
    open_git(url, auth=login(ssh_server, host_key_check="accept-new")).fetch()
    open_git(url, auth=login(ssh_server, host_key_check="off", known_hosts_file="")).fetch()


def test_a_changed_host_key(open_git: OpenGit, repo: Repo, ssh_server: SshServer) -> None:
    repo.commit(FILES)
    other = make_key(ssh_server.directory / "other").with_suffix(".pub").read_text()
    ssh_server.known_hosts.write_text(f"[127.0.0.1]:{ssh_server.port} {other}")
    for check in ("strict", "accept-new"):
        with pytest.raises(AccessDenied, match="it changed"):
            open_git(
                f"{ssh_server.url}{repo.path}", auth=login(ssh_server, host_key_check=check)
            ).fetch()


def test_a_key_that_is_not_authorised(open_git: OpenGit, repo: Repo, ssh_server: SshServer) -> None:
    repo.commit(FILES)
    stranger = make_key(ssh_server.directory / "stranger")
    auth = login(ssh_server, ssh_key=SecretRef(file=str(stranger)))
    with pytest.raises(AccessDenied, match="accepts neither"):
        open_git(f"{ssh_server.url}{repo.path}", auth=auth).fetch()


def test_keys_that_cannot_be_used(open_git: OpenGit, repo: Repo, ssh_server: SshServer) -> None:
    locked = make_key(ssh_server.directory / "locked")
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-P", "", "-N", "passphrase", "-f", str(locked)], check=True
    )
    garbage = ssh_server.directory / "garbage"
    garbage.write_text(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    for key in (locked, garbage):
        auth = login(ssh_server, ssh_key=SecretRef(file=str(key)))
        with pytest.raises(AccessDenied) as caught:
            open_git(f"{ssh_server.url}{repo.path}", auth=auth).fetch()
        assert "AAAA" not in str(caught.value)


def test_the_public_half_of_a_key(open_git: OpenGit, tmp_path: Path) -> None:
    public = make_key(tmp_path / "key").with_suffix(".pub")
    auth = GitAuth(ssh_key=SecretRef(file=str(public)), host_key_check="off")
    with pytest.raises(ConfigError, match="public half") as caught:
        open_git("git@127.0.0.1:r.git", auth=auth).fetch()
    assert caught.value.where == str(public)
    assert ".pub" in caught.value.hint


def test_no_such_repository(open_git: OpenGit, ssh_server: SshServer) -> None:
    from halsync.errors import SourceNotFound

    with pytest.raises(SourceNotFound, match="no such repository"):
        open_git(f"{ssh_server.url}/none.git", auth=login(ssh_server)).fetch()


def test_strict_needs_known_hosts(open_git: OpenGit) -> None:
    with pytest.raises(ConfigError, match="no known hosts"):
        open_git("git@github.com:acme/r.git", auth=GitAuth()).fetch()


def test_a_user_id_without_a_passwd_entry_needs_the_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 98765)
    monkeypatch.setattr(ssh, "_WRAPPER_PLACES", (f"{tmp_path}/*.so",))
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    with pytest.raises(ConfigError, match="98765") as caught:
        ssh.passwd_entry(str(tmp_path))
    assert "libnss-wrapper" in caught.value.hint


def test_a_user_id_without_a_passwd_entry(
    repo: Repo, ssh_server: SshServer, tmp_path: Path
) -> None:
    """The whole way, in a process that has such a user id."""
    library = os.environ.get("HALSYNC_TEST_NSS_WRAPPER", "")
    if not library and not any(Path("/usr/lib").glob("*/libnss_wrapper.so")):
        pytest.skip("libnss-wrapper is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can take another user id")
    uid = 98765
    with pytest.raises(KeyError):
        pwd.getpwuid(uid)
    commit = repo.commit(FILES)
    root = Path("/tmp") / f"halsync-uid-{os.getpid()}"
    try:
        shutil.copytree(ssh_server.directory, root / "ssh", ignore=shutil.ignore_patterns("log"))
        (root / "work").mkdir()
        for path in (root, *root.rglob("*")):
            os.chown(path, uid, uid)
        script = (
            "import base64, os, sys, time, urllib.parse\n"
            "import halsync.sources.git.ssh\n"
            "from halsync.settings.model import *\n"
            "from halsync.sources import open_source\n"
            "from halsync.sources.base import Context\n"
            "import halsync.sources.git\n"
            "root, url = sys.argv[1:]\n"
            # Only now: the interpreter's own files may be closed to this user id.
            f"os.setgroups([]); os.setgid({uid}); os.setuid({uid})\n"
            "auth = GitAuth(ssh_key=SecretRef(file=root + '/ssh/client_key'),"
            " known_hosts_file=root + '/ssh/known_hosts')\n"
            "context = Context('s', root + '/work', ('',), Limits(), time.monotonic() + 20)\n"
            "print(open_source(GitSettings(url, 'main', auth), context).fetch().revision)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(root), f"{ssh_server.url}{repo.path}"],
            env={"PATH": os.environ["PATH"], "LD_PRELOAD": library, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(root)
    assert done.stdout.strip() == commit, done.stderr
