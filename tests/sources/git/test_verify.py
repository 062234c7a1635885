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
    assert "it is a GPG signature, and no verify.keyringFile is set" in caught.value.message


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


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("{name} {key}", ""),
        ("ssh-{name} {key}", ""),
        ('{name} namespaces="git" {key}', ""),
        ('{name} valid-before="20200101" {key}', "or was not valid at that time"),
        ('{name} valid-after="20900101" {key}', "or was not valid at that time"),
        ('{name} namespaces="file" {key}', 'not permitted for use in signature namespace "git"'),
    ],
)
def test_what_is_said_of_an_ssh_key(
    open_git: OpenGit, repo: Repo, ssh: Signer, tmp_path: Path, line: str, text: str
) -> None:
    commit = sign_commit(repo, ssh)
    name, _, key = ssh.public.read_text().partition(" ")
    (tmp_path / "allowed").write_text("# ours\n\n" + line.format(name=name, key=key))
    verify = GitVerify("commit", allowed_signers_file=str(tmp_path / "allowed"))
    if not text:
        assert open_git(str(repo.path), verify=verify).fetch().revision == commit
        return
    with pytest.raises(AccessDenied, match=commit) as caught:
        open_git(str(repo.path), verify=verify).fetch()
    assert text in caught.value.message


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
    x509 = "gpgsig -----BEGIN SIGNED MESSAGE-----\n MIIB\n -----END SIGNED MESSAGE-----\n\n"
    text = repo.git("cat-file", "commit", commit).replace("\n\n", f"\n{x509}", 1)
    other = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    repo.git("update-ref", "refs/heads/main", other)
    with pytest.raises(AccessDenied, match=r"X\.509, which is not verified here"):
        open_git(str(repo.path), verify=verify).fetch()


def test_tampered_ssh(open_git: OpenGit, repo: Repo, ssh: Signer) -> None:
    signed = sign_commit(repo, ssh)
    text = repo.git("cat-file", "commit", signed).replace("\nsigned", "\nchanged") + "\n"
    forged = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    repo.git("update-ref", "refs/heads/main", forged)
    verify = GitVerify("commit", allowed_signers_file=str(ssh.public))
    with pytest.raises(AccessDenied, match=f"{forged} .*changed after it was signed"):
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
    repo.git("update-ref", "refs/heads/v1", unsigned)
    with pytest.raises(AccessDenied, match="not an annotated tag") as caught:
        open_git(url, "v1", verify=tag).fetch()
    assert "refs/tags/NAME" in caught.value.hint
    assert open_git(url, "refs/tags/v1", verify=tag).fetch().revision == unsigned
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
        GitVerify("commit", allowed_signers_file=str(tmp_path)),
    ):
        with pytest.raises(ConfigError):
            open_git(str(repo.path), verify=verify).fetch()


def test_a_key_without_a_signer_is_in_nobodys_way(
    open_git: OpenGit, repo: Repo, ssh: Signer, tmp_path: Path
) -> None:
    """ssh-keygen passes over it, and takes the others."""
    allowed = tmp_path / "allowed"
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    commit = sign_commit(repo, ssh)
    verify = GitVerify("commit", allowed_signers_file=str(allowed))
    allowed.write_text(f"{other}\n{ssh.public.read_text()}")
    assert open_git(str(repo.path), verify=verify).fetch().revision == commit
    allowed.write_text(f"{ssh.public.read_text().partition(' ')[2]}\nada@example.com {other}\n")
    with pytest.raises(AccessDenied, match="the key in line 1 of that file has no signer"):
        open_git(str(repo.path), verify=verify).fetch()


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "", "no signers are named"),
        ("# nobody\n", "", "no signers are named"),
        ("# us\n{key}", ":2", "a key stands there without a signer"),
    ],
)
def test_lists_of_signers_that_name_none(
    open_git: OpenGit, repo: Repo, ssh: Signer, tmp_path: Path, text: str, where: str, message: str
) -> None:
    sign_commit(repo, ssh)
    allowed = tmp_path / "allowed"
    allowed.write_text(text.format(key=ssh.public.read_text().partition(" ")[2]))
    with pytest.raises(ConfigError, match=message) as caught:
        verify = GitVerify("commit", allowed_signers_file=str(allowed))
        open_git(str(repo.path), verify=verify).fetch()
    assert caught.value.where == f"{allowed}{where}"
