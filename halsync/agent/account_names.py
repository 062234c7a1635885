"""Which kubeconfigs the accounts of a tree name, and where."""

from __future__ import annotations

from halsync.errors import RenderError
from halsync.formats.globs import matching
from halsync.model import Problem
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from halsync.model import File, Tree
    from halsync.settings.manifests import AccountsSettings

_KEY = "kubeconfigFile"


class Wanted(NamedTuple):
    """One file that an account names."""

    name: str
    """Below the directory: ``prod`` or ``prod/admin.conf``."""
    file: str
    line: int
    column: int
    excerpt: str
    origin: File

    @property
    def secret(self) -> str:
        """Name of the Secret that holds it."""
        return self.name.partition("/")[0]


def wanted_by(own: AccountsSettings, tree: Tree) -> tuple[list[Wanted], list[Problem]]:
    """The files below the directory that accounts name, each name once, and what is wrong.

    Raises:
        RenderError: there is no file that could name any.
    """
    found = _Found(own)
    paths = {path for pattern in own.files for path in matching(pattern, tree.files)}
    if not paths:
        # More likely a slip than the end of all accounts, whose files would be removed.
        raise RenderError(
            f"the sources bring no file that could name accounts ({', '.join(own.files)})",
            (),
            hint="correct accounts.files, or the path of the source; what was there stays",
        )
    for path in sorted(paths):
        found.file(path, tree.files[path])
    return list(found.wanted.values()), found.problems


class _Found:
    def __init__(self, own: AccountsSettings) -> None:
        self.wanted: dict[str, Wanted] = {}
        self.problems: list[Problem] = []
        self._seen_as = (own.seen_as or own.directory).rstrip("/") + "/"
        self._inside: dict[str, str] = {}
        """Directory → the first file in it."""

    def file(self, path: str, file: File) -> None:
        """Take in what one file names."""
        from halsync.formats.yaml import parse

        parsed = parse(file.content)
        if parsed.failed:
            issue = next(item for item in parsed.issues if item.severity == "error")
            self.problems.append(
                Problem(
                    {"encoding": "HAL0003", "size": "HAL0006"}.get(issue.kind, "HAL0001"),
                    "parse",
                    "error",
                    issue.message,
                    issue.hint,
                    path,
                    issue.line,
                    issue.column,
                    origin=file.origin,
                )
            )
        for document in () if parsed.failed else parsed.documents:
            for at, value in _values(document.value, ()):
                mark = document.locate(at)
                line = parsed.lines.line(mark.line)
                self._one(Wanted("", path, mark.line, mark.column, line, file), value)

    def _one(self, place: Wanted, value: str) -> None:
        from halsync.clients.kubernetes.paths import legal_key, legal_name

        if not value.startswith(self._seen_as):
            return
        name = value.removeprefix(self._seen_as)
        secret, _, key = name.partition("/")
        if not legal_name(secret) or (key and not legal_key(key)) or name.endswith("/"):
            message = f"{value[:200]!r} names no Secret"
            hint = f"write {self._seen_as}SECRET, or {self._seen_as}SECRET/KEY"
            self.problems.append(problem_at(place, "HAL0260", message, hint))
            return
        clash = secret if key and secret in self.wanted else self._inside.get(name, "")
        if clash:
            clashing = f"{self._seen_as}{clash}"
            message = f"{value}: {clashing} is named too, and a path is a file or a directory"
            hint = "write SECRET/KEY in both places"
            self.problems.append(problem_at(place, "HAL0266", message, hint))
            return
        self.wanted.setdefault(name, place._replace(name=name))
        if key:
            self._inside.setdefault(secret, name)


def _values(value: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every kubeconfigFile with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == _KEY and isinstance(item, str):
                yield (*at, key), item
            else:
                yield from _values(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, (*at, index))


def problem_at(place: Wanted, code: str, message: str, hint: str) -> Problem:
    """What is wrong with an account, where it is named."""
    return Problem(
        code,
        "render",
        "error",
        message,
        hint,
        place.file,
        place.line,
        place.column,
        excerpt=place.excerpt,
        origin=place.origin.origin,
    )
