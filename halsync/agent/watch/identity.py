"""What a release is called, and what beside the sources it is made from.

The name leaves the pod, so it must not help to guess a secret: of secrets it covers which
version they are, and of settings nothing that stands behind a telling name.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple
from halsync.redact import is_secret_name, slow_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.model import SourceState
    from halsync.settings.model import PlaceholderSettings, Settings

SECRETS = "secrets"
"""Kind of the source that stands for the secrets of a generation."""

Stamp = tuple[str, int, int, int]
"""Path, inode, size and modification time (ns) of a file; zeros where there is none."""


class Key(NamedTuple):
    """What was looked at. Equal keys lead to the same end, so that one look is enough."""

    revisions: tuple[tuple[str, str], ...]
    secrets: str
    files: tuple[Stamp, ...]
    live: str


def identity(settings: Settings, revisions: Mapping[str, str], versions: str) -> str:
    """SHA-256, hex, of all that decides what is rendered.

    Args:
        settings: what there is beside the sources.
        revisions: source → revision.
        versions: of the secrets that are referenced, as one digest.
    """
    parts = [
        [
            (entry.name, entry.options.asked_for(), revisions[entry.name], entry.path, entry.mount)
            for entry in settings.sources
        ],
        versions,
        [_placeholder(item) for item in settings.placeholders],
        _contents(settings),
        _shape(settings.plan),
        _shape(settings.preset and settings.preset._replace(declared_at="")),
        settings.daemon_config,
    ]
    return sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def name_of(settings: Settings, sources: Iterable[SourceState]) -> str:
    """As :func:`identity`, of what was published; empty if other sources are in the settings."""
    every = tuple(sources)
    revisions = {each.name: each.revision for each in every if each.kind != SECRETS}
    if revisions.keys() != {entry.name for entry in settings.sources}:
        return ""
    versions = [each.revision for each in every if each.kind == SECRETS]
    return identity(settings, revisions, versions[0] if versions else "")


def plain(one: Iterable[SourceState], other: Iterable[SourceState]) -> bool:
    """Whether they are the same revisions, the secrets apart."""
    first, second = (sorted(each for each in both if each.kind != SECRETS) for both in (one, other))
    return first == second


def _placeholder(item: PlaceholderSettings) -> Any:
    return _shape(item._replace(literal=None if item.secret else item.literal, declared_at=""))


def _contents(settings: Settings) -> str:
    """One digest of the files beside the sources that are filled in, which may be secret; empty
    where there are none."""
    paths = [item.file for item in settings.placeholders]
    if settings.preset:
        paths += [settings.preset.values_file, settings.preset.surroundings.services_file]
    digests = [_content(path) for path in paths if path]
    return slow_digest(sha256(b"".join(digests)).digest()) if digests else ""


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return sha256(stream.read()).digest()
    except OSError:
        return bytes(32)


def _shape(value: Any) -> Any:
    """``value`` in plain types, without what stands behind a telling name."""
    if isinstance(value, dict):
        return sorted(
            (str(key), None if is_secret_name(str(key)) else _shape(item))
            for key, item in value.items()
        )
    if isinstance(value, (list, tuple)):
        return [_shape(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else repr(value)


def files_of(settings: Settings, file: str) -> tuple[str, ...]:
    """The files beside the sources that rendering reads, and ``file``, the ``halsync.yaml``."""
    named = [item.file for item in settings.placeholders]
    if settings.preset:
        around = settings.preset.surroundings
        named += [settings.preset.values_file, around.services_file, around.ssh_key.file]
    if any(item.field for item in settings.placeholders):
        named += [f"{settings.pod_info}/{name}" for name in ("labels", "annotations", "namespace")]
    for source in settings.sources:
        verify = getattr(source.options, "verify", None)
        if verify is not None:
            named += [verify.keyring_file, verify.allowed_signers_file]
    return tuple(sorted({os.path.abspath(path) for path in (*named, file) if path}))


def stamps(paths: Iterable[str]) -> tuple[Stamp, ...]:
    """What tells whether one of the files is another one now, links followed."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            found.append((path, 0, 0, 0))
        else:
            found.append((path, status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)
