"""Child processes: started in a process group of their own, held to a deadline, read into memory.

``os.posix_spawn`` instead of ``subprocess``: importing the latter costs 15 ms before git could
even start. Nothing is inherited: the environment is given whole, and Python's descriptors are
closed on exec.
"""

from __future__ import annotations

import os
import select
import time

from halsync.errors import ConfigError
from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Numbers rather than `signal`, whose import builds three enumerations.
_SIGKILL = 9
_SIGPIPE = 13

_STDERR_HEAD = 8192
_STDERR_TAIL = 8192
_CHUNK = 1 << 18
_TICK = 0.05


class DeadlineExpired(Exception):
    """The child was killed because its time was up."""


class OutputTooLarge(Exception):
    """The child was killed because it wrote more than was allowed."""


class Abandoned(Exception):
    """The child was killed because the watcher asked for it."""


class Result(NamedTuple):
    """How a child ended."""

    code: int
    """Exit status; negative signal number if a signal ended it."""
    stdout: bytes
    stderr: str
    """The first and the last 8 KiB; what is not UTF-8 is replaced."""


class _Output:
    """What a child wrote: stdout up to a limit, of stderr the beginning and the end."""

    def __init__(self, limit: int) -> None:
        self.stdout = bytearray()
        self._limit = limit
        self._head, self._tail = bytearray(), bytearray()

    def add(self, chunk: bytes) -> None:
        self.stdout += chunk
        if len(self.stdout) > self._limit:
            raise OutputTooLarge

    def complain(self, chunk: bytes) -> None:
        room = max(0, _STDERR_HEAD - len(self._head))
        self._head += chunk[:room]
        self._tail = (self._tail + chunk[room:])[-_STDERR_TAIL:]

    def stderr(self) -> str:
        return (self._head + self._tail).decode(errors="replace")


class Child:
    """A running process; ``stdin`` and ``stdout`` are descriptors or -1."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        stdin: bool = False,
        stdout: bool = False,
    ) -> None:
        """Start ``argv[0]`` (looked up on PATH) with exactly ``env``.

        Raises:
            ConfigError: the program does not exist or may not be executed.
        """
        ends: list[int] = []
        actions: list[tuple[int, int, int] | tuple[int, int, str, int, int]] = []
        self.stdin = self._connect(0, stdin, ends, actions)
        self.stdout = self._connect(1, stdout, ends, actions)
        self.stderr = self._connect(2, True, ends, actions)
        self._pid = 0
        try:
            # setpgroup: helpers that git starts (remote-https, ssh) die with it.
            # SIGPIPE: Python ignores it, and ignored signals survive exec.
            self._pid = os.posix_spawnp(
                argv[0],
                list(argv),
                dict(env),
                file_actions=actions,
                setpgroup=0,
                setsigmask=(),
                setsigdef=(_SIGPIPE,),
            )
        except OSError as error:
            self.kill()
            raise ConfigError(
                f"cannot start {argv[0]}: {error.strerror}",
                hint=f"install {argv[0]} and put it on PATH",
            ) from error
        finally:
            for end in ends:
                os.close(end)

    @staticmethod
    def _connect(
        number: int,
        piped: bool,
        ends: list[int],
        actions: list[tuple[int, int, int] | tuple[int, int, str, int, int]],
    ) -> int:
        if not piped:
            flags = os.O_WRONLY if number else os.O_RDONLY
            actions.append((os.POSIX_SPAWN_OPEN, number, os.devnull, flags, 0))
            return -1
        reader, writer = os.pipe()
        ours, theirs = (reader, writer) if number else (writer, reader)
        ends.append(theirs)
        actions.append((os.POSIX_SPAWN_DUP2, theirs, number))
        return ours

    def finish(
        self,
        deadline: float,
        *,
        stdin: bytes = b"",
        limit: int = 1 << 26,
        watch: Callable[[], bool] | None = None,
    ) -> Result:
        """Feed ``stdin``, collect the output and wait for the end.

        ``deadline`` is a ``time.monotonic()`` value, ``limit`` the most bytes of stdout.
        ``watch`` is called every 50 ms; True means to give the child up.

        Raises:
            DeadlineExpired, OutputTooLarge, Abandoned: the whole process group was killed.
        """
        try:
            return self._finish(deadline, memoryview(stdin), limit, watch)
        finally:
            self.kill()

    def _finish(
        self, deadline: float, stdin: memoryview, limit: int, watch: Callable[[], bool] | None
    ) -> Result:
        collected = _Output(limit)
        poller = select.poll()
        exit_fd = _pidfd(self._pid)
        for fd in (self.stdout, self.stderr, exit_fd):
            if fd >= 0:
                poller.register(fd, select.POLLIN)
        if self.stdin >= 0:
            os.set_blocking(self.stdin, False)
            poller.register(self.stdin, select.POLLOUT)
        try:
            while (code := self._reap()) is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise DeadlineExpired
                if watch and watch():
                    raise Abandoned
                wait = left if exit_fd >= 0 and not watch else min(left, _TICK)
                for fd, _ in poller.poll(wait * 1000):
                    if fd == self.stdin:
                        stdin = self._feed(stdin, poller)
                    elif fd != exit_fd:
                        self._collect(fd, collected, poller)
            self._drain(collected, poller)
            return Result(code, bytes(collected.stdout), collected.stderr())
        finally:
            if exit_fd >= 0:
                os.close(exit_fd)

    def _drain(self, collected: _Output, poller: select.poll) -> None:
        """Collect what is in the pipes already.

        Not up to their end: a helper that outlives the child must not hold us up.
        """
        for fd in (self.stdout, self.stderr):
            while fd in (self.stdout, self.stderr) and fd >= 0 and _readable(fd):
                self._collect(fd, collected, poller)

    def _collect(self, fd: int, collected: _Output, poller: select.poll) -> None:
        chunk = os.read(fd, _CHUNK)
        if not chunk:
            self._drop(fd, poller)
        elif fd == self.stdout:
            collected.add(chunk)
        else:
            collected.complain(chunk)

    def _feed(self, data: memoryview, poller: select.poll) -> memoryview:
        try:
            data = data[os.write(self.stdin, data[:_CHUNK]) :]
        except BlockingIOError:
            return data
        except BrokenPipeError:
            # It stopped reading; its exit status and stderr say why.
            data = data[:0]
        if not data:
            self._drop(self.stdin, poller)
        return data

    def _drop(self, fd: int, poller: select.poll) -> None:
        poller.unregister(fd)
        os.close(fd)
        if fd == self.stdin:
            self.stdin = -1
        elif fd == self.stdout:
            self.stdout = -1
        else:
            self.stderr = -1

    def _reap(self) -> int | None:
        # Looked at before it is reaped: until then its number cannot belong to anybody else,
        # so that the signal reaches the group and nothing but the group.
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self._pid, options) is None:
            return None
        self._end_group()
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def _end_group(self) -> None:
        try:
            os.killpg(self._pid, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    def kill(self) -> None:
        """End the whole process group, reap the child, close the pipes. Safe to call twice."""
        if self._pid:
            self._end_group()
            os.waitpid(self._pid, 0)
            self._pid = 0
        for fd in (self.stdin, self.stdout, self.stderr):
            if fd >= 0:
                os.close(fd)
        self.stdin = self.stdout = self.stderr = -1


def _readable(fd: int) -> bool:
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(0))


def _pidfd(pid: int) -> int:
    """A descriptor that becomes readable when the process ends; -1 where the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return -1


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    deadline: float,
    *,
    stdin: bytes = b"",
    limit: int = 1 << 26,
) -> Result:
    """Start, feed, wait: see :class:`Child`."""
    child = Child(argv, env, stdin=bool(stdin), stdout=True)
    return child.finish(deadline, stdin=stdin, limit=limit)
