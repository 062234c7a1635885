"""``accounts sync``: the kubeconfigs that dynamic accounts name, from Secrets into a directory.

An account says ``kubeconfigFile: /opsmx/prod``: the file holds what the Secret ``prod`` holds
under its only key. ``/opsmx/prod/admin.conf`` is its key ``admin.conf``.
"""

from __future__ import annotations

from halsync.agent.patience import patiently
from halsync.agent.secret_settings import cluster_of
from halsync.errors import ConfigError, HalsyncError, RenderError
from halsync.formats.globs import matching
from halsync.model import Problem, problem_order
from halsync.records import NamedTuple
from halsync.settings.manifests import AccountsSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from halsync.agent.account_files import Written
    from halsync.agent.report import Report
    from halsync.clients.kubernetes.api import Api
    from halsync.model import File, SourceState, Tree
    from halsync.settings.model import Settings

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


class Synced(NamedTuple):
    """One turn."""

    files: Written
    problems: Sequence[Problem]
    """Accounts whose file cannot be had; what was there for them stays."""
    sources: tuple[SourceState, ...]


def sync(settings: Settings, report: Report, api: Api | None = None) -> Synced:
    """Fetch the sources, read the Secrets, write the files.

    Args:
        settings: with ``accounts.directory``.
        report: is told what was done.
        api: used instead of one of its own.

    Raises:
        ConfigError: no directory is configured.
        HalsyncError: whatever fetching raises; the cluster cannot be reached; the directory
            cannot be written. Files that were there stay.
    """
    own = settings.accounts or AccountsSettings()
    if not own.directory:
        raise ConfigError(
            "nothing says where the kubeconfigs go",
            hint="give --directory DIR (accounts.directory)",
        )
    tree, states = _tree(settings, report)
    wanted, problems = _wanted(own, tree)
    unreadable = any(problem.group == "parse" for problem in problems)
    files, lost, more = _read(settings, wanted, api)
    from halsync.agent.account_files import write

    done = write(
        own.directory,
        files,
        keep=frozenset(lost),
        # A file that cannot be read names accounts that are not known now.
        remove=not unreadable,
        mode=own.mode,
        group=_group(own.group),
        lock_timeout=settings.publish.lock_timeout,
    )
    problems += more
    problems += [_foreign(item, own) for item in wanted if item.name in done.foreign]
    report(
        "accounts_synced",
        directory=own.directory,
        accounts=len(wanted),
        written=done.written,
        removed=done.removed,
        missing=len(problems),
    )
    return Synced(done, sorted(set(problems), key=problem_order), states)


def failure(synced: Synced) -> HalsyncError | None:
    """The error that a turn ends with, if accounts lack their files."""
    if not synced.problems:
        return None
    return RenderError(
        "the kubeconfigs of some accounts cannot be had",
        synced.problems,
        hint="correct what is listed above; the other accounts have theirs",
    )


def _tree(settings: Settings, report: Report) -> tuple[Tree, tuple[SourceState, ...]]:
    from halsync.agent.fetching import fetching
    from halsync.settings.secrets import without_access

    with fetching(without_access(settings), report) as running:
        from halsync.agent.pipeline import make, states

        made = make(without_access(settings), running, report)
    return made.rendered.tree, states(made.fetched)


def _wanted(own: AccountsSettings, tree: Tree) -> tuple[list[Wanted], list[Problem]]:
    """The files below the directory that accounts name, each name once, and what is wrong."""
    from halsync.formats.yaml import parse

    found: dict[str, Wanted] = {}
    problems: list[Problem] = []
    paths = {path for pattern in own.files for path in matching(pattern, tree.files)}
    for path in sorted(paths):
        file = tree.files[path]
        parsed = parse(file.content)
        if parsed.failed:
            issue = next(item for item in parsed.issues if item.severity == "error")
            problems.append(
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
            continue
        for document in parsed.documents:
            for at, value in _values(document.value, ()):
                mark = document.locate(at)
                line = parsed.lines.line(mark.line)
                place = Wanted("", path, mark.line, mark.column, line, file)
                _one(own, place, value, found, problems)
    return list(found.values()), problems


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


def _one(
    own: AccountsSettings,
    place: Wanted,
    value: str,
    found: dict[str, Wanted],
    problems: list[Problem],
) -> None:
    from halsync.clients.kubernetes.paths import legal_key, legal_name

    seen_as = (own.seen_as or own.directory).rstrip("/") + "/"
    if not value.startswith(seen_as):
        return
    name = value.removeprefix(seen_as)
    secret, _, key = name.partition("/")
    if not legal_name(secret) or (key and not legal_key(key)) or name.endswith("/"):
        message = f"{value[:200]!r} names no Secret"
        hint = f"write {seen_as}SECRET, or {seen_as}SECRET/KEY"
        problems.append(_problem(place, "HAL0260", message, hint))
        return
    clash = next(
        (other for other in found if other.startswith(f"{name}/") or name.startswith(f"{other}/")),
        None,
    )
    if clash:
        message = f"{value}: {seen_as}{clash} is named too, and a path is a file or a directory"
        problems.append(_problem(place, "HAL0266", message, "write SECRET/KEY in both places"))
        return
    found.setdefault(name, place._replace(name=name))


def _read(
    settings: Settings, wanted: Sequence[Wanted], given: Api | None
) -> tuple[Mapping[str, bytes], list[str], list[Problem]]:
    """Contents by name, the names that cannot be had, and why."""
    if not wanted:
        return {}, [], []
    from halsync.clients.kubernetes import connect

    api = given or connect(cluster_of(settings))
    files: dict[str, bytes] = {}
    lost: list[str] = []
    problems: list[Problem] = []
    try:
        for item in wanted:
            content = patiently(settings, lambda item=item: _content(api, item))  # type: ignore[misc]
            if isinstance(content, Problem):
                lost.append(item.name)
                problems.append(content)
            else:
                files[item.name] = content
    finally:
        if given is None:
            api.close()
    return files, lost, problems


def _content(api: Api, item: Wanted) -> bytes | Problem:
    """One file; a Problem where a person has to do something."""
    from halsync.clients.kubernetes.failures import ObjectNotFound
    from halsync.clients.kubernetes.secrets import read_secret
    from halsync.errors import AccessDenied
    from halsync.paths import nearest

    secret, _, key = item.name.partition("/")
    try:
        data = read_secret(api, secret).data
    except ObjectNotFound:
        message = f"there is no Secret {secret} in namespace {api.namespace}"
        hint = f"kubectl -n {api.namespace} create secret generic {secret} --from-file=config=FILE"
        return _problem(item, "HAL0263", message, hint)
    except AccessDenied as error:
        return _problem(item, "HAL0264", error.message, error.hint)
    names = sorted(data)
    if not key and len(names) == 1:
        key = names[0]
    if not key:
        message = f"Secret {secret} has {len(names)} keys, and the account does not say which"
        hint = f"write …/{secret}/KEY; it has: {', '.join(names[:8]) or 'none'}"
        return _problem(item, "HAL0263", message, hint)
    if key not in data:
        near = nearest(key, names)
        hint = f"did you mean {near}?" if near else f"it has: {', '.join(names[:8]) or 'none'}"
        return _problem(item, "HAL0263", f"Secret {secret} has no key {key}", hint)
    if not data[key].strip():
        return _problem(item, "HAL0268", f"Secret {secret}, key {key}, is empty", "fill it")
    return data[key]


def _foreign(item: Wanted, own: AccountsSettings) -> Problem:
    message = f"{own.directory}/{item.name} is there already, and halsync did not write it"
    return _problem(item, "HAL0266", message, "move it away")


def _problem(place: Wanted, code: str, message: str, hint: str) -> Problem:
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


def _group(name: str) -> int:
    """Number of a group, -1 for none.

    Raises:
        ConfigError: there is no such group.
    """
    if not name:
        return -1
    if name.isdigit():
        return int(name)
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ConfigError(
            f"there is no group {name}", where="accounts.group", hint="use its number"
        ) from None
