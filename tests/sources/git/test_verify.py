"""Signatures, made by real gpg and ssh-keygen."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from halsync.errors import AccessDenied, ConfigError
from halsync.settings.model import GitVerify
from tests.servers.fixtures import OpenGit
from tests.servers.git_repos import Repo
from tests.servers.git_ssh import make_key

FILES = {"config": b"a: 1\n"}


class Signer(NamedTuple):
    """Configuration for signing, and the public half."""

    options: tuple[str, ...]
    public: Path
    env: dict[str, str]


@pytest.fixture(scope="module")
def gpg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    base = tmp_path_factory.mktemp("g")
    # Sockets have short names only.
    home = Path("/tmp") / f"hg{abs(hash(base)) % 10**8}"
    home.mkdir(mode=0o700)
    env = {"GNUPGHOME": str(home)}
    common = ["gpg", "--batch", "--quiet", "--homedir", str(home)]
    try:
        subprocess.run(
            [*common, "--passphrase", "", "--quick-gen-key", "Ada <ada@example.com>", "ed25519"],
            check=True,
            capture_output=True,
        )
        exported = subprocess.run([*common, "--armor", "--export"], check=True, capture_output=True)
        public = base / "keys.asc"
        public.write_bytes(exported.stdout)
        yield Signer(("-c", "user.signingKey=ada@example.com"), public, env)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    base = tmp_path_factory.mktemp("ssh")
    key = make_key(base / "key")
    allowed = base / "allowed"
    allowed.write_text(f"ada@example.com {key.with_suffix('.pub').read_text()}")
    return Signer(("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}"), allowed, {})


def sign_commit(repo: Repo, signer: Signer) -> str:
    tree = repo.tree(FILES)
    new = repo.git(*signer.options, "commit-tree", "-S", "-m", "signed", tree, env=signer.env)
    repo.git("update-ref", "refs/heads/main", new)
    return new


def sign_tag(repo: Repo, signer: Signer, name: str, commit: str) -> None:
    repo.git(*signer.options, "tag", "-s", "-m", "signed", name, commit, env=signer.env)


def test_gpg_commit(open_git: OpenGit, repo: Repo, gpg: Signer, ssh: Signer) -> None:
    commit = sign_commit(repo, gpg)
    verify = GitVerify("commit", keyring_file=str(gpg.public))
    snapshot = open_git(str(repo.path), verify=verify).fetch()
    assert snapshot.revision == commit
    assert snapshot.details["signature"].startswith("commit by Ada <ada@example.com> (")
    other = GitVerify("commit", allowed_signers_file=str(ssh.public))
    with pytest.raises(AccessDenied, match=commit) as caught:
        open_git(str(repo.path), verify=other).fetch()
    assert "not in verify.keyringFile" in caught.value.message


def test_ssh_commit(
    open_git: OpenGit, repo: Repo, gpg: Signer, ssh: Signer, tmp_path: Path
) -> None:
    commit = sign_commit(repo, ssh)
    verify = GitVerify("commit", allowed_signers_file=str(ssh.public))
    snapshot = open_git(str(repo.path), verify=verify).fetch()
    assert snapshot.details["signature"].startswith("commit by ada@example.com (SHA256:")
    stranger = tmp_path / "allowed"
    stranger.write_text(f"eve@x {make_key(tmp_path / 'k').with_suffix('.pub').read_text()}")
    for verify in (
        GitVerify("commit", allowed_signers_file=str(stranger)),
        GitVerify("commit", keyring_file=str(gpg.public)),
    ):
        with pytest.raises(AccessDenied, match=commit) as caught:
            open_git(str(repo.path), verify=verify).fetch()
        assert "llowedSigners" in caught.value.message


def test_unsigned_and_tampered(open_git: OpenGit, repo: Repo, gpg: Signer) -> None:
    verify = GitVerify("commit", keyring_file=str(gpg.public))
    commit = repo.commit(FILES)
    with pytest.raises(AccessDenied, match=f"{commit} is not accepted: it is not signed"):
        open_git(str(repo.path), verify=verify).fetch()
    signed = sign_commit(repo, gpg)
    text = repo.git("cat-file", "commit", signed).replace("\nsigned", "\nchanged") + "\n"
    forged = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    repo.git("update-ref", "refs/heads/main", forged)
    with pytest.raises(AccessDenied, match="changed after it was signed"):
        open_git(str(repo.path), verify=verify).fetch()


def test_tags(open_git: OpenGit, repo: Repo, ssh: Signer) -> None:
    unsigned = repo.commit(FILES)
    sign_tag(repo, ssh, "v1", unsigned)
    repo.git("tag", "-a", "-m", "x", "v2", unsigned)
    repo.git("update-ref", "refs/tags/v3", repo.git("rev-parse", "v1"))
    tag = GitVerify("tag", allowed_signers_file=str(ssh.public))
    both = tag._replace(mode="tag-and-commit")
    url = str(repo.path)
    assert "tag by ada@example.com" in open_git(url, "v1", verify=tag).fetch().details["signature"]
    assert open_git(url, "refs/tags/v1", verify=tag).fetch().revision == unsigned
    for ref, verify, text in (
        ("v2", tag, "it is not signed"),
        ("v3", tag, "made under the name 'v1'"),
        ("main", tag, "not an annotated tag"),
        ("v1", both, "signature of commit"),
    ):
        with pytest.raises(AccessDenied, match=text):
            open_git(url, ref, verify=verify).fetch()
    signed = sign_commit(repo, ssh)
    sign_tag(repo, ssh, "v4", signed)
    details = open_git(url, "v4", verify=both).fetch().details
    assert details["signature"].count("ada@example.com") == 2


def test_keys_that_are_missing(open_git: OpenGit, repo: Repo, tmp_path: Path) -> None:
    repo.commit(FILES)
    broken = tmp_path / "broken"
    broken.write_text("not a key")
    for verify in (
        GitVerify("commit"),
        GitVerify("commit", keyring_file="/none"),
        GitVerify("commit", keyring_file=str(broken)),
    ):
        with pytest.raises(ConfigError):
            open_git(str(repo.path), verify=verify).fetch()
