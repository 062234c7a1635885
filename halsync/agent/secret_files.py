"""Secret files: where they stand in the published tree, and where halyard's container sees them.

They are part of the generation, so that publishing, going back, drift and clearing up treat them
together with the configuration that names them.
"""

from __future__ import annotations

import os
from hashlib import sha256

from halsync.agent.secret_settings import secrets_of
from halsync.errors import PublishError
from halsync.model import File, Origin
from halsync.settings.secrets import FILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.model import Tree
    from halsync.secrets import Wanted
    from halsync.settings.model import Settings
    from halsync.settings.secrets import SecretsSettings

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+=")
_PART = 200
"""Characters of one part of a path, of the 255 that file systems take."""


class Taken(Exception):
    """Another file is there."""


class SecretFiles:
    """The files of one tree."""

    def __init__(self, settings: SecretsSettings, files: Mapping[str, File]) -> None:
        self._flat = settings.layout == "flat"
        self._seen_as = settings.seen_as.rstrip("/")
        self._others = files
        self._owner: dict[str, Wanted] = {}
        self.made: dict[str, File] = {}

    def add(self, wanted: Wanted, content: bytes, version: str) -> str:
        """Make a secret a file; the path at which halyard's container sees it.

        Raises:
            Taken: another secret, or a file of the source, would be at the same place.
        """
        inside = place_of(wanted, flat=self._flat)
        path = f"{FILES}/{inside}"
        owner = self._owner.setdefault(path, wanted)
        if owner != wanted:
            raise Taken(f"{describe(owner)} has the same file name, {inside}")
        if path in self._others:
            raise Taken(f"a source brings a file {path} of its own")
        from halsync.secrets.base import BY_CONTENT

        origin = Origin("secrets", "" if BY_CONTENT in version else version, describe(wanted))
        self.made[path] = File(content, False, origin, True)
        return f"{self._seen_as}/{inside}"


def place_of(wanted: Wanted, *, flat: bool) -> str:
    """The file's path below the directory of secret files.

    Names of Kubernetes Secrets hold no ``_``, so that ``_vault`` and its like are no Secrets.
    """
    item = wanted.item
    if item.engine == "kubernetes":
        parts = [wanted.key] if flat else [item.name, wanted.key]
    else:
        last = [wanted.key] if wanted.key else []
        options = [value for _, value in item.options]
        parts = [f"_{item.engine}", *options, *item.name.strip("/").split("/"), *last]
        parts = parts[-1:] if flat else parts
    return "/".join(_safe(part) for part in parts)


def _safe(part: str) -> str:
    """A part as a file's name: itself where it can be one."""
    if part and _SAFE.issuperset(part) and len(part) <= _PART and not part.startswith(".."):
        return part if part != "." else "_."
    kept = "".join(char if char in _SAFE else "_" for char in part).lstrip(".")[:_PART]
    return f"{kept}-{sha256(part.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def describe(wanted: Wanted) -> str:
    """``kubernetes:minio:accesskey``, for people."""
    return ":".join(part for part in (wanted.item.engine, wanted.item.name, wanted.key) if part)


def keep_link(settings: Settings, tree: Tree) -> None:
    """Make the link that leads to the secret files, if there are any and one is asked for.

    To be called before the tree is published. The link leads through the target, so that it
    follows whatever is published later.

    Raises:
        PublishError: something else is there, or it cannot be made.
    """
    link = secrets_of(settings).link.rstrip("/")
    if not link or not any(path.startswith(f"{FILES}/") for path in tree.files):
        return
    above = os.path.realpath(os.path.dirname(link))
    wanted = os.path.relpath(os.path.join(os.path.realpath(settings.target), FILES), above)
    try:
        if os.path.islink(link):
            if os.readlink(link) == wanted:
                return
        elif os.path.isdir(link):
            os.rmdir(link)
        os.makedirs(os.path.dirname(link), exist_ok=True)
        scratch = f"{link}.halsync-{os.getpid()}"
        if os.path.lexists(scratch):
            os.unlink(scratch)  # of a killed run: process ids repeat in a container
        os.symlink(wanted, scratch)
        try:
            if os.path.lexists(link) and not os.path.islink(link):
                raise FileExistsError(17, "is a file")
            os.rename(scratch, link)
        except BaseException:
            os.unlink(scratch)
            raise
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise PublishError(
            f"the link to the secret files cannot be made: {reason}",
            where=link,
            hint="move away what is there, name another place with secrets.link, or do without"
            f" it by setting secrets.seenAs to the target's {FILES} as halyard sees it",
        ) from error
