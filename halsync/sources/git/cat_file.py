"""Objects of a repository, read straight into memory through ``git cat-file``.

No checkout: no filter, attribute, hook or link can act, and a file's size is known before its
content is held.
"""

from __future__ import annotations

import os
import select
import time

from halsync.sources.git.objects import BrokenRepository, Info
from halsync.sources.git.process import Child, DeadlineExpired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PIPELINED = 500
"""Requests sent ahead: together they must fit a pipe (64 KiB, a request has 50 to 75 bytes), or
both sides could wait for each other."""
_CHUNK = 1 << 18


class _Pipe:
    """One ``git cat-file`` that answers line by line.

    That it ended, or answered something else, is a :class:`BrokenRepository`, with its stderr.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], deadline: float) -> None:
        self.child = Child(argv, env, stdin=True, stdout=True)
        self._buffer = bytearray()
        self._deadline = deadline

    def send(self, requests: bytes) -> None:
        try:
            while requests:
                requests = requests[os.write(self.child.stdin, requests) :]
        except BrokenPipeError:
            raise BrokenRepository(self._last_words()) from None

    def line(self) -> str:
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill()
        text = self._buffer[:end].decode(errors="replace")
        del self._buffer[: end + 1]
        return text

    def take(self, size: int) -> bytes:
        """``size`` bytes and the line feed after them."""
        while len(self._buffer) <= size:
            self._fill()
        content = bytes(self._buffer[:size])
        del self._buffer[: size + 1]
        return content

    def _fill(self) -> None:
        poller = select.poll()
        poller.register(self.child.stdout, select.POLLIN)
        left = self._deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise DeadlineExpired
        chunk = os.read(self.child.stdout, _CHUNK)
        if not chunk:
            raise BrokenRepository(self._last_words())
        self._buffer += chunk

    def _last_words(self) -> str:
        return self.child.finish(self._deadline).stderr


class ObjectReader:
    """The objects of one bare repository: :class:`~halsync.sources.git.objects.Objects`."""

    def __init__(self, repository: str, env: Mapping[str, str], deadline: float) -> None:
        """``deadline`` is a ``time.monotonic()`` value. The process starts at once."""
        self._git = ("git", f"--git-dir={repository}", "cat-file")
        self._env = env
        self._deadline = deadline
        self._infos = self._contents = _Pipe((*self._git, "--batch-command"), env, deadline)
        self._prefixes = ("info ", "contents ")
        self._proven = False

    def infos(self, names: Sequence[str]) -> list[Info | None]:
        """See :class:`~halsync.sources.git.objects.Objects`."""
        found = []
        for batch in _batches(names):
            self._ask(batch, contents=False)
            found += [_header(self._infos.line()) for _ in batch]
        return found

    def contents(self, names: Sequence[str]) -> Iterator[tuple[Info, bytes] | None]:
        """See :class:`~halsync.sources.git.objects.Objects`."""
        for batch in _batches(names):
            self._ask(batch, contents=True)
            for _ in batch:
                info = _header(self._contents.line())
                yield (info, self._contents.take(info.size)) if info else None

    def _ask(self, batch: Sequence[str], contents: bool) -> None:
        if not self._proven:
            self._prove()
        prefix = self._prefixes[contents]
        requests = "".join(f"{prefix}{name}\n" for name in batch).encode()
        (self._contents if contents else self._infos).send(requests)

    def _prove(self) -> None:
        """git before 2.36 has no --batch-command: there, two processes share the work."""
        self._proven = True
        try:
            self._infos.send(b"info HEAD\n")
            self._infos.line()
        except BrokenRepository as error:
            if "unknown option" not in str(error):
                raise
            self._infos = _Pipe((*self._git, "--batch-check"), self._env, self._deadline)
            self._contents = _Pipe((*self._git, "--batch"), self._env, self._deadline)
            self._prefixes = ("", "")

    def close(self) -> None:
        """End the processes."""
        self._infos.child.kill()
        self._contents.child.kill()


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _PIPELINED):
        yield names[start : start + _PIPELINED]


def _header(line: str) -> Info | None:
    words = line.rsplit(" ", 2)
    if len(words) == 3 and words[2].isdigit():
        return Info(words[0], words[1], int(words[2]))
    if line.endswith((" missing", " ambiguous")):
        return None
    raise BrokenRepository(line)
