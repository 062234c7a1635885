"""Asking the engines: every item once, in parallel, with retries up to the deadline."""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from halsync.clients.threads import parallel
from halsync.errors import (
    AccessDenied,
    ConfigError,
    HalsyncError,
    SourceNotFound,
    SourceUnreachable,
    TransientError,
)
from halsync.redact import register, slow_digest
from halsync.secrets.base import BY_CONTENT, Answer, Failure, Item, Resolved, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from halsync.secrets.base import Context, Reader, Wanted

_READERS = {
    "kubernetes": ("halsync.secrets.kubernetes", "ApiReader"),
    "mounted": ("halsync.secrets.kubernetes", "MountedReader"),
    "vault": ("halsync.secrets.vault", "VaultReader"),
    "s3": ("halsync.secrets.aws", "S3Reader"),
    "secrets-manager": ("halsync.secrets.aws", "SecretsManagerReader"),
    "file": ("halsync.secrets.local", "FileReader"),
    "env": ("halsync.secrets.local", "EnvironmentReader"),
}
"""Engine → module and class; loaded when needed."""

_FIRST_WAIT = 0.2
_LONGEST_WAIT = 5.0

Result = TypeVar("Result")


def resolve(wanted: Iterable[Wanted], context: Context) -> Resolved:
    """Every value that can be had, and why the others cannot.

    Values are registered for redaction.

    Raises:
        ConfigError: an engine is not configured, or its library is not installed.
    """
    with Session(context) as session:
        return session.resolve(wanted)


def versions(wanted: Iterable[Wanted], context: Context) -> str:
    """A digest that changes when any of the values may have changed; empty if nothing is wanted.

    It is made of versions, never of values, and is the :func:`revision` of what
    :func:`resolve` gives at the same moment.

    Raises:
        SourceUnreachable: an engine does not answer, so that nobody knows.
        ConfigError: an engine is not configured, or its library is not installed.
    """
    with Session(context) as session:
        return session.versions(wanted)


def revision(found: Mapping[Item, str]) -> str:
    """One digest for the versions of many items; empty for none.

    It leaves the pod. Where it is made of values, each try to guess them takes as long as this.
    """
    if not found:
        return ""
    from hashlib import sha256

    lines = sorted(f"{item.engine}\0{item.name}\0{item.options}\0{found[item]}" for item in found)
    whole = sha256("\n".join(lines).encode("utf-8", "surrogateescape"))
    if not any(BY_CONTENT in version for version in found.values()):
        return whole.hexdigest()
    return slow_digest(whole.digest())


class Session:
    """The engines of one run; what was read once is not asked for again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._readers: dict[str, Reader | Failure] = {}
        self._known: dict[tuple[Item, frozenset[str]], Answer | Failure] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers.values():
            if not isinstance(reader, Failure):
                reader.close()

    def resolve(self, wanted: Iterable[Wanted]) -> Resolved:
        """See :func:`resolve`."""
        everything = list(dict.fromkeys(wanted))
        answers = self._read(_keys(everything))
        found: Resolved = Resolved({}, {}, {})
        values, failures, versions = {}, {}, {}
        for one in everything:
            answer = answers[one.item]
            if isinstance(answer, Failure):
                failures[one] = answer
                continue
            versions[one.item] = answer.version
            try:
                values[one] = self._value(answer, one)
            except Unavailable as unavailable:
                failures[one] = unavailable.failure
        return found._replace(values=values, failures=failures, versions=versions)

    def versions(self, wanted: Iterable[Wanted]) -> str:
        """See :func:`versions`."""
        keys = _keys(wanted)
        readers = {item: self._reader(item) for item in keys}

        def ask(item: Item) -> str | Failure:
            reader = readers[item]
            if isinstance(reader, Failure):
                return reader
            return self._tried(lambda: reader.version(item, keys[item]))

        found = self._all(ask, list(keys))
        for told in found.values():
            if isinstance(told, Failure) and told.cause == "unreachable":
                raise SourceUnreachable(told.message, where="secret references", hint=told.hint)
        # What is missing or denied counts with that: it is a change when it comes and goes.
        return revision(
            {
                item: f"!{told.cause}" if isinstance(told, Failure) else told
                for item, told in found.items()
            }
        )

    def _read(self, keys: Mapping[Item, frozenset[str]]) -> dict[Item, Answer | Failure]:
        todo = [item for item in keys if (item, keys[item]) not in self._known]
        readers = {item: self._reader(item) for item in todo}

        def read(item: Item) -> Answer | Failure:
            reader = readers[item]
            if isinstance(reader, Failure):
                return reader
            return self._tried(lambda: reader.read(item, keys[item]))

        for item, answer in self._all(read, todo).items():
            self._known[item, keys[item]] = answer
        return {item: self._known[item, keys[item]] for item in keys}

    def _value(self, answer: Answer, wanted: Wanted) -> bytes:
        reader = self._reader(wanted.item)
        if isinstance(reader, Failure):
            raise Unavailable(reader.cause, reader.message, reader.hint)
        value = reader.pick(answer, wanted)
        register(value.decode("utf-8", "surrogateescape"))
        if wanted.base64:
            from base64 import b64decode

            try:
                value = b64decode(value, validate=True)
            except ValueError:
                message = f"the value of {wanted.item.name} is not base64"
                raise Unavailable("unfit", message, "leave the parameter b out") from None
            register(value.decode("utf-8", "surrogateescape"))
        return value

    def _all(
        self, work: Callable[[Item], Result | Failure], items: list[Item]
    ) -> dict[Item, Result | Failure]:
        done: dict[Item, Result | Failure] = {}

        def keep(item: Item) -> None:
            done[item] = work(item)

        try:
            for outcome in parallel(keep, items, self._context.deadline):
                _ = outcome.value
        except SourceUnreachable as late:
            for item in items:
                done.setdefault(item, Failure("unreachable", late.message, late.hint))
        return {item: done[item] for item in items}

    def _reader(self, item: Item) -> Reader | Failure:
        engine: str = item.engine
        if engine == "kubernetes" and self._context.settings.kubernetes == "mounted":
            engine = "mounted"
        if engine not in self._readers:
            module, name = _READERS[engine]
            try:
                made: Reader | Failure = getattr(import_module(module), name)(self._context)
            except ConfigError as error:
                error.where = error.where or f"secret references ({engine})"
                raise
            except HalsyncError as error:
                made = _failure(error)
            self._readers[engine] = made
        return self._readers[engine]

    def _tried(self, work: Callable[[], Result]) -> Result | Failure:
        """The result; transient failures are tried again until the deadline."""
        wait = _FIRST_WAIT
        while True:
            try:
                return work()
            except Unavailable as unavailable:
                return unavailable.failure
            except TransientError as error:
                pause = max(wait, float(getattr(error, "retry_after", 0.0)))
                if time.monotonic() + pause >= self._context.deadline:
                    return _failure(error)
                time.sleep(pause)
                wait = min(_LONGEST_WAIT, wait * 2)
            except ConfigError:
                raise
            except HalsyncError as error:
                return _failure(error)


def _keys(wanted: Iterable[Wanted]) -> dict[Item, frozenset[str]]:
    """Each item with the keys that are wanted of it, in order."""
    found: dict[Item, set[str]] = {}
    for one in wanted:
        found.setdefault(one.item, set()).add(one.key)
    return {item: frozenset(keys) for item, keys in found.items()}


def _failure(error: HalsyncError) -> Failure:
    """An error of a client as one of a reference."""
    message = f"{error.where}: {error.message}" if error.where else error.message
    if isinstance(error, AccessDenied):
        return Failure("denied", message, error.hint)
    if isinstance(error, SourceNotFound):
        return Failure("missing", message, error.hint)
    return Failure("unreachable", message, error.hint)
