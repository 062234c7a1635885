"""A consistent look at a tree of secrets.

Servers have no transactions across secrets. What is listed, then read at the listed versions,
then found unchanged by a second listing, was all there at one moment in between. If the second
listing differs, all of it starts again.
"""

from __future__ import annotations

from halsync.clients.threads import Aside
from halsync.errors import AccessDenied, SourceNotFound, SourceUnreachable
from halsync.records import NamedTuple
from halsync.sources.vault.listing import (
    Listing,
    Unpinned,
    ask_versions,
    list_secrets,
    revision_by_content,
    revision_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.clients.vault import Kv, Secret
    from halsync.settings.vault import VaultSettings

_ATTEMPTS = 5
_NAMED = 10
"""Paths that a message names at most."""


class Read(NamedTuple):
    """All secrets that are wanted, as they were at one moment."""

    revision: str
    secrets: Mapping[str, Secret]
    gone: Mapping[str, str]
    """See :class:`~halsync.sources.vault.listing.Listing`."""


class Reader:
    """Reads below some roots of one engine."""

    def __init__(
        self,
        kv: Kv,
        roots: tuple[str, ...],
        settings: VaultSettings,
        deadline: float,
        check: Callable[[list[str]], None],
    ) -> None:
        """``check`` is told the paths before they are read, and may refuse."""
        self._kv = kv
        self._roots = roots
        self._settings = settings
        self._deadline = deadline
        self._check = check

    def revision(self) -> str:
        """Of what is there now; content is read only where nothing less tells."""
        self._look_ahead()
        if self._kv.mount.version == 1:
            return revision_by_content(self._read_plain().values(), self._kv.mount.key)
        listing = self._list()
        if isinstance(listing, Unpinned):
            listing = self._versions(listing.paths)
        return revision_of(listing.picked)

    def read(self) -> Read:
        """Everything, until two looks agree.

        Raises:
            SourceUnreachable: they never do.
        """
        self._look_ahead()
        for _ in range(_ATTEMPTS):
            found = self._plain() if self._kv.mount.version == 1 else self._versioned()
            if found is not None:
                return found
        raise SourceUnreachable(
            "the secrets keep changing while they are being read",
            where=self._kv.where,
            hint="let whatever writes there finish",
        )

    def _look_ahead(self) -> None:
        for root in self._roots:
            self._kv.look_ahead(root, own=bool(root) and self._settings.layout != "file")

    def _plain(self) -> Read | None:
        """Version 1: what is read twice must be the same."""
        first = self._read_plain()
        second = self._read_plain()
        if first != second:
            return None
        return Read(revision_by_content(first.values(), self._kv.mount.key), first, {})

    def _read_plain(self) -> dict[str, Secret]:
        listing = self._list()
        paths = listing.paths if isinstance(listing, Unpinned) else sorted(listing.picked)
        self._check(paths)
        secrets, _ = self._values(dict.fromkeys(paths, 0))
        return secrets

    def _versioned(self) -> Read | None:
        first = self._list()
        if isinstance(first, Unpinned):
            return self._unpinned(first.paths)
        self._check(sorted(first.picked))
        wanted = {path: version for path, (version, _) in first.picked.items()}
        again = Aside(self._list)
        secrets, missing = self._values(wanted)
        if missing or again.result(self._deadline) != first:
            return None
        return Read(revision_of(first.picked), secrets, first.gone)

    def _unpinned(self, paths: list[str]) -> Read | None:
        """Read, which tells the versions; then ask for the versions alone."""
        self._check(paths)
        secrets, missing = self._values(dict.fromkeys(paths, self._settings.version))
        picked = {path: (secret.version, secret.created) for path, secret in secrets.items()}
        again = self._list()
        if not isinstance(again, Unpinned) or again.paths != paths:
            return None
        listing = self._versions(paths)
        if listing.picked != picked:
            return None
        return Read(revision_of(picked), secrets, {**missing, **listing.gone})

    def _versions(self, paths: list[str]) -> Listing:
        """Their metadata, or, where that is forbidden, their content."""
        try:
            return ask_versions(self._kv, paths, self._roots, self._settings, self._deadline)
        except AccessDenied:
            secrets, gone = self._values(dict.fromkeys(paths, self._settings.version))
            picked = {path: (each.version, each.created) for path, each in secrets.items()}
            return Listing(picked, gone)

    def _list(self) -> Listing | Unpinned:
        return list_secrets(self._kv, self._roots, self._settings, self._deadline)

    def _values(self, wanted: Mapping[str, int]) -> tuple[dict[str, Secret], dict[str, str]]:
        """The secrets, and those that are gone (path → ``deleted``).

        Raises:
            AccessDenied: names the secrets that may not be read.
            SourceNotFound: a pinned version is not there.
        """
        secrets: dict[str, Secret] = {}
        gone: dict[str, str] = {}
        denied: dict[str, AccessDenied] = {}
        for outcome in self._kv.read_many(wanted.items()):
            path = outcome.item[0]
            try:
                secrets[path] = outcome.value
            except SourceNotFound:
                if self._settings.version and path not in self._roots:
                    raise
                gone[path] = "deleted"
            except AccessDenied as error:
                # The root of a tree of files is no secret, and needs no right.
                if path not in self._roots or self._settings.layout == "directory":
                    denied[path] = error
        if denied:
            raise _denied(denied, len(wanted))
        return secrets, {path: word for path, word in gone.items() if path not in self._roots}


def _denied(denied: Mapping[str, AccessDenied], among: int) -> AccessDenied:
    """One error for all of them, with the line that each needs in the policy."""
    if len(denied) == 1:
        return next(iter(denied.values()))
    first = next(iter(denied.values()))
    names = ", ".join(repr(path) for path in list(denied)[:_NAMED])
    more = f" and {len(denied) - _NAMED} more" if len(denied) > _NAMED else ""
    return AccessDenied(
        f"not allowed to read {len(denied)} of {among} secrets: {names}{more}",
        where=first.where,
        hint=first.hint + " (and the same for the others, or one line with * at its end)",
    )
