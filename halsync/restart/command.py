"""``exec``: a command of the user's. No shell; it is told what happened by its environment."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from halsync.errors import RestartFailed
from halsync.redact import mask_line
from halsync.restart.in_place import InPlace

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Reaction, Release
    from halsync.settings.model import Settings

_KEPT = 8_192
"""Bytes of the command's output that are kept: the last ones."""
_SHOWN = 10
"""Lines of it that are shown."""
_GRACE = 2.0
_HANDED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "KUBECONFIG",
              "JAVA_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")  # fmt: skip
_STARTS = ("LC_", "KUBERNETES_", "POD_", "RESTART_")


class CommandStrategy(InPlace):
    """``restart.command``."""

    name = "exec"

    @property
    def ready(self) -> bool:
        """Whether there is a command to run."""
        return bool(self._restart.command)

    def act(self, release: Release, reaction: Reaction, reason: str) -> None:
        if reaction == "none":
            return
        told = {
            "RESTART_IDENTITY": release.identity,
            "RESTART_GENERATION": release.generation,
            "RESTART_REACTION": reaction,
            "RESTART_REASON": reason,
        }
        run(self._restart.command, told, self._restart.confirm.timeout)

    def _replaces(self, reaction: Reaction) -> bool:
        """What the command does with the daemon is its own affair, but where the daemon's own
        files changed."""
        return reaction == "daemon"


def run(command: tuple[str, ...], told: dict[str, str], seconds: float) -> None:
    """Run the command to its end.

    Args:
        command: the program and its arguments.
        told: variables on top of those that are handed on, none of which holds a secret.
        seconds: until it and its children are killed.

    Raises:
        RestartFailed: there is no such program, it failed, or it took too long; with the end of
            its output, masked.
    """
    where = "restart.command"
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in _HANDED_ON or name.startswith(_STARTS)
    }
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, **told},
            start_new_session=True,
        )
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise RestartFailed(
            f"cannot run {command[0]}: {reason}",
            where=where,
            hint="name a program that is in this container, by its full path",
        ) from error
    try:
        output, over = _output(child, time.monotonic() + seconds)
    finally:
        _end(child)
    if over:
        raise RestartFailed(
            f"{command[0]} was not over after {seconds:g} s and was killed{_tail(output)}",
            where=where,
            hint="let it return at once, or raise restart.confirm.timeout",
        )
    if child.returncode:
        code = child.returncode
        how = f"exit code {code}" if code > 0 else f"signal {signal.Signals(-code).name}"
        raise RestartFailed(
            f"{command[0]} failed with {how}{_tail(output)}",
            where=where,
            hint="run it by hand in this container to see what is wrong",
        )


def _output(child: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bool]:
    """The end of what it writes until it ends, and whether the time is over."""
    output = b""
    pipe = child.stdout
    if pipe is None:
        return output, False
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return output, True
            if not selector.select(min(left, 0.2)):
                # A child of its may keep the pipe open for ever.
                if child.poll() is not None:
                    return output, False
                continue
            chunk = os.read(pipe.fileno(), _KEPT)
            if not chunk:
                break
            output = (output + chunk)[-_KEPT:]
    try:
        child.wait(max(deadline - time.monotonic(), 0.01))
    except subprocess.TimeoutExpired:
        return output, True
    return output, False


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind of a command that is not over; one that is may have left a service."""
    if child.poll() is None:
        for number, grace in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, 60.0)):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, number)
            with suppress(subprocess.TimeoutExpired):
                child.wait(grace)
                break
    if child.stdout:
        child.stdout.close()


def _tail(output: bytes) -> str:
    lines = [mask_line(line) for line in output.decode("utf-8", "replace").splitlines()]
    text = "\n".join(line for line in lines[-_SHOWN:] if line.strip())
    return f": {text}" if text else ""


def make(settings: Settings, report: Callable[..., None]) -> CommandStrategy:
    """As :func:`halsync.restart.open_strategy`.

    Raises:
        ConfigError: no command is set.
    """
    made = CommandStrategy(settings, report)
    if not made.ready:
        from halsync.errors import ConfigError

        raise ConfigError(
            "restart.command is missing, and the strategy exec runs it",
            hint="give it as a list of words",
        )
    return made
