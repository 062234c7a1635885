"""Where the sidecar listens: an address, and a unix socket for its own user."""

from __future__ import annotations

import errno
import os
import re
import socket
from contextlib import contextmanager, suppress

from halsync.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET = "agent.sock"
"""Name of the unix socket below ``<target>/.halsync``."""
_BACKLOG = 128
_LONGEST = 100
"""Bytes of a path that every system takes in ``sockaddr_un`` (Linux: 107)."""


def split_address(listen: str) -> tuple[str, int]:
    """Host and port of ``host:port``, ``[v6]:port`` or ``:port`` (every address, host empty).

    Raises:
        ConfigError: it is none of them.
    """
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\[\]:\s]*)):([0-9]{1,5})", listen)
    if found is None or int(found[3]) > 65_535:
        raise ConfigError(
            f"{listen!r} is no address to listen on",
            where="watch.listen",
            hint="write host:port, for example 127.0.0.1:8088, [::1]:8088 or :8088",
        )
    return found[1] or found[2] or "", int(found[3])


def listen_tcp(listen: str) -> socket.socket:
    """A listening socket for :func:`split_address`'s forms; an empty host takes IPv4 and IPv6.

    Raises:
        ConfigError: the address is malformed, taken, not of this machine or not allowed.
    """
    host, port = split_address(listen)
    try:
        if not host:
            return _everywhere(port)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return _bound(family, address)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {listen}: {_reason(error)}",
            where="watch.listen",
            hint=_remedy(error),
        ) from error


def _everywhere(port: int) -> socket.socket:
    try:
        return _bound(socket.AF_INET6, ("::", port))
    except OSError as error:
        # A kernel without IPv6 (ipv6.disable=1) has no such family, or no such address.
        if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            raise
        return _bound(socket.AF_INET, ("0.0.0.0", port))  # noqa: S104 - what was asked for


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            only = 0 if address[0] == "::" else 1
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        listener.bind(address)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()


def _remedy(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process has it; choose another port (watch.listen, --listen)"
    if error.errno == errno.EACCES:
        return "ports below 1024 need a privilege; choose a higher one"
    return "name an address of this machine, or :PORT for all of them"


@contextmanager
def short(path: str) -> Iterator[str]:
    """``path`` as AF_UNIX takes it: its directory by descriptor where it is too long.

    Raises:
        OSError: the directory is not there, or there is no /proc.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    directory, name = os.path.split(path)
    handle = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)


def connect_unix(path: str, timeout: float) -> socket.socket:
    """A connection to the socket at ``path``.

    Raises:
        OSError: nobody listens there.
    """
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(timeout)
        with short(path) as name:
            client.connect(name)
    except BaseException:
        client.close()
        raise
    return client


def listen_unix(path: str) -> socket.socket:
    """A listening socket at ``path``, mode 0600, in place of one that a dead process left.

    Raises:
        ConfigError: a living process listens there, or something else than a socket is there.
        OSError: sockets cannot be made there.
    """
    if _answers(path):
        raise ConfigError(
            "another halsync watch serves this target",
            where=path,
            hint="one sidecar a target: end the other one, or give this one its own --target",
        )
    os.makedirs(os.path.dirname(path), 0o750, exist_ok=True)
    directory, name = os.path.split(path)
    # Publishing deletes what begins like this and was left behind; a rename replaces the old
    # socket without an instant at which there is none.
    temporary = f"{directory}/.tmp-{name}-{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        with short(temporary) as bindable:
            listener.bind(bindable)
        os.chmod(temporary, 0o600)  # before it listens: nobody could connect until now
        listener.listen(_BACKLOG)
        os.rename(temporary, path)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return listener


def _answers(path: str) -> bool:
    import stat

    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISSOCK(status.st_mode):
        raise ConfigError(
            "is not a socket, so halsync did not put it there",
            where=path,
            hint="move it away and start again",
        )
    try:
        connect_unix(path, 2).close()
    except ConnectionRefusedError:
        return False
    except BlockingIOError:
        return True  # its queue is full
    except (TimeoutError, PermissionError):
        return True
    return True
