"""A key-value engine of version 1 or 2."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from halsync.clients.threads import Aside, parallel
from halsync.clients.vault.failures import failed, quoted, understood
from halsync.clients.vault.mounts import known, probe
from halsync.clients.vault.records import Metadata, Secret, Version
from halsync.errors import HalsyncError, PublishError, SourceNotFound
from halsync.paths import join, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.clients.threads import Outcome
    from halsync.clients.vault.client import VaultClient
    from halsync.clients.vault.records import Mount
    from halsync.clients.vault.transport import Answer

_READERS = 32
"""Secrets read at once: Vault answers from memory, and two rounds of 60 beat four."""


class Kv:
    """Secrets by path. Paths have no slash at either end; the root is an empty one.

    Errors are those of :class:`~halsync.clients.vault.client.VaultClient`.
    """

    def __init__(
        self, client: VaultClient, mount: str, version: Literal["auto", "1", "2"] = "auto"
    ) -> None:
        self._client = client
        self._name = mount
        self._version = version
        self._mount: Mount | None = None
        self._lock = threading.Lock()
        self._ahead: dict[tuple[str, str, str], Aside[Answer]] = {}

    @property
    def where(self) -> str:
        """The server's address, for messages."""
        return self._client.connection.address

    @property
    def mount(self) -> Mount:
        """The engine; asked for once."""
        with self._lock:
            if self._mount is None:
                self._mount = probe(self._client, self._name, self._version)
            return self._mount

    def look_ahead(self, root: str, *, own: bool) -> None:
        """Ask for what is below ``root`` (and for the secret there) while the kind of the engine
        is being asked for: most are of version 2. Does nothing if that is known already."""
        if self._mount or self._version == "1":
            return
        if known(self._client, self._name, self._version):
            return
        wanted = [
            ("scan", "detailed-metadata", root),
            *([("get", "metadata", root)] if own else []),
        ]
        for method, kind, path in wanted:
            place = join(self._name, kind, path) + ("/" if method == "scan" else "")
            self._ahead[method, kind, path] = Aside(partial(self._client.call, method, place))

    def read(self, path: str, version: int = 0) -> Secret:
        """One secret, at its newest version (0) or at a given one.

        Raises:
            SourceNotFound: there is no such secret or version, or it was deleted or destroyed.
            AccessDenied: names the line that the policy lacks.
        """
        number = self.mount.version
        query = {"version": str(version)} if version and number == 2 else None
        answer = self._client.call("get", self._at("data", path), query=query)
        if answer.status == 404:
            raise self._missing(path, version, answer)
        found = self._client.data(
            answer, f"read the secret {self.named(path)}", self._line("data", path, "read")
        )
        if number == 1:
            return Secret(path, found)
        about = found.get("metadata") or {}
        data = found.get("data")
        if not isinstance(data, dict):
            raise self._missing(path, version, answer)
        with understood(f"read the secret {self.named(path)}", self.where):
            custom = about.get("custom_metadata") or {}
            return Secret(path, data, int(about["version"]), str(about["created_time"]), custom)

    def read_many(
        self, wanted: Iterable[tuple[str, int]]
    ) -> list[Outcome[tuple[str, int], Secret]]:
        """Many secrets at once, as ``(path, version)`` pairs, each asked for once.

        Raises:
            SourceUnreachable: one of the answers did not come.
        """
        _ = self.mount  # once, before all threads want it
        return parallel(
            lambda pair: self.read(*pair),
            list(dict.fromkeys(wanted)),
            self._client.deadline,
            threads=_READERS,
        )

    def names(self, path: str) -> list[str]:
        """What lies directly below ``path``, sorted; folders end with a slash."""
        answer = self._asked("list", "metadata", path)
        if answer.status == 404:
            return []
        line = self._line("metadata", join(path, "*"), "list")
        data = self._client.data(answer, f"list {self.named(path)}", line)
        with understood(f"list {self.named(path)}", self.where):
            return sorted(str(name) for name in data.get("keys") or [])

    def walk(self, path: str) -> list[str]:
        """The paths of all secrets below ``path``, sorted; the folders of a level in parallel."""
        found: list[str] = []
        level = [path]
        while level:
            folders: list[str] = []
            for outcome in parallel(self.names, level, self._client.deadline):
                for name in outcome.value:
                    into = folders if name.endswith("/") else found
                    into.append(join(outcome.item, name.rstrip("/")))
            level = folders
        return sorted(found)

    def scan(self, path: str) -> list[Metadata] | None:
        """The metadata of all secrets below ``path`` in one request, sorted by path.

        None if the server does not offer it (HashiCorp's does not) or does not allow it.
        """
        if self.mount.version == 1 or not self.mount.scans:
            self._ahead.clear()  # it must not serve as a later look
            return None
        answer = self._asked("scan", "detailed-metadata", path)
        if answer.status in (400, 403, 404, 405, 501):
            self._mount = self.mount._replace(scans=False)
            self._ahead.clear()
            return None
        data = self._client.data(answer, f"list {self.named(path)}")
        with understood(f"list {self.named(path)}", self.where):
            infos = data.get("key_info") or {}
            return [_metadata(join(path, name), infos[name]) for name in sorted(infos)]

    def metadata(self, path: str) -> Metadata:
        """What is known of one secret without reading it; version 2 only."""
        answer = self._asked("get", "metadata", path)
        if answer.status == 404:
            raise self._missing(path, 0, answer)
        line = self._line("metadata", path, "read")
        what = f"read the metadata of {self.named(path)}"
        data = self._client.data(answer, what, line)
        with understood(what, self.where):
            return _metadata(path, data)

    def write(self, path: str, data: Mapping[str, Any], expected: int | None = None) -> int:
        """Write a secret; its new version (0 in engines of version 1).

        Args:
            expected: the version that must still be the newest (0: none may be there), checked
                by the server; None for whatever is there. Ignored by version 1.

        Raises:
            PublishError: somebody else wrote meanwhile.
        """
        body: dict[str, Any] = dict(data)
        if self.mount.version == 2:
            body = {"data": body}
            if expected is not None:
                body["options"] = {"cas": expected}
        answer = self._client.call("post", self._at("data", path), body=body)
        if answer.status == 400 and "check-and-set" in quoted(answer):
            raise PublishError(
                f"{self.named(path)} is not at version {expected} any more: somebody wrote it"
                " meanwhile",
                where=self.where,
                hint="look at what is there now, and try again",
            )
        if answer.status == 204:
            return 0
        line = self._line("data", path, "create", "update")
        done = self._client.data(answer, f"write the secret {self.named(path)}", line)
        with understood(f"write the secret {self.named(path)}", self.where):
            return int(done.get("version") or 0)

    def annotate(self, path: str, custom: Mapping[str, str]) -> None:
        """Replace the custom metadata of a secret; version 2 only."""
        answer = self._client.call(
            "post", self._at("metadata", path), body={"custom_metadata": dict(custom)}
        )
        if answer.status not in (200, 204):
            line = self._line("metadata", path, "create", "update")
            what = f"write the metadata of {self.named(path)}"
            raise failed(answer, what, line, self.where)

    def delete(self, path: str) -> None:
        """Delete the newest version; in version 2 that can be undone."""
        answer = self._client.call("delete", self._at("data", path))
        if answer.status not in (200, 204):
            line = self._line("data", path, "delete")
            what = f"delete the secret {self.named(path)}"
            raise failed(answer, what, line, self.where)

    def named(self, path: str) -> str:
        """The secret as messages name it: ``'team/kv/spinnaker/hal'``."""
        return repr(join(self._name, path))

    def _asked(self, method: str, kind: str, path: str) -> Answer:
        """The answer, which may have been asked for ahead; each of those serves once."""
        place = self._at(kind, path)
        early = self._ahead.pop((method, kind, path), None)
        if early is not None and self.mount.version == 2:
            return early.result(self._client.deadline)
        # With a slash at its end, a rule of the policy for the path itself does not hide the one
        # for what lies below.
        return self._client.call(method, place if method == "get" else f"{place}/")

    def _at(self, kind: str, path: str) -> str:
        """``data``, ``metadata`` … stand between mount and path in version 2 only."""
        return join(self._name, kind if self.mount.version == 2 else "", path)

    def _line(self, kind: str, path: str, *capabilities: str) -> str:
        words = ", ".join(f'"{word}"' for word in capabilities)
        return f'path "{self._at(kind, path)}" {{ capabilities = [{words}] }}'

    def _missing(self, path: str, version: int, answer: Answer) -> SourceNotFound:
        """Deleted, destroyed or never there: three different things to do."""
        where = self.where
        found = answer.body.get("data")
        about = found.get("metadata") if isinstance(found, dict) else None
        if isinstance(about, dict) and isinstance(about.get("version"), int):
            number = int(about["version"])
            gone = _version(number, about)
            command = f"kv undelete -mount={self._name} -versions={number} {path}"
            if gone.destroyed:
                return SourceNotFound(
                    f"version {number} of {self.named(path)} was destroyed",
                    where=where,
                    hint="it cannot be had back: name another version, or write the secret anew",
                )
            return SourceNotFound(
                f"version {number} of {self.named(path)} was deleted ({gone.deleted})",
                where=where,
                hint=f"bring it back with {command!r}, or write the secret anew",
            )
        if version:
            return SourceNotFound(
                f"{self.named(path)} has no version {version}",
                where=where,
                hint="the engine keeps only some versions (max_versions): name one that it has",
            )
        return SourceNotFound(
            f"no secret at {self.named(path)}", where=where, hint=self.neighbours(path)
        )

    def neighbours(self, path: str) -> str:
        """The remedy for a path that is not there, where listing is allowed."""
        there, rest, names = path, "", list[str]()
        try:
            while there and not names:
                there, _, name = there.rpartition("/")
                rest = join(name, rest)
                names = [other.rstrip("/") for other in self.names(there)]
        except HalsyncError:
            names = []  # only a hint hangs on it
        first, _, below = rest.partition("/")
        if rest in names:
            return f"that is a folder: name a secret below {path}/"
        guess = nearest(first, names)
        if guess:
            return f"did you mean {join(there, guess, below)!r}?"
        return "check vault.mount and the path"


def _metadata(path: str, found: Mapping[str, Any]) -> Metadata:
    versions = {
        int(number): _version(int(number), about)
        for number, about in (found.get("versions") or {}).items()
    }
    return Metadata(path, int(found.get("current_version") or 0), versions)


def _version(number: int, about: Mapping[str, Any]) -> Version:
    return Version(
        number,
        str(about.get("created_time", "")),
        str(about.get("deletion_time", "")),
        bool(about.get("destroyed")),
    )
