"""Talking to one remote repository: fetching into private bare repositories, listing refs."""

from __future__ import annotations

import os
import re
import time
from functools import partial

from halsync.records import NamedTuple
from halsync.sources.git.private import (
    make_directory,
    make_inside,
    quoted,
    remove_directory,
    surroundings,
    write_private,
)
from halsync.sources.git.process import (
    Abandoned,
    Child,
    DeadlineExpired,
    OutputTooLarge,
    Result,
    run,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.settings.model import GitSettings
    from halsync.sources.git.names import Remote

_REF_MISSING = (
    r"couldn't find remote ref|not our ref|unadvertised object|no such remote ref"
    r"|Server does not allow request for|remote error: upload-pack: not our ref"
)
_NO_DEPTH = (
    r"does not support shallow|shallow capabilities|from a shallow repository|is shallow, reject"
)
_NO_FILTER = r"filter '?\S+ not (?:supported|allowed)|filter-spec"
_SPARSE_FROM = 4 << 20
"""Bytes of pack after which a fetch for a sub-path starts again without file contents.

Two round trips and 25 to 45 ms more is what leaving the contents out costs a small repository
(x 1.8 of a clone), a large one it speeds up six times. How large it is shows
only on the way, so we look while it grows."""


_ENDLESS = "--depth=2147483647"
"""No limit (INFINITE_DEPTH in git's shallow.h), but over dumb HTTP, which can neither limit the
depth nor filter, an error at once: asked to filter alone, git would fetch for ever there."""


_ANSWER = r"(?i)recv header: http/"
_CONTENT_TYPE = r"(?i)recv header: content-type: *([\w.+-]+/[\w.+-]+)"
_REPOSITORY = ("application/x-git-", "application/octet-stream", "text/plain")
"""Media types of a repository's list of refs, from git or as a plain file."""


class RefMissing(Exception):
    """The server has no such ref, or does not hand out this commit by its id."""


class Fetched(NamedTuple):
    """What a fetch brought."""

    repository: str
    """The bare repository's directory."""
    id: str
    """What the ref stood for: a commit, or the object of an annotated tag. Empty when the
    whole history was asked for."""
    described: str
    """``branch 'main'``, ``tag 'v1'``, or another word of git's FETCH_HEAD; may be empty."""
    contents_left_out: bool
    """File contents were not transferred: see :meth:`Session.fetch_objects`."""


class _Pending(NamedTuple):
    child: Child
    repository: str
    spec: str
    sparse: bool


class Session:
    """One remote, its private directory, and what was found out about its abilities."""

    def __init__(
        self, remote: Remote, options: GitSettings, work_dir: str, deadline: float, file_bytes: int
    ) -> None:
        """``deadline`` as ``time.monotonic()``. Larger files than ``file_bytes`` stay away,
        where the server can leave them out."""
        self.remote = remote
        self.options = options
        self.deadline = deadline
        self.env: dict[str, str] = {}
        self._work_dir = work_dir
        self._home = ""
        self._limit = f"--filter=blob:limit={file_bytes + 1}"
        self._shallow = True
        self._filters = True
        self._object_format = "sha1"
        self._children: list[Child] = []

    def start(self, spec: str, *, sparse: bool = False) -> _Pending:
        """Begin to fetch one ref or commit id, without its history; ``sparse``: and without
        the contents of files, where the server can leave them out.

        Raises:
            ConfigError, SourceNotFound: it cannot even be tried.
        """
        return self._spawn(spec, sparse)

    def complete(self, pending: _Pending, watch: bool = False) -> Fetched:
        """Wait for a fetch; try again in other ways where the server cannot do the first.

        With ``watch`` the contents of a large repository's files are left out.

        Raises:
            RefMissing: the server has no such ref, or keeps this commit to itself.
            SourceUnreachable, SourceNotFound, AccessDenied, ConfigError: see ``failures``.
        """
        while True:
            looking = partial(_grown, pending.repository) if watch else None
            try:
                result = self._finish(pending.child, "fetching", looking)
            except Abandoned:
                watch = False
                pending = self._spawn(pending.spec, sparse=True)
                continue
            if not result.code:
                return _read_fetch_head(pending.repository, pending.sparse)
            if not self._degrade(result.stderr):
                if re.search(_REF_MISSING, result.stderr):
                    raise RefMissing
                raise self._failure(result)
            pending = self._spawn(pending.spec, pending.sparse and self._filters)

    def fetch_history(self, *, everything: bool = False) -> str:
        """Fetch all branches and tags; commits only, if the server can and not ``everything``.

        Returns the bare repository's directory. Raises like :meth:`complete`.
        """
        while True:
            repository = self._new_repository()
            result = self._run(
                "fetching the history",
                repository,
                *self._fetch_command(),
                *(["--filter=tree:0"] if self._filters and not everything else []),
                *([_ENDLESS] if self._shallow else []),
                "o",
                "+refs/heads/*:refs/heads/*",
                "+refs/tags/*:refs/tags/*",
            )
            if not result.code:
                return repository
            if not self._degrade(result.stderr):
                raise self._failure(result)

    def fetch_objects(self, repository: str, ids: list[str]) -> None:
        """Fetch objects that a filter left out, all at once. Raises like :meth:`complete`."""
        child = Child(
            self._git(repository, *self._fetch_command(), "--filter=blob:none", "--stdin", "o"),
            self.env,
            stdin=True,
        )
        lines = "".join(f"{name}\n" for name in ids).encode()
        result = self._finish(child, "fetching files", stdin=lines)
        if result.code:
            raise self._failure(result)

    def list_refs(self, *patterns: str) -> dict[str, str]:
        """Refs of the remote by full name: object ids; ``name^{}`` is what a tag points to.

        ``patterns`` match ends of names, as for ``git ls-remote``; none lists all.
        Raises like :meth:`complete`.
        """
        while True:
            repository = self._new_repository()
            result = self._run(
                "asking for the refs", repository, "ls-remote", "--quiet", "o", *patterns
            )
            if not result.code:
                break
            if not self._degrade(result.stderr):
                raise self._failure(result)
        lines = result.stdout.decode("utf-8", "surrogateescape").splitlines()
        return {name: object_id for object_id, _, name in (line.partition("\t") for line in lines)}

    def page(self) -> str:
        """The media type of what answers over HTTP, if that is no repository: ``text/html``.

        A page with status 200 lists no refs, and so is an empty repository to git.
        """
        if self.remote.scheme not in ("http", "https"):
            return ""
        headers = {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"}
        child = Child(
            self._git(self._new_repository(), "ls-remote", "--quiet", "o"),
            {**self.env, **headers},
            stdout=True,
        )
        told = self._finish(child, "asking for the refs").stderr
        # Of the last answer: what asks for credentials, or redirects, is often a page.
        found = re.search(_CONTENT_TYPE, re.split(_ANSWER, told)[-1])
        kind = found[1].lower() if found else ""
        return "" if kind.startswith(_REPOSITORY) else kind

    def local(
        self, repository: str, *arguments: str, stdin: bytes = b"", limit: int = 1 << 24
    ) -> Result:
        """Run git on what is there already.

        Raises:
            SourceUnreachable: the deadline passed.
            OutputTooLarge: more than ``limit`` bytes were written.
        """
        view, env = self.view(repository)
        try:
            return run(self._git(view, *arguments), env, self.deadline, stdin=stdin, limit=limit)
        except DeadlineExpired:
            raise self._expired(f"git {arguments[0]} ran") from None

    def view(self, repository: str) -> tuple[str, dict[str, str]]:
        """A directory and an environment that show git the objects of ``repository`` alone.

        A fetch with a filter notes in the repository's configuration that the remote has the
        rest, and from then on whatever meets a missing object fetches it, one by one, behind
        our back. Here there is no such note, not even while the fetch runs.
        """
        return self._new_repository("view"), {
            **self.env,
            "GIT_OBJECT_DIRECTORY": f"{repository}/objects",
        }

    def directory(self, stem: str) -> str:
        """A new private directory beside the repositories."""
        return make_directory(self._prepared(), stem)

    def close(self) -> None:
        """End what still runs and remove all that was written, secrets above all."""
        for child in self._children:
            child.kill()
        self._children.clear()
        if self._home:
            remove_directory(self._home)
        self._home = ""

    def _prepared(self) -> str:
        if not self._home:
            home = make_directory(self._work_dir, "git")
            self._home = home
            try:
                left = self.deadline - time.monotonic()
                self.env = surroundings(home, self.remote, self.options, left)
            except BaseException:
                self.close()
                raise
        return self._home

    def _new_repository(self, stem: str = "repository") -> str:
        # By hand: `git init` would be one more process.
        path = make_directory(self._prepared(), stem)
        # objects/pack is where packs over dumb HTTP go, and git does not make it for them.
        make_inside(path, "objects", "objects/pack", "refs")
        write_private(f"{path}/HEAD", "ref: refs/heads/nothing\n")
        sha256 = self._object_format == "sha256"
        write_private(
            f"{path}/config",
            f"[core]\n\trepositoryformatversion = {int(sha256)}\n\tbare = true\n"
            + ("[extensions]\n\tobjectFormat = sha256\n" if sha256 else "")
            + f'[remote "o"]\n\turl = {quoted(self.remote.url)}\n',
        )
        return path

    def _git(self, repository: str, *arguments: str) -> list[str]:
        return ["git", f"--git-dir={repository}", *arguments]

    def _fetch_command(self) -> tuple[str, ...]:
        return (
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--update-shallow",
        )

    def _spawn(self, spec: str, sparse: bool) -> _Pending:
        repository = self._new_repository()
        how = ["--depth=1"] if self._shallow else []
        if self._filters:
            how.append("--filter=blob:none" if sparse else self._limit)
        command = self._git(repository, *self._fetch_command(), *how, "o", f"+{spec}")
        child = Child(command, self.env)
        self._children.append(child)
        return _Pending(child, repository, spec, sparse)

    def _run(self, doing: str, repository: str, *arguments: str) -> Result:
        child = Child(self._git(repository, *arguments), self.env, stdout=True)
        return self._finish(child, doing)

    def _finish(
        self,
        child: Child,
        doing: str,
        watch: Callable[[], bool] | None = None,
        stdin: bytes = b"",
    ) -> Result:
        if child not in self._children:
            self._children.append(child)
        try:
            return child.finish(self.deadline, stdin=stdin, watch=watch)
        except DeadlineExpired:
            raise self._expired(doing) from None
        except OutputTooLarge:
            raise self._failure(Result(1, b"", "fatal: more than 64 MiB of refs")) from None
        finally:
            self._children.remove(child)

    def _degrade(self, stderr: str) -> bool:
        """Whether there is a plainer way to ask for the same; from now on it is used."""
        if "mismatched algorithms" in stderr and self._object_format == "sha1":
            self._object_format = "sha256"
        elif self._shallow and re.search(_NO_DEPTH, stderr):
            # Dumb HTTP, or a server that refuses depth: the whole history of the ref, then.
            self._shallow = self._filters = False
        elif self._filters and re.search(_NO_FILTER, stderr):
            self._filters = False
        else:
            return False
        return True

    # What follows is loaded when something goes wrong: git is to start as early as it can be.

    def _expired(self, doing: str) -> Exception:
        from halsync.sources.git.failures import expired

        return expired(self.remote, doing)

    def _failure(self, result: Result) -> Exception:
        from halsync.sources.git.failures import classify

        proxied = any("proxy" in name.lower() and "no_" not in name for name in self.env)
        return classify(
            result.stderr,
            self.remote,
            self.options.ca_file,
            bool(self.options.proxy) or proxied,
            bool(self.options.auth.ssh_key) and self.remote.scheme != "ssh",
        )


def _grown(repository: str) -> bool:
    """Whether the pack that is being received has passed the threshold."""
    try:
        with os.scandir(f"{repository}/objects/pack") as files:
            return any(
                file.name.startswith("tmp_pack") and file.stat().st_size > _SPARSE_FROM
                for file in files
            )
    except OSError:
        return False


def _read_fetch_head(repository: str, sparse: bool) -> Fetched:
    with open(f"{repository}/FETCH_HEAD", encoding="utf-8", errors="surrogateescape") as stream:
        object_id, _, rest = stream.readline().rstrip("\n").partition("\t")
    return Fetched(repository, object_id, rest.partition("\t")[2].rpartition(" of ")[0], sparse)
