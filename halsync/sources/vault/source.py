"""The Vault source; see docs/sources.md."""

from __future__ import annotations

import os

from halsync.clients.threads import Aside
from halsync.clients.vault import connect
from halsync.errors import SourceNotFound
from halsync.model import Snapshot
from halsync.paths import join
from halsync.sources.entries import Entries
from halsync.sources.vault.layout import add, detect
from halsync.sources.vault.reading import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.clients.vault import Kv
    from halsync.settings.vault import VaultSettings
    from halsync.sources.base import Context
    from halsync.sources.vault.reading import Read


class VaultSource:
    """A tree of secrets; fulfils :class:`halsync.sources.base.Source`."""

    def __init__(self, options: VaultSettings, context: Context) -> None:
        self._options = options
        self._context = context
        self._client = connect(options.connection, context.deadline)
        self._early: Aside[Read] | None = None

    def begin(self) -> None:
        """Read in a thread; hvac is loaded there, too."""
        if self._early is None:
            self._early = Aside(self._reader().read)

    def renew(self, deadline: float) -> None:
        """Begin another round; the login lasts as long as its token does."""
        self._context = self._context._replace(deadline=deadline)
        self._client.renew(deadline)
        self._early = None

    def revision(self) -> str:
        """A digest of paths and versions: one request where the server can list a whole tree."""
        return Aside(self._reader().revision).result(self._context.deadline)

    def fetch(self) -> Snapshot:
        """Read everything at one moment, and make files of it."""
        early, self._early = self._early, None
        read = early.result(self._context.deadline) if early else self._reader().read()
        self._check_roots(read)
        options = self._options
        entries = Entries(self._context.name, read.revision, self._context.limits)
        secrets = [read.secrets[path] for path in sorted(read.secrets)]
        layout = options.layout if options.layout != "auto" else detect(secrets, entries)
        add(secrets, layout, entries)
        files, dangling = entries.finish()
        location, ref = options.asked_for()
        return Snapshot(
            "vault",
            join(location, os.path.commonpath(self._context.paths)),
            ref,
            read.revision,
            # Nobody puts into a vault what everybody may read.
            {path: file._replace(secret=True) for path, file in files.items()},
            dangling,
            _details(layout, read),
        )

    def close(self) -> None:
        """Drop the connections."""
        self._early = None
        self._client.close()

    def _reader(self) -> Reader:
        return Reader(
            self._kv,
            self._context.paths,
            self._options,
            self._context.deadline,
            self._check_count,
        )

    @property
    def _kv(self) -> Kv:
        return self._client.kv(self._options.mount, self._options.kv_version)

    def _check_count(self, paths: list[str]) -> None:
        """Refuse too many before they are read; content is checked as for any source."""
        limit = self._context.limits.files
        if len(paths) <= limit:
            return
        entries = Entries(self._context.name, "", self._context.limits)
        entries.refuse(
            paths[limit],
            f"more than {limit} files",
            "point the source at a sub-path, or raise limits.files",
            code="HAL0104",
        )
        entries.finish()

    def _check_roots(self, read: Read) -> None:
        """Every sub-path that is wanted must hold something."""
        for root in self._context.paths:
            inside = f"{root}/" if root else ""
            if any(path == root or path.startswith(inside) for path in read.secrets):
                continue
            name = self._kv.named(root)
            lost = [path for path in read.gone if path.startswith(inside)]
            if lost:
                raise SourceNotFound(
                    f"all secrets below {name} were deleted ({len(lost)})",
                    where=self._options.connection.address,
                    hint="bring them back with 'kv undelete', or write them anew",
                )
            raise SourceNotFound(
                f"there is no secret below {name}",
                where=self._options.connection.address,
                hint=self._kv.neighbours(root) if root else "check vault.mount and vault.path",
            )


def _details(layout: str, read: Read) -> dict[str, str]:
    details = {"layout": layout}
    for word in read.gone.values():
        details[word] = str(int(details.get(word, "0")) + 1)
    return details


def open_source(options: VaultSettings, context: Context) -> VaultSource:
    """Make the source. Nothing is asked yet.

    Raises:
        ConfigError: the mount is empty.
    """
    return VaultSource(options, context)
