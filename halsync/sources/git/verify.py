"""Signatures of commits and tags: good, by a key that the settings name, or no snapshot.

Trust comes from the files in the settings alone: GPG gets an empty home with just that keyring,
SSH just that list of allowed signers.
"""

from __future__ import annotations

import os
import re

from halsync.errors import AccessDenied, ConfigError
from halsync.patterns import Pattern
from halsync.redact import redact
from halsync.sources.git.process import run
from halsync.sources.git.ssh import PUBLIC, passwd_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.sources.git.commits import Commit
    from halsync.sources.git.session import Fetched, Session

_GPG_GOOD = Pattern(r"^\[GNUPG:\] GOODSIG (\S+) (.*)$", re.MULTILINE)
_GPG_VALID = Pattern(r"^\[GNUPG:\] VALIDSIG (\S+)", re.MULTILINE)
_SSH_GOOD = Pattern(r'^Good "git" signature for (.+) with \S+ key (\S+)', re.MULTILINE)
_GPG_KEY = Pattern(
    r"^\[GNUPG:\] (?:NO_PUBKEY|ERRSIG|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG) (\S+)", re.MULTILINE
)
_BLOB = "AAAA"
"""How every public key in base64 begins; a signer's name may begin like a type of keys."""
_X509 = b"-----BEGIN SIGNED MESSAGE-----"
_SSH_KEY = Pattern(r"key (SHA256:\S+)")
_CHANGED = "the content was changed after it was signed"
_UNKNOWN = "No principal matched"
_STATES = (
    ("REVKEYSIG", "the key has been revoked"),
    ("EXPKEYSIG", "the key has expired"),
    ("EXPSIG", "the signature has expired"),
    ("BADSIG", _CHANGED),
    ("incorrect signature", _CHANGED),
    ("NO_PUBKEY", "the key is not in verify.keyringFile"),
    (
        _UNKNOWN,
        "the key is not in verify.allowedSignersFile, or was not valid at that time",
    ),
    ("allowedSignersFile needs", "it is an SSH signature, and no verify.allowedSignersFile is set"),
)


def verify(session: Session, fetched: Fetched, commit: Commit, ref: str) -> str:
    """Check what the settings ask for; who signed, fit for the snapshot's details.

    Raises:
        AccessDenied: no signature, a bad one, or one by another key.
        ConfigError: a keyring or list of signers is missing or cannot be read.
    """
    wanted = session.options.verify
    arguments = _trust(session)
    signers = []
    if wanted.mode in ("tag", "tag-and-commit"):
        signers.append("tag by " + _verify_tag(session, fetched, commit, ref, arguments))
    if wanted.mode in ("commit", "tag-and-commit"):
        signers.append(
            "commit by " + _check(session, fetched, arguments, "verify-commit", commit.id)
        )
    return ", ".join(signers)


def _verify_tag(
    session: Session, fetched: Fetched, commit: Commit, ref: str, arguments: list[str]
) -> str:
    where = f"{redact(session.remote.url)} at {ref}"
    if not commit.tag:
        raise AccessDenied(
            f"{ref} is not an annotated tag, and only tags can carry the signature asked for",
            where=where,
            hint="set ref to a tag made with `git tag -s` (refs/tags/NAME where a branch has its"
            " name), or verify.mode to commit",
        )
    # A good signature on another tag, filed under this name, proves nothing about this name.
    if commit.tag != ref.removeprefix("refs/").removeprefix("tags/"):
        raise AccessDenied(
            f"the tag object behind {ref} was made under the name {redact(commit.tag)!r}",
            where=where,
            hint="find out who moved the tag; make and sign a new one",
        )
    return _check(session, fetched, arguments, "verify-tag", fetched.id)


def _trust(session: Session) -> list[str]:
    wanted = session.options.verify
    if not (wanted.keyring_file or wanted.allowed_signers_file):
        raise ConfigError(
            "signatures are to be verified, but no keys are given",
            hint="set verify.keyringFile (GPG) or verify.allowedSignersFile (SSH)",
        )
    for path in (wanted.keyring_file, wanted.allowed_signers_file):
        if path and not os.access(path, os.R_OK):
            raise ConfigError(
                f"cannot read {path}", hint="mount the public keys there, readable by this user"
            )
    arguments = ["-c", "gpg.x509.program=/bin/false"]
    home = session.directory("gnupg")
    session.env["GNUPGHOME"] = home
    if wanted.keyring_file:
        result = run(
            ["gpg", "--batch", "--quiet", "--no-autostart", "--import", wanted.keyring_file],
            session.env,
            session.deadline,
        )
        if result.code:
            raise ConfigError(
                f"gpg cannot read the keyring {wanted.keyring_file}",
                hint="export it with `gpg --export --armor KEY`",
            )
    if wanted.allowed_signers_file:
        _check_signers(wanted.allowed_signers_file)
        # ssh-keygen needs a passwd entry as ssh does.
        session.env.update(passwd_entry(home))
        arguments += ["-c", f"gpg.ssh.allowedSignersFile={wanted.allowed_signers_file}"]
    return arguments


def _check_signers(path: str) -> None:
    """ssh-keygen passes over what it cannot read: a list of nothing else names nobody."""
    try:
        lines = _signers(path)
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", hint="name a file (verify.allowedSignersFile)"
        ) from error
    if not lines:
        raise ConfigError(
            "no signers are named", where=path, hint="write lines as ssh-keygen(1) tells"
        )
    if not any(lines.values()):
        raise ConfigError(
            "a key stands there without a signer",
            where=f"{path}:{min(lines)}",
            hint="write whose key it is in front of it: ada@example.com ssh-ed25519 AAAA…",
        )


def _signers(path: str) -> dict[int, bool]:
    """Each line of a list of signers that is none of the comments: whether it names a signer."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        lines = [line.strip() for line in stream]
    found = {at: line.partition(" ") for at, line in enumerate(lines, 1) if line and line[0] != "#"}
    return {
        at: not (first.startswith(PUBLIC) and rest.lstrip().startswith(_BLOB))
        for at, (first, _, rest) in found.items()
    }


def _nameless(path: str) -> str:
    """What may be why a list does not name a signer; empty if nothing in it looks like that."""
    try:
        nameless = [at for at, named in _signers(path).items() if not named]
    except OSError:
        return ""
    if not nameless:
        return ""
    return f"; the key in line {nameless[0]} of that file has no signer in front of it"


def _check(
    session: Session, fetched: Fetched, arguments: list[str], command: str, object_id: str
) -> str:
    result = session.local(fetched.repository, *arguments, command, "--raw", object_id)
    said = result.stderr
    good, valid = _GPG_GOOD.search(said), _GPG_VALID.search(said)
    # Of two signatures by GPG one could be good and one not: any bad one spoils all.
    if result.code == 0 and good and valid and not _GPG_KEY.search(said):
        return f"{good[2]} ({valid[1]})"
    ssh = _SSH_GOOD.search(said)
    if result.code == 0 and ssh:
        return f"{ssh[1]} ({ssh[2]})"
    what = "tag" if command == "verify-tag" else "commit"
    key = _GPG_KEY.search(said) or _SSH_KEY.search(said)
    cause = next((text for word, text in _STATES if word in said), "")
    if not key and not cause:
        unsigned = not said.strip() or "no signature found" in said
        cause = "it is not signed" if unsigned else redact(" ".join(said.split()))[-200:]
        if _X509 in session.local(fetched.repository, "cat-file", "-p", object_id).stdout:
            cause = "its signature is one of X.509, which is not verified here"
    if "NO_PUBKEY" in said and not session.options.verify.keyring_file:
        cause = "it is a GPG signature, and no verify.keyringFile is set"
    if _UNKNOWN in said:
        cause += _nameless(session.options.verify.allowed_signers_file)
    raise AccessDenied(
        f"the signature of {what} {object_id} is not accepted"
        + (f", key {key[1]}" if key else "")
        + (f": {cause}" if cause else ""),
        where=redact(session.remote.url),
        hint=f"sign the {what} with a trusted key, or add the signer's public key to the settings",
    )
