"""Packets ("pkt-lines"): gitprotocol-common(5), and the end marks of gitprotocol-v2(5)."""

from __future__ import annotations

from halsync.sources.git.protocol.waiting import Unusual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.sources.git.protocol.http import Answer
    from halsync.sources.git.protocol.waiting import Steps

FLUSH = b"0000"
DELIMITER = b"0001"
_HEAD = 4


def request(command: str, capabilities: Sequence[str], arguments: Sequence[str]) -> bytes:
    """A command with its arguments, ready to be sent."""
    head = [_packet(f"command={command}"), *map(_packet, capabilities)]
    return b"".join((*head, DELIMITER, *map(_packet, arguments), FLUSH))


def _packet(text: str) -> bytes:
    line = f"{text}\n".encode()
    return b"%04x%s" % (len(line) + _HEAD, line)


class Packets:
    """The packets of one answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = bytearray()

    def next(self) -> Steps[bytes | None]:
        """The content of the next packet; None for a mark (flush, delimiter).

        Raises:
            Unusual: this is no packet, or the server reports an error in one.
        """
        head = yield from self._take(_HEAD)
        try:
            size = int(head, 16)
        except ValueError:
            raise Unusual("the answer is not git's") from None
        if size < _HEAD:
            return None
        content = yield from self._take(size - _HEAD)
        if content.startswith(b"ERR "):
            raise Unusual(content[4:].decode(errors="replace"))
        return content

    def end(self) -> Steps[None]:
        """Make sure that there is nothing more, so that the connection can be used again."""
        if self._buffer or (yield from self._answer.piece()):
            raise Unusual("something follows the answer")

    def _take(self, count: int) -> Steps[bytes]:
        while len(self._buffer) < count:
            piece = yield from self._answer.piece()
            if not piece:
                raise Unusual("the answer breaks off")
            self._buffer += piece
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
