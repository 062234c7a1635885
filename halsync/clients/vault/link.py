"""One kept connection and the part of HTTP/1.1 that an API with JSON answers needs.

``http.client`` reads headers with the email package; importing the two takes 30 ms, a fifth of
what reading sixty secrets may take.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from halsync.clients.timed import Timed
from halsync.records import NamedTuple

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_LONGEST_LINE = 65_536
_MOST_HEADERS = 200
LARGEST = 64 * 1024**2
"""Bytes of an answer; a server takes requests of half that at most."""
TOO_LARGE = "the answer is too large"
_MOST_INTERIM = 10
"""Answers that say that the answer will come (1xx)."""
_EMPTY = (204, 304)


class Response(NamedTuple):
    """One answer, not looked at yet."""

    status: int
    headers: Mapping[str, str]
    """Names as ``Retry-After``."""
    content: bytes


class Link:
    """A connection to one server; used by one thread at a time.

    Raises OSError: ConnectionError where the server hung up or does not speak HTTP.
    """

    def __init__(
        self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None, name: str
    ) -> None:
        """Connect, with TLS if ``tls`` is given, expecting a certificate for ``name``."""
        self.reusable = True
        sock = socket.create_connection((host, port), timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = tls.wrap_socket(sock, server_hostname=name) if tls else sock
        except BaseException:
            sock.close()
            raise
        self._timed = Timed(self._socket, time.monotonic() + timeout)
        self._stream = self._timed.makefile("rb")

    def ask(self, request: bytes, timeout: float) -> Response:
        """Send a whole request and read the whole answer; then see ``reusable``."""
        self._socket.settimeout(timeout)
        self._timed.deadline = time.monotonic() + timeout
        self.reusable = False
        self._socket.sendall(request)
        for _ in range(_MOST_INTERIM):
            version, status = self._status()
            headers = self._headers()
            if status >= 200:
                break
        else:
            raise ConnectionError("the answer does not begin")
        content = b"" if status in _EMPTY else self._content(headers)
        keep = headers.get("Connection", "").lower() != "close" and version == b"HTTP/1.1"
        framed = "Content-Length" in headers or "Transfer-Encoding" in headers
        self.reusable = keep and (framed or status in _EMPTY)
        return Response(status, headers, content)

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def _status(self) -> tuple[bytes, int]:
        parts = self._line().split(None, 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
            raise ConnectionError("what answers does not speak HTTP")
        return parts[0], int(parts[1])

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().title()] = value.strip()
        raise ConnectionError("the answer has too many headers")

    def _content(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = headers.get("Content-Length", "")
        if length.isdigit():
            return self._exactly(int(length))
        content = self._stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ConnectionError(TOO_LARGE)
        return content

    def _chunks(self) -> bytes:
        found: list[bytes] = []
        total = 0
        while True:
            text = self._line().partition(b";")[0].strip()
            try:
                size = int(text, 16)
            except ValueError:
                raise ConnectionError("the answer is not in chunks as it says") from None
            if size <= 0:
                break
            total += size
            if total > LARGEST:
                raise ConnectionError(TOO_LARGE)
            found.append(self._exactly(size))
            self._line()
        self._headers()  # trailers
        return b"".join(found)

    def _exactly(self, size: int) -> bytes:
        if size > LARGEST:
            raise ConnectionError(TOO_LARGE)
        content = self._stream.read(size)
        if len(content) < size:
            raise ConnectionResetError("the answer broke off")
        return content

    def _line(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the server hung up")
        return line.rstrip(b"\r\n")
