"""As much of HTTP/1.1 as a POST to a git server takes; RFC 9112, section numbers beside."""

from __future__ import annotations

from halsync.sources.git.protocol.waiting import Unusual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.sources.git.protocol.connection import Connection
    from halsync.sources.git.protocol.waiting import Steps

_LONGEST_LINE = 8192
_MOST_LINES = 100
_MOST = 8 << 20
"""Bytes of one answer, framing included: twice the largest pack. What never ends is git's, which
can be stopped."""
_FIELDS = ("content-type", "content-encoding", "content-length", "transfer-encoding", "connection")
"""Those that matter here; the others may stand there as often as they like."""


class Answer:
    """A response whose head has been read; the body comes piece by piece."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._left = 0
        self._arrived = 0
        self._chunked = False
        self._over = False
        self.keep = True
        """Whether the server goes on listening on this connection."""

    def read_head(self, content_type: str) -> Steps[None]:
        """Read status line and fields.

        Raises:
            Unusual: it is anything but a plain 200 with a body of ``content_type``.
        """
        status = yield from self._line()
        if not status.startswith("HTTP/1.1 200"):
            raise Unusual(f"the server answers {status[:40]!r}")
        fields: dict[str, str] = {}
        for _ in range(_MOST_LINES):
            line = yield from self._line()
            if not line:
                break
            name, colon, value = line.partition(":")
            name = name.lower()
            if not colon or name != name.strip() or name in fields:
                raise Unusual("a field of the answer's head is odd")
            if name in _FIELDS:
                fields[name] = value.strip()
        else:
            raise Unusual("the answer's head does not end")
        if fields.get("content-type") != content_type or "content-encoding" in fields:
            raise Unusual("the answer is not git's")
        self.keep = fields.get("connection", "").lower() != "close"
        coding, length = fields.get("transfer-encoding"), fields.get("content-length", "")
        # 6.3: with both given, somebody on the way may count differently.
        if coding is not None and (coding.lower() != "chunked" or length):
            raise Unusual("the answer's length is odd")
        self._chunked = coding is not None
        if not self._chunked:
            self._left = _number(length, 10)
            self._over = not self._left

    def piece(self) -> Steps[bytes]:
        """Some more of the body; empty at its end, after which the connection can be used again.

        Raises:
            Unusual: the body breaks off.
        """
        if not self._over and not self._left:
            yield from self._next_chunk()
        if self._over:
            return b""
        if not self._buffer:
            yield from self._fill()
        found = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(found)
        if not self._left and not self._chunked:
            self._over = True
        elif not self._left:
            yield from self._empty_line()
        return found

    def _next_chunk(self) -> Steps[None]:
        """7.1: its size, in hexadecimal; after the last one come trailers, here none."""
        line = yield from self._line()
        self._left = _number(line.partition(";")[0].strip(), 16)
        if not self._left:
            yield from self._empty_line()
            self._over = True

    def _empty_line(self) -> Steps[None]:
        if (yield from self._line()):
            raise Unusual("a chunk of the answer does not end where it should")

    def _line(self) -> Steps[str]:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _LONGEST_LINE:
                raise Unusual("a line of the answer does not end")
            yield from self._fill()
        line = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 2]
        return line

    def _fill(self) -> Steps[None]:
        arrived = yield from self._connection.receive()
        if not arrived:
            raise Unusual("the connection broke off")
        self._arrived += len(arrived)
        if self._arrived > _MOST:
            raise Unusual("the answer does not end")
        self._buffer += arrived


def _number(digits: str, base: int) -> int:
    # int() would also take signs, underscores and spaces.
    if not digits.isalnum() or not digits.isascii() or len(digits) > 16:
        raise Unusual("the answer's length is odd")
    return int(digits, base)
