"""Kubernetes Secrets: through the API with the pod's service account, or mounted as files."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from halsync.errors import ConfigError, SourceNotFound
from halsync.secrets.base import Answer, Unavailable, by_content, by_key
from halsync.secrets.local import content_of

if TYPE_CHECKING:
    from halsync.secrets.base import Context, Item, Wanted


_OTHERWISE = (
    "; or mount the Secrets (secrets.mountedDir); --secrets=skip looks at everything else without"
    " them"
)


class ApiReader:
    """Every Secret is read once, by name: the right to list them is not needed."""

    def __init__(self, context: Context) -> None:
        from halsync.clients.kubernetes import connect

        try:
            self._api = connect(context.cluster, apart=context.settings.apart)
        except ConfigError as error:
            error.where = error.where or "secrets.kubernetes"
            error.hint += _OTHERWISE
            raise
        self._deadline = context.deadline

    def read(self, item: Item, keys: frozenset[str]) -> Answer:  # noqa: ARG002
        from halsync.clients.kubernetes.secrets import read_secret

        try:
            found = read_secret(self._api, item.name, timeout=self._left())
        except SourceNotFound:
            namespace = self._api.namespace
            raise Unavailable(
                "missing",
                f"there is no Secret {item.name} in namespace {namespace}",
                f"create it there (kubectl -n {namespace} create secret generic {item.name} …),"
                " or correct the name",
            ) from None
        return Answer(found.data, found.version)

    def version(self, item: Item, keys: frozenset[str]) -> str:
        return self.read(item, keys).version

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        return by_key(answer, wanted, f"Secret {wanted.item.name}")

    def close(self) -> None:
        self._api.close()

    def _left(self) -> float:
        return max(0.1, min(10.0, self._deadline - time.monotonic()))


class MountedReader:
    """``DIR/NAME/KEY``: what mounting each Secret in a directory of its name gives."""

    def __init__(self, context: Context) -> None:
        self._directory = context.settings.mounted_dir
        self._limit = context.limit

    def read(self, item: Item, keys: frozenset[str]) -> Answer:
        names = self._names(item)
        values = {
            key: content_of(self._path(item, key), self._limit, self._path(item, key))
            if key in keys
            else b""
            for key in names
        }
        there = sorted(keys & values.keys())
        parts = (part for key in there for part in (key.encode(), values[key]))
        return Answer(values, by_content(parts))

    def version(self, item: Item, keys: frozenset[str]) -> str:
        return self.read(item, keys).version

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        where = os.path.join(self._directory, wanted.item.name)
        return by_key(answer, wanted, f"Secret {wanted.item.name}, mounted at {where},")

    def close(self) -> None:
        pass

    def _path(self, item: Item, key: str) -> str:
        return os.path.join(self._directory, item.name, key)

    def _names(self, item: Item) -> list[str]:
        """The keys; ``..data`` and its like are the kubelet's own."""
        from halsync.clients.kubernetes.paths import legal_name

        where = os.path.join(self._directory, item.name)
        if not legal_name(item.name):  # it could lead out of the directory
            raise Unavailable("unfit", f"{item.name!r} cannot be the name of a Secret")
        try:
            return [name for name in os.listdir(where) if not name.startswith("..")]
        except (FileNotFoundError, NotADirectoryError):
            raise Unavailable(
                "missing",
                f"Secret {item.name} is not mounted at {where}",
                "mount it there, a directory for each Secret, or read it through the API"
                " (secrets.kubernetes: api)",
            ) from None
        except OSError as error:
            raise Unavailable(
                "denied",
                f"cannot look into {where}: {(error.strerror or 'unreadable').lower()}",
                "mount it readable by the user halsync runs as",
            ) from None
