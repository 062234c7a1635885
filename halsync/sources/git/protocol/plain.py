"""The plain case from end to end: one ref of one repository, and what it holds, without git."""

from __future__ import annotations

import os
import time
from importlib import import_module

from halsync.sources.git.names import is_full_id
from halsync.sources.git.protocol.requests import Server
from halsync.sources.git.protocol.waiting import TooLarge, Unusual, Work, finish
from halsync.sources.git.refs import candidates, choose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.settings.model import GitSettings
    from halsync.sources.base import Context
    from halsync.sources.git.names import Remote
    from halsync.sources.git.protocol.delivery import Delivered
    from halsync.sources.git.protocol.waiting import Steps
    from halsync.sources.git.refs import Found

LARGEST_PACK = 4 << 20
"""Bytes; what is larger is git's, which unpacks it faster and can leave out what is too large."""
_DELIVERY = "halsync.sources.git.protocol.delivery"
_URL_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:[]@+,="
)
_PAUSE = 600.0
"""Seconds for which nothing is asked without git after it did not work once."""


class Plain:
    """One repository, asked without git while that works.

    Every method raises :class:`Unusual` where git is to be asked instead.
    """

    def __init__(self, remote: Remote, options: GitSettings, context: Context) -> None:
        self._options = options
        self._limits = context.limits
        self._whole = not _beyond(options)
        self._not_before = 0.0 if _reachable(remote, options) else float("inf")
        self._server = Server(remote, options.ca_file, self._authorization)

    def begin(self, ref: str) -> Work:
        """Start a fetch. Raises also ConfigError: a secret cannot be read or sent."""
        if not self._whole:
            raise Unusual("too large, or settings that only git can fulfil")
        self._check_time()
        self._authorization()
        work = Work(self._fetch(ref))
        work.advance()
        # The server has something to do by now: what takes its answer is loaded meanwhile.
        import_module(_DELIVERY)
        return work

    def complete(self, work: Work, deadline: float) -> Delivered:
        """Wait for a fetch."""
        try:
            delivered: Delivered = work.result(_half(deadline))
            return delivered
        except TooLarge:
            self._whole = False
            self._server.close()
            raise
        except BaseException:
            self._give_up()
            raise

    def commit_of(self, ref: str, deadline: float) -> str:
        """The commit that ``ref`` stands for now: one request over the kept connection."""
        self._check_time()
        try:
            return finish(self._find(ref), _half(deadline)).commit
        except BaseException:
            self._give_up()
            raise

    def close(self) -> None:
        """Drop the connection. Safe to call twice."""
        self._server.close()

    def _find(self, ref: str) -> Steps[Found]:
        names = candidates(ref)
        found = choose(ref, (yield from self._server.refs(names)))
        if found is None:
            # It may be the beginning of a commit's id; if not, git finds the words.
            raise Unusual("there is no such ref")
        return found

    def _fetch(self, ref: str) -> Steps[Delivered]:
        if is_full_id(ref):
            object_id, note = ref.lower(), ""
        else:
            found = yield from self._find(ref)
            object_id, note = found.id, found.note
        received = yield from self._server.fetch(object_id, LARGEST_PACK)
        from halsync.sources.git.protocol.delivery import unpack

        return unpack(object_id, note, received, self._limits)

    def _authorization(self) -> str:
        if not self._options.auth.token and not self._options.auth.username:
            return ""
        from binascii import b2a_base64

        from halsync.sources.git.http import user_and_token

        user, token = user_and_token(self._options, 0)
        return f"Basic {b2a_base64(f'{user}:{token}'.encode(), newline=False).decode()}"

    def _check_time(self) -> None:
        if time.monotonic() < self._not_before:
            raise Unusual("it did not work before")

    def _give_up(self) -> None:
        """Nothing that is half said may be left on the connection."""
        self._server.close()
        self._not_before = max(self._not_before, time.monotonic() + _PAUSE)


def _beyond(options: GitSettings) -> bool:
    """Whether the settings ask for more than a commit's own files."""
    return options.submodules != "off" or options.lfs or options.verify.mode != "off"


def _reachable(remote: Remote, options: GitSettings) -> bool:
    """Whether the server can be talked to directly, and as the settings want it."""
    proxied = options.proxy or any(
        value and name.lower().endswith("_proxy") for name, value in os.environ.items()
    )
    return (
        remote.scheme in ("http", "https")
        and _URL_CHARACTERS.issuperset(remote.url)
        and not proxied
        and not options.auth.github_app
        and (not options.ca_file or os.access(options.ca_file, os.R_OK))
    )


def _half(deadline: float) -> float:
    """git must have some time left, should it be needed."""
    now = time.monotonic()
    return now + (deadline - now) / 2
