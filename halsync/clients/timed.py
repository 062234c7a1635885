"""One deadline for the whole of an answer: a socket's own time-out begins anew with each byte."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from halsync.clients.certificates import checking

if TYPE_CHECKING:
    import socket
    import ssl
    from urllib.request import BaseHandler


class Timed(io.RawIOBase):
    """The reading side of a connection."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        """``deadline`` is a ``time.monotonic()`` value, and may be moved."""
        self.deadline = deadline
        self._socket = connection
        # Not the socket itself: urllib closes that while the answer is still to be read.
        self._stream = connection.makefile("rb", 0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As :class:`http.client.HTTPResponse` asks a socket for it."""
        return io.BufferedReader(self, 65_536)

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As :meth:`io.RawIOBase.readinto`.

        Raises:
            TimeoutError: the deadline has passed.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()
        super().close()


def handlers(deadline: float, context: ssl.SSLContext | None = None) -> list[BaseHandler]:
    """What makes urllib keep to a ``deadline``, proxies included."""
    import http.client
    import urllib.request

    class Response(http.client.HTTPResponse):
        def __init__(self, connection: socket.socket, *args: Any, **named: Any) -> None:
            super().__init__(Timed(connection, deadline), *args, **named)  # type: ignore[arg-type]

    class Plain(http.client.HTTPConnection):
        response_class = Response

    class Secure(http.client.HTTPSConnection):
        response_class = Response

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(Plain, request)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(Secure, request, context=context or checking())

    return [PlainHandler(), SecureHandler()]
