"""Files and environment variables of halsync's own container.

A repository may only name what the installation opens to it: otherwise whoever writes into the
repository could read the agent's own credentials.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from halsync.secrets.base import Answer, Unavailable, by_content, by_key, fitting

if TYPE_CHECKING:
    from halsync.secrets.base import Context, Item, Wanted


class FileReader:
    """``halsync(file:PATH)``."""

    def __init__(self, context: Context) -> None:
        self._directories = [os.path.realpath(path) for path in context.settings.file_dirs]
        self._limit = context.limit

    def read(self, item: Item, keys: frozenset[str]) -> Answer:  # noqa: ARG002
        path = self._allowed(item.name)
        content = content_of(path, self._limit, item.name)
        return Answer({"": content}, by_content([content]))

    def version(self, item: Item, keys: frozenset[str]) -> str:
        return self.read(item, keys).version

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        return by_key(answer, wanted, f"the file {wanted.item.name}")

    def close(self) -> None:
        pass

    def _allowed(self, path: str) -> str:
        real = os.path.realpath(path)
        if any(real.startswith(f"{directory.rstrip('/')}/") for directory in self._directories):
            return real
        raise Unavailable(
            "denied",
            f"the file {path} is in none of the directories that references may name",
            f"add its directory to secrets.fileDirs: [{os.path.dirname(path)}]",
        )


class EnvironmentReader:
    """``halsync(env:NAME)``."""

    def __init__(self, context: Context) -> None:
        self._patterns = context.settings.variables

    def read(self, item: Item, keys: frozenset[str]) -> Answer:  # noqa: ARG002
        value = os.environb[os.fsencode(self._allowed(item.name))]
        return Answer({"": value}, by_content([value]))

    def version(self, item: Item, keys: frozenset[str]) -> str:
        return self.read(item, keys).version

    def _allowed(self, name: str) -> str:
        from fnmatch import fnmatchcase

        if not any(fnmatchcase(name, pattern) for pattern in self._patterns):
            raise Unavailable(
                "denied",
                f"the variable {name} is none of those that references may name",
                f"add it to secrets.env: [{name}]",
            )
        if name not in os.environ:
            raise Unavailable(
                "missing",
                f"the environment variable {name} is not set",
                f"set {name} in halsync's container, from a Kubernetes Secret for instance",
            )
        return name

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        return by_key(answer, wanted, f"the variable {wanted.item.name}")

    def close(self) -> None:
        pass


def content_of(path: str, limit: int, shown: str) -> bytes:
    """The content of a regular file.

    Raises:
        Unavailable: it is not there, may not be read, or is too large.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise Unavailable("unfit", f"{shown} is no regular file", "name a file")
        with open(path, "rb") as stream:
            content = stream.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Unavailable(
            "missing", f"there is no file {shown}", "mount it there, or correct the reference"
        ) from None
    except OSError as error:
        raise Unavailable(
            "denied",
            f"cannot read the file {shown}: {(error.strerror or 'unreadable').lower()}",
            "mount it readable by the user halsync runs as (fsGroup, defaultMode)",
        ) from None
    return fitting(content, limit, f"the file {shown}")
