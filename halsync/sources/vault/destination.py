"""A key-value engine as a destination of ``halsync push``.

Engines of version 2 check that nobody wrote meanwhile; those of version 1 cannot. Whose work a
secret is stands in its custom metadata, as tree and version: no digest of what it holds.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from contextlib import suppress

from halsync.clients.vault import connect
from halsync.clients.vault.records import Secret
from halsync.errors import AccessDenied, ConfigError, PublishError
from halsync.halyard import CONFIG
from halsync.paths import below, join
from halsync.sources.destination import Held
from halsync.sources.entries import Entries
from halsync.sources.vault.layout import add, detect
from halsync.sources.vault.reading import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from halsync.model import File
    from halsync.settings.vault import VaultSettings
    from halsync.sources.destination import Writing
    from halsync.sources.vault.layout import Layout

MARK = "halsync-push"
"""Key of the custom metadata of a secret that was pushed."""


def open_destination(options: VaultSettings, writing: Writing) -> VaultDestination:
    """The destination; nothing is asked yet.

    Raises:
        ConfigError: the settings pin a version, which cannot be written to.
    """
    if options.version or options.as_of:
        raise ConfigError(
            "the past cannot be written to",
            where=options.asked_for()[0],
            hint="leave out vault.version and vault.asOf",
        )
    return VaultDestination(options, writing)


class VaultDestination:
    """See :class:`halsync.sources.destination.Destination`."""

    def __init__(self, options: VaultSettings, writing: Writing) -> None:
        self.location = join(options.asked_for()[0], writing.path)
        self._options = options
        self._writing = writing
        self._client = connect(options.connection, writing.deadline)
        self._kv = self._client.kv(options.mount, options.kv_version)
        self._layout: Layout = "file"
        self._files: Mapping[str, File] = {}
        self._secrets: dict[str, Secret] = {}
        """As they are now: what was read, then what was written."""
        self._locks: dict[str, threading.Lock] = {}

    def held(self, files: Mapping[str, File]) -> Mapping[str, Held]:
        """See :meth:`halsync.sources.destination.Destination.held`."""
        writing = self._writing
        reader = Reader(self._kv, (writing.path,), self._options, writing.deadline, self._count)
        secrets = reader.read().secrets
        entries = Entries(self.location, "", writing.limits)
        ordered = [secrets[path] for path in sorted(secrets)]
        if self._options.layout != "auto":
            self._layout = self._options.layout
        elif ordered:
            self._layout = detect(ordered, entries)
        add(ordered, self._layout, entries)
        self._files = files
        self._secrets = dict(secrets)
        found: dict[str, Held] = {}
        for path, file in entries.finish()[0].items():
            secret = secrets[self._secret_of(path)]
            inside = below(path, writing.path)
            if inside is not None:
                ours = secret.custom.get(MARK) == f"{writing.tree}:{secret.version}"
                found[inside] = Held(file.content, ours, str(secret.version), file.executable)
        return found

    def write(self, path: str, file: File, over: Held | None) -> None:
        """See :meth:`halsync.sources.destination.Destination.write`.

        Of a directory that is one secret, all files are written with the first of them.
        """
        full = join(self._writing.path, path)
        place = self._secret_of(full)
        if not place:
            raise ConfigError(
                "files of the root need a secret, and the root of an engine is none",
                where=self.location,
                hint="name a path in the engine, or set vault.layout to file",
            )
        if self._layout == "file":
            self._put(place, _value(file), int(over.state) if over else 0)
            return
        with self._lock_of(place):
            known = self._secrets.get(place)
            data = {**(known.data if known else {}), **self._siblings(path, place)}
            if known is None or data != known.data:
                self._put(place, data, known.version if known else 0)

    def remove(self, path: str, over: Held) -> None:
        """See :meth:`halsync.sources.destination.Destination.remove`."""
        full = join(self._writing.path, path)
        place = self._secret_of(full)
        with self._lock_of(place):
            known = self._secrets.get(place)
            if self._layout == "file" and self._kv.read(place).version != int(over.state or 0):
                raise PublishError(
                    "somebody else has just written this secret",
                    where=join(self.location, path),
                    hint="run push again and look at the differences",
                )
            left = dict(known.data) if known and self._layout == "directory" else {}
            left.pop(full.rpartition("/")[2], None)
            if left and known:
                self._put(place, left, known.version)
            else:
                self._kv.delete(place)

    def close(self) -> None:
        """See :meth:`halsync.sources.destination.Destination.close`."""
        self._client.close()

    def _put(self, place: str, data: Mapping[str, Any], expected: int) -> None:
        version = self._kv.write(place, data, expected)
        known = self._secrets.get(place)
        custom = {**(known.custom if known else {}), MARK: f"{self._writing.tree}:{version}"}
        self._secrets[place] = Secret(place, data, version, "", custom)
        if version:
            # Where that is forbidden, the next push does not know its own work: --force.
            with suppress(AccessDenied):
                self._kv.annotate(place, custom)

    def _siblings(self, path: str, place: str) -> dict[str, Any]:
        """What is to be written into one directory; ``config`` apart, since it comes last."""
        return {
            other.rpartition("/")[2]: _item(file)
            for other, file in self._files.items()
            if (other == CONFIG) == (path == CONFIG)
            and self._secret_of(join(self._writing.path, other)) == place
        }

    def _secret_of(self, full: str) -> str:
        """The secret that a file is in."""
        return full if self._layout == "file" else full.rpartition("/")[0]

    def _lock_of(self, place: str) -> threading.Lock:
        return self._locks.setdefault(place, threading.Lock())

    def _count(self, paths: list[str]) -> None:
        limit = self._writing.limits.files
        if len(paths) > limit:
            raise ConfigError(
                f"there are more than {limit} secrets",
                where=self.location,
                hint="name the path of the configuration, or raise limits.files",
            )


def _value(file: File) -> dict[str, str]:
    """A file as a secret of its own."""
    data = {"mode": "0755"} if file.executable else {}
    try:
        return {"content": file.content.decode(), **data}
    except UnicodeDecodeError:
        return {"content": b64encode(file.content).decode(), "encoding": "base64", **data}


def _item(file: File) -> object:
    """A file as one key of its directory's secret."""
    value = _value(file)
    return value["content"] if len(value) == 1 else value
