"""From what the user calls a revision to the fetched object.

The order: a commit id of full length; a ref of that name (see ``refs``); a commit by the first
digits of its id.
"""

from __future__ import annotations

from halsync.errors import SourceNotFound
from halsync.paths import nearest
from halsync.records import NamedTuple
from halsync.redact import redact
from halsync.sources.git.names import SHORTEST_ID, is_full_id, is_short_id, is_too_short_id
from halsync.sources.git.refs import candidates, choose
from halsync.sources.git.session import Fetched, RefMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.sources.git.refs import Found
    from halsync.sources.git.session import Session, _Pending

_SHOWN = 8


class Resolved(NamedTuple):
    """The object that is to be read."""

    fetched: Fetched
    note: str
    """Worth telling the user; may be empty."""


def fetch_ref(session: Session, ref: str, pending: _Pending, watch: bool) -> Resolved:
    """Wait for ``pending``, which asks for ``spec_of(ref)``, and settle what ``ref`` means.

    Raises:
        SourceNotFound: there is no such ref or commit; names what there is.
        SourceUnreachable, AccessDenied, ConfigError: see ``failures``.
    """
    try:
        fetched = session.complete(pending, watch)
    except RefMissing:
        if is_full_id(ref) or is_short_id(ref):
            return Resolved(_by_id(session, ref.lower(), watch), "")
        raise unknown_ref(session, ref) from None
    if is_full_id(ref) or ref == "HEAD" or ref.startswith("refs/"):
        return Resolved(fetched, "")
    if fetched.described == f"branch '{ref}'":
        # git looks at tags before branches here: it took the branch, so there is no such tag.
        return Resolved(fetched, "")
    found = find_ref(session, ref)
    if found is None:
        raise unknown_ref(session, ref)
    if found.id != fetched.id:
        fetched = session.complete(session.start(found.name), watch)
    return Resolved(fetched, found.note)


def find_ref(session: Session, ref: str) -> Found | None:
    """Ask the remote which ref is meant; None if there is none. Raises like ``list_refs``."""
    names = candidates(ref)
    return choose(ref, session.list_refs(*names, *(f"{name}^{{}}" for name in names)))


def commit_of(session: Session, ref: str) -> str:
    """The commit that ``ref`` stands for now; nothing but a list of refs is transferred.

    Only for the first digits of a commit id the history is fetched. Raises like
    :func:`fetch_ref`.
    """
    if is_full_id(ref):
        return ref.lower()
    found = find_ref(session, ref)
    if found:
        return found.commit
    if is_short_id(ref):
        return _complete_id(session, session.fetch_history(), ref.lower())
    raise unknown_ref(session, ref)


def unknown_ref(session: Session, ref: str) -> SourceNotFound:
    """The error that says what there is instead; not raised. Raises like ``list_refs``."""
    where = redact(session.remote.url)
    names = [
        name.removeprefix("refs/heads/").removeprefix("refs/tags/")
        for name in session.list_refs()
        if name.startswith(("refs/heads/", "refs/tags/")) and not name.endswith("^{}")
    ]
    names = [name for name in dict.fromkeys(names) if name.isprintable()]
    page = "" if names else session.page()
    if page:
        from halsync.sources.git.failures import NOT_GIT, NOT_GIT_HINT

        return SourceNotFound(f"{NOT_GIT} ({page})", where=where, hint=NOT_GIT_HINT)
    if not names:
        return SourceNotFound(
            "the repository is empty: it has no branch yet",
            where=where,
            hint="push a first commit, then run halsync again",
        )
    near = nearest(ref, names)
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    if ref == "HEAD":
        return SourceNotFound(
            "the repository's default branch does not exist",
            where=where,
            hint=f"name a branch or tag in ref: {shown}",
        )
    hint = f"did you mean {near}? There are: {shown}" if near else f"there are: {shown}"
    if is_too_short_id(ref):
        hint = f"give at least {SHORTEST_ID} digits of a commit id; branches and tags: {shown}"
    return SourceNotFound(f"there is no branch, tag or commit {ref}", where=where, hint=hint)


def _by_id(session: Session, digits: str, watch: bool) -> Fetched:
    """A commit that the server does not hand out by these digits: from the whole history."""
    history = session.fetch_history()
    commit = _complete_id(session, history, digits)
    if session.local(history, "cat-file", "-e", f"{commit}^{{tree}}").code == 0:
        return Fetched(history, commit, "", False)
    try:
        return session.complete(session.start(commit), watch)
    except RefMissing:
        return Fetched(session.fetch_history(everything=True), commit, "", False)


def _complete_id(session: Session, repository: str, digits: str) -> str:
    """The one commit among those that are there whose id starts so."""
    where = redact(session.remote.url)
    listed = session.local(repository, "rev-parse", f"--disambiguate={digits}").stdout.decode()
    answer = session.local(
        repository,
        "cat-file",
        "--batch-check",
        stdin=listed.encode() or b"\n",
    )
    lines = answer.stdout.decode().splitlines()
    commits = [line.split()[0] for line in lines if line.split()[1:2] == ["commit"]]
    if len(commits) > 1:
        raise SourceNotFound(
            f"the commit id {digits} is ambiguous",
            where=where,
            hint=f"give more digits; it may be {', '.join(commits[:_SHOWN])}",
        )
    if not commits:
        raise SourceNotFound(
            f"no commit on any branch or tag has an id that starts with {digits}"
            if not is_full_id(digits)
            else f"the repository has no commit {digits}",
            where=where,
            hint="check the id; the commit may have been on a branch that was rewritten",
        )
    return commits[0]
