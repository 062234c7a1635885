"""Submodules: each fetched at the commit its parent pins, and walked as a part of it."""

from __future__ import annotations

import re

from halsync.errors import ConfigError
from halsync.paths import below, join
from halsync.settings.model import GitAuth
from halsync.sources.git.cat_file import ObjectReader
from halsync.sources.git.commits import read_commit
from halsync.sources.git.names import Remote, parse_url
from halsync.sources.git.resolve import fetch_ref
from halsync.sources.git.session import Fetched, Session
from halsync.sources.git.trees import Node, Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context
    from halsync.sources.entries import Entries

_MOST = 50
_DEEPEST = 5
_GITMODULES_BYTES = 1 << 20
_TREE = 0o040000

_REACHABLE = {
    "https": ("https", "ssh"),
    "ssh": ("ssh", "https"),
    "http": ("http", "https", "ssh"),
    "file": ("file", "http", "https", "ssh"),
}
"""Protocol of the parent → what its submodules may use. A server never sends us to local files,
nor from an encrypted connection to a plain one."""


class _Level:
    """A repository that takes part, and how it came to."""

    def __init__(self, mount: str, remote: Remote, commit: str, parent: _Level | None) -> None:
        self.mount = mount
        self.remote = remote
        self.commit = commit
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.urls: dict[str, str] | None = None
        self.readable = True
        """Whether ``urls`` are all that ``.gitmodules`` declares."""

    def in_chain(self, url: str, commit: str) -> bool:
        level: _Level | None = self
        while level:
            if (level.remote.url, level.commit) == (url, commit):
                return True
            level = level.parent
        return False


class Submodules:
    """Enters submodules on behalf of a :class:`Walker`."""

    def __init__(
        self,
        sessions: list[tuple[Session, Fetched]],
        readers: list[ObjectReader],
        options: GitSettings,
        context: Context,
        entries: Entries,
    ) -> None:
        """``sessions`` holds the source's own; each submodule adds one, as it adds a reader."""
        self.count = 0
        self._sessions = sessions
        self._readers = readers
        self._options = options
        self._context = context
        self._entries = entries
        session, fetched = sessions[0]
        self._levels = [_Level("", session.remote, fetched.id, None)]

    def enter(self, walker: Walker, path: str, node: Node) -> Node | None:
        """Fetch the submodule at ``path``: its root directory. None leaves it out.

        Raises:
            SourceUnreachable, SourceNotFound, AccessDenied, ConfigError: it cannot be fetched.
        """
        above = self._levels[node.repository]
        if above.depth and self._options.submodules == "shallow":
            return None
        url = self._url(walker, above, node.repository, path)
        if not url:
            if above.readable:
                self._entries.refuse(
                    path,
                    "the submodule is not declared in .gitmodules",
                    "add it with `git submodule add`, or remove it from the source",
                    code="HAL0112",
                )
            return None
        remote = self._remote(above, path, url)
        if remote is None:
            return None
        if above.in_chain(remote.url, node.id):
            self._refuse(path, "the submodule contains itself")
            return None
        if above.depth >= _DEEPEST or self.count >= _MOST:
            self._refuse(
                path, f"more than {_MOST} submodules, or more than {_DEEPEST} inside each other"
            )
            return None
        return self._fetch(walker, path, remote, node, above)

    def _fetch(self, walker: Walker, path: str, remote: Remote, node: Node, above: _Level) -> Node:
        own = self._levels[0].remote
        auth = self._options.auth
        if (remote.scheme, remote.host) != (own.scheme, own.host):
            # Credentials are for the configured host; what checks host keys goes along.
            auth = GitAuth(
                known_hosts_file=auth.known_hosts_file, host_key_check=auth.host_key_check
            )
        session = Session(
            remote,
            self._options._replace(url=remote.url, auth=auth),
            self._context.work_dir,
            self._context.deadline,
            self._context.limits.file_bytes,
        )
        self.count += 1
        try:
            fetched = fetch_ref(session, node.id, session.start(node.id), watch=False).fetched
            reader = ObjectReader(*session.view(fetched.repository), self._context.deadline)
            self._readers.append(reader)
            commit = read_commit(reader, fetched.id, node.id)
        except BaseException as error:
            session.close()
            if hasattr(error, "where"):
                error.where = f"submodule {path}: {error.where or remote.url}"
            raise
        self._sessions.append((session, fetched))
        self._levels.append(_Level(path, remote, node.id, above))
        walker.readers.append(reader)
        return Node(len(walker.readers) - 1, _TREE, commit.tree)

    def _remote(self, above: _Level, path: str, url: str) -> Remote | None:
        try:
            remote = parse_url(absolute_url(above.remote.url, url))
        except ConfigError as error:
            self._refuse(path, f"the submodule's URL in .gitmodules is not legal: {error.message}")
            return None
        if remote.scheme not in _REACHABLE[above.remote.scheme]:
            self._refuse(
                path,
                f"the submodule's URL leads from {above.remote.scheme} to {remote.scheme}",
            )
            return None
        return remote

    def _refuse(self, path: str, message: str) -> None:
        self._entries.refuse(
            path, message, "change .gitmodules, or set submodules: off", code="HAL0112"
        )

    def _url(self, walker: Walker, level: _Level, index: int, path: str) -> str:
        if level.urls is None:
            level.urls = self._declared(walker, level, index)
        inside = below(path, level.mount)
        return level.urls.get(inside or "", "")

    def _declared(self, walker: Walker, level: _Level, index: int) -> dict[str, str]:
        """Path inside the repository → URL, as ``.gitmodules`` says."""
        node = walker.children(level.mount).get(".gitmodules")
        if node is None or node.kind != 0o100000:
            return {}
        (info,) = walker.readers[index].infos([node.id])
        if info is None or info.size > _GITMODULES_BYTES:
            level.readable = False
            self._refuse(join(level.mount, ".gitmodules"), "the file is larger than 1 MiB")
            return {}
        session, fetched = self._sessions[index]
        listed = session.local(fetched.repository, "config", "--blob", node.id, "--null", "--list")
        if listed.code:
            place = re.search(r"line \d+", listed.stderr)
            at = place[0] if place else "some line"
            level.readable = False
            self._refuse(join(level.mount, ".gitmodules"), f"git cannot read {at} of it")
            return {}
        modules: dict[str, dict[str, str]] = {}
        for item in listed.stdout.decode("utf-8", "surrogateescape").split("\0"):
            key, _, value = item.partition("\n")
            section, _, rest = key.partition(".")
            name, _, field = rest.rpartition(".")
            if section == "submodule" and field in ("path", "url"):
                modules.setdefault(name, {})[field] = value
        return {m["path"].strip("/"): m["url"] for m in modules.values() if len(m) == 2}

    def close(self) -> None:
        """End what runs for the submodules."""
        for session, _ in self._sessions[1:]:
            session.close()


def absolute_url(parent: str, url: str) -> str:
    """A submodule's URL, where ``./`` and ``../`` count from its parent's (git-submodule(1))."""
    if not url.startswith(("./", "../")):
        return url
    base = parent.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("./"):
            url = url[2:]
            continue
        url = url[3:]
        cut = max(base.rfind("/"), base.rfind(":"))
        if cut < 0 or base[:cut].endswith((":", ":/")) or base[cut:] == ":":
            return ""
        base = base[:cut] if base[cut] == "/" else base[: cut + 1]
    return f"{base}{url}" if base.endswith(":") else f"{base}/{url}"
