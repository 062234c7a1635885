"""Files that Git LFS keeps outside of git: fetched by git-lfs, checked against their pointer."""

from __future__ import annotations

import re
from hashlib import sha256

from halsync.errors import ConfigError, SourceNotFound
from halsync.patterns import Pattern
from halsync.redact import redact
from halsync.sources.git.failures import classify
from halsync.sources.git.process import OutputTooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.sources.entries import Entries
    from halsync.sources.git.session import Fetched, Session

_FIELDS = Pattern(
    rb"^oid sha256:(?P<oid>[0-9a-f]{64})\n(?:.*\n)*?size (?P<size>[0-9]{1,18})$", re.M
)

_NO_OBJECT = r"\[404\]|[Nn]ot found|does not exist|no such (?:object|file)|missing object"


def download(
    session: Session, fetched: Fetched, entries: Entries, path: str, pointer: bytes
) -> bytes | None:
    """The file behind ``pointer``; None if it may not come along, which is recorded.

    Raises:
        ConfigError: git-lfs is not installed.
        SourceUnreachable, SourceNotFound, AccessDenied: it could not be fetched.
    """
    fields = _FIELDS.search(pointer)
    if not fields:
        entries.refuse(path, "the Git LFS pointer is damaged", "repair it in the repository")
        return None
    size = int(fields["size"])
    if not entries.claim(path, size):
        return None
    try:
        result = session.local(
            fetched.repository, "lfs", "smudge", "--", path, stdin=pointer, limit=size + 1024
        )
    except OutputTooLarge:
        result = None
    if result and "is not a git command" in result.stderr:
        raise ConfigError(
            "lfs is set, but git-lfs is not installed",
            hint="install git-lfs in the image, or set lfs: false",
        )
    if result and result.code and re.search(_NO_OBJECT, result.stderr):
        raise SourceNotFound(
            f"the LFS server does not have the file {path} (sha256 {fields['oid'].decode()})",
            where=redact(session.remote.url),
            hint="push it with `git lfs push --all`",
        )
    if result and result.code:
        raise classify(result.stderr, session.remote, session.options.ca_file)
    content = result.stdout if result else b""
    if sha256(content).hexdigest().encode() != fields["oid"]:
        entries.refuse(
            path,
            "the file that the LFS server sent is not the one that the pointer names",
            "push the file again with `git lfs push --all`",
        )
        return None
    return content
