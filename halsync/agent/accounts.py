"""``accounts sync``: the kubeconfigs that dynamic accounts name, from Secrets into a directory.

An account says ``kubeconfigFile: /opsmx/prod``: the file holds what the Secret ``prod`` holds
under its only key. ``/opsmx/prod/admin.conf`` is its key ``admin.conf``.
"""

from __future__ import annotations

import time

from halsync.agent.account_names import Wanted, problem_at, wanted_by
from halsync.agent.patience import patiently
from halsync.agent.secret_settings import cluster_of
from halsync.errors import ConfigError, HalsyncError, RenderError
from halsync.model import Problem, problem_order
from halsync.records import NamedTuple
from halsync.settings.manifests import AccountsSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halsync.agent.account_files import Written
    from halsync.agent.report import Report
    from halsync.clients.kubernetes.api import Api
    from halsync.clients.threads import Outcome
    from halsync.model import SourceState, Tree
    from halsync.settings.model import Settings

    Data = Mapping[str, bytes]

_LARGEST_ID = 2**32 - 2


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
    wanted, problems = wanted_by(own, tree)
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
        secrets = _secrets(settings, api, {item.secret for item in wanted})
        for item in wanted:
            content = _content(item, secrets[item.secret], api.namespace)
            if isinstance(content, Problem):
                lost.append(item.name)
                problems.append(content)
            else:
                files[item.name] = content
    finally:
        if given is None:
            api.close()
    return files, lost, problems


def _secrets(settings: Settings, api: Api, names: set[str]) -> Mapping[str, Outcome[str, Data]]:
    """Each Secret, or why it cannot be had.

    Raises:
        TransientError: not all answers came within the settings' time.
    """
    from halsync.clients.kubernetes.secrets import read_secret
    from halsync.clients.threads import parallel

    def work(name: str) -> Data:
        return read_secret(api, name).data

    def once() -> list[Outcome[str, Data]]:
        return parallel(work, sorted(names), time.monotonic() + settings.timeout)

    return {outcome.item: outcome for outcome in patiently(settings, once)}


def _content(item: Wanted, found: Outcome[str, Data], namespace: str) -> bytes | Problem:
    """One file; a Problem where a person has to do something."""
    from halsync.clients.kubernetes.failures import ObjectNotFound
    from halsync.errors import AccessDenied
    from halsync.paths import nearest

    secret, _, key = item.name.partition("/")
    try:
        data = found.value
    except ObjectNotFound:
        message = f"there is no Secret {secret} in namespace {namespace}"
        hint = f"kubectl -n {namespace} create secret generic {secret} --from-file=config=FILE"
        return problem_at(item, "HAL0263", message, hint)
    except AccessDenied as error:
        return problem_at(item, "HAL0264", error.message, error.hint)
    names = sorted(data)
    if not key and len(names) == 1:
        key = names[0]
    if not key:
        message = f"Secret {secret} has {len(names)} keys, and the account does not say which"
        hint = f"write …/{secret}/KEY; it has: {', '.join(names[:8]) or 'none'}"
        return problem_at(item, "HAL0263", message, hint)
    if key not in data:
        near = nearest(key, names)
        hint = f"did you mean {near}?" if near else f"it has: {', '.join(names[:8]) or 'none'}"
        return problem_at(item, "HAL0263", f"Secret {secret} has no key {key}", hint)
    if not data[key].strip():
        return problem_at(item, "HAL0268", f"Secret {secret}, key {key}, is empty", "fill it")
    return data[key]


def _foreign(item: Wanted, own: AccountsSettings) -> Problem:
    message = f"{own.directory}/{item.name} is there already, and halsync did not write it"
    return problem_at(item, "HAL0266", message, "move it away")


def _group(name: str) -> int:
    """Number of a group, -1 for none.

    Raises:
        ConfigError: there is no such group.
    """
    if not name:
        return -1
    if name.isascii() and name.isdigit():
        if int(name) > _LARGEST_ID:
            raise ConfigError(
                f"there cannot be a group {name}",
                where="accounts.group",
                hint=f"numbers of groups go to {_LARGEST_ID}",
            )
        return int(name)
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ConfigError(
            f"there is no group {name}", where="accounts.group", hint="use its number"
        ) from None
