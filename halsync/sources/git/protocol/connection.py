"""One TCP or TLS connection that never blocks.

``_socket``, which ``socket`` builds on, has all that is needed, and ``socket`` takes ten times as
long to import: 5 ms before the first byte could leave. TLS runs over buffers of its own, so that
one way of waiting serves both.
"""

from __future__ import annotations

import _socket
import os
from functools import partial

from halsync.sources.git.protocol.waiting import READABLE, WRITABLE, Unusual

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Any, TypeVar

    from halsync.sources.git.protocol.waiting import Steps

    _T = TypeVar("_T")
    _Address = tuple[int, int, int, tuple[Any, ...]]
    """Family, type, protocol and address of a socket."""

_CHUNK = 1 << 16
_IN_PROGRESS = (11, 115)
"""EAGAIN, EINPROGRESS."""


class Connection:
    """A connection to one host; opened when needed, and again after it was closed."""

    def __init__(self, scheme: str, host: str, ca_file: str) -> None:
        """``host`` may carry a port. An empty ``ca_file`` means the machine's CAs."""
        name, colon, port = host.rpartition(":")
        if not colon or port.endswith("]"):
            name, port = host, "443" if scheme == "https" else "80"
        self._name, self._port = name.strip("[]"), int(port)
        self._secure = scheme == "https"
        self._ca_file = ca_file
        self._socket: _socket.socket | None = None
        self._tls: _Tls | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was opened and not closed; the other side may have closed it."""
        return self._socket is not None

    def open(self) -> Steps[None]:
        """Connect to the first address that answers, and shake hands where TLS is wanted."""
        addresses = yield from _resolve(self._name, self._port)
        failure: OSError | None = None
        for family, kind, protocol, address in addresses:
            self._socket = _socket.socket(family, kind, protocol)
            try:
                yield from _connect(self._socket, address)
                break
            except OSError as error:
                failure = error
                self.close()
        else:
            raise failure or Unusual("the name has no address")
        if self._secure:
            self._tls = _Tls(self._name, self._ca_file)
            yield from self._over_tls(self._tls, self._tls.object.do_handshake)

    def send(self, data: bytes) -> Steps[None]:
        """All of ``data``."""
        if self._tls:
            yield from self._over_tls(self._tls, partial(self._tls.object.write, data))
        else:
            yield from self._send_plain(data)

    def receive(self) -> Steps[bytes]:
        """What has arrived, waiting until something has; empty at the end."""
        if self._tls:
            return (yield from self._over_tls(self._tls, partial(self._tls.object.read, _CHUNK)))
        return (yield from self._receive_plain())

    def close(self) -> None:
        """Drop it. Safe to call twice."""
        if self._socket:
            self._socket.close()
        self._socket = self._tls = None

    def _send_plain(self, data: bytes) -> Steps[None]:
        connected = self._connected()
        while data:
            try:
                data = data[connected.send(data) :]
            except BlockingIOError:
                yield connected.fileno(), WRITABLE

    def _receive_plain(self) -> Steps[bytes]:
        connected = self._connected()
        while True:
            try:
                return connected.recv(_CHUNK)
            except BlockingIOError:
                yield connected.fileno(), READABLE

    def _connected(self) -> _socket.socket:
        if self._socket is None:
            raise Unusual("the connection is closed")
        return self._socket

    def _over_tls(self, tls: _Tls, action: Callable[[], _T]) -> Steps[_T]:
        """Carry out ``action`` of the TLS object, moving its bytes as it needs them moved."""
        while True:
            try:
                result = action()
            except tls.wants_more:
                yield from self._send_plain(tls.outgoing.read())
                arrived = yield from self._receive_plain()
                tls.incoming.write(arrived) if arrived else tls.incoming.write_eof()
            else:
                yield from self._send_plain(tls.outgoing.read())
                return result


class _Tls:
    """A TLS session between two buffers."""

    def __init__(self, name: str, ca_file: str) -> None:
        import ssl

        from halsync.clients.certificates import checking

        context = checking(ca_file)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object: ssl.SSLObject = context.wrap_bio(
            self.incoming, self.outgoing, server_hostname=name
        )
        self.wants_more = ssl.SSLWantReadError


def _connect(unconnected: _socket.socket, address: tuple[Any, ...]) -> Steps[None]:
    unconnected.setblocking(False)
    unconnected.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    code = unconnected.connect_ex(address)
    if code in _IN_PROGRESS:
        yield unconnected.fileno(), WRITABLE
        code = unconnected.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _resolve(name: str, port: int) -> Steps[list[_Address]]:
    """The addresses of ``name``; one that is an address already is not looked up."""
    try:
        return _look_up(name, port, _socket.AI_NUMERICHOST)
    except OSError:
        pass
    # The resolver blocks, for up to half a minute, and cannot be interrupted.
    from _thread import start_new_thread

    found: list[list[_Address] | OSError] = []
    reader, writer = os.pipe()

    def look_up() -> None:
        try:
            found.append(_look_up(name, port, 0))
        except OSError as error:
            found.append(error)
        finally:
            os.close(writer)

    start_new_thread(look_up, ())
    try:
        yield reader, READABLE
    finally:
        os.close(reader)
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def _look_up(name: str, port: int, flags: int) -> list[_Address]:
    # As bytes: text would go through the codec for international names, which takes 4 ms to load.
    entries = _socket.getaddrinfo(name.encode("ascii"), port, 0, _socket.SOCK_STREAM, 0, flags)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in entries]
