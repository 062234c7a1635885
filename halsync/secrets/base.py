"""What is wanted, what came of it, and what every engine can do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, Protocol

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halsync.settings.cluster import ClusterSettings
    from halsync.settings.secrets import SecretsSettings

Engine = Literal["kubernetes", "vault", "s3", "secrets-manager", "file", "env"]
Cause = Literal["missing", "denied", "unreachable", "unfit"]


class Item(NamedTuple):
    """What is read at once: a Secret, a path of Vault, an object, a file, a variable."""

    engine: Engine
    name: str
    options: tuple[tuple[str, str], ...] = ()
    """What else it takes to find it, sorted: region and bucket, Vault's mount."""

    def option(self, name: str) -> str:
        """One of the options; empty if it is not given."""
        return dict(self.options).get(name, "")


class Wanted(NamedTuple):
    """One value."""

    item: Item
    key: str = ""
    """Key in the Secret; empty: the whole of it."""
    base64: bool = False
    """The value is base64 of what is meant."""


class Failure(NamedTuple):
    """Why a value cannot be had."""

    cause: Cause
    message: str
    hint: str = ""


class Unavailable(Exception):
    """A :class:`Failure` on its way."""

    def __init__(self, cause: Cause, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.failure = Failure(cause, message, hint)


BY_CONTENT = "content:"
"""In a version that is made of the values, because nothing counts them. It stays in the process:
whoever sees it could try out what a short secret may be."""


def by_content(values: Iterable[bytes]) -> str:
    """The version of what has none. It is the same in every pod, unlike a file's inode, so that
    what took Halyard down in one is known in the next."""
    from hashlib import sha256

    digests = b"".join(sha256(value).digest() for value in values)
    return BY_CONTENT + sha256(digests).hexdigest()


class Answer(NamedTuple):
    """An item as it was at one moment."""

    values: Mapping[str, bytes]
    """By key; a file, an object or a variable has one, under an empty key."""
    version: str
    """Another one whenever the values may be others; may hold :data:`BY_CONTENT`."""


class Resolved(NamedTuple):
    """What came of a look at all that is wanted."""

    values: Mapping[Wanted, bytes]
    failures: Mapping[Wanted, Failure]
    versions: Mapping[Item, str]
    """Of everything that could be read."""


class Context(NamedTuple):
    """What engines work with."""

    settings: SecretsSettings
    cluster: ClusterSettings
    limit: int
    """Bytes that one value may have."""
    deadline: float
    """``time.monotonic()`` value at which all network work must be over."""


class Reader(Protocol):
    """One engine. Its methods may be called by several threads at once.

    They raise :class:`Unavailable`, or :class:`halsync.errors.HalsyncError`: transient ones are
    tried again.
    """

    def read(self, item: Item, keys: frozenset[str]) -> Answer:
        """The item; values of other keys may be left out."""

    def version(self, item: Item, keys: frozenset[str]) -> str:
        """The version that :meth:`read` would give, without the values where that can be."""

    def pick(self, answer: Answer, wanted: Wanted) -> bytes:
        """One value of an item. Raises only :class:`Unavailable`."""

    def close(self) -> None:
        """Drop connections."""


def by_key(answer: Answer, wanted: Wanted, what: str) -> bytes:
    """The value of a key, or why there is none.

    Args:
        what: the item as messages name it: ``Secret minio``.
    """
    from halsync.paths import nearest

    if wanted.key in answer.values:
        return answer.values[wanted.key]
    names = sorted(answer.values)
    near = nearest(wanted.key, names)
    hint = f"did you mean {near}?" if near else f"it has: {', '.join(names[:8]) or 'no keys'}"
    raise Unavailable("missing", f"{what} has no key {wanted.key}", hint)


def fitting(content: bytes, limit: int, what: str) -> bytes:
    """``content``, unless it is too large."""
    if len(content) <= limit:
        return content
    raise Unavailable(
        "unfit",
        f"{what} has more than {limit} bytes",
        "is that a secret? If so raise limits.fileBytes",
    )


def as_bytes(value: object) -> bytes:
    """A value of a JSON or YAML document; what is no text is written as JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
