"""The two commands that are needed, ``ls-refs`` and ``fetch``, over one kept connection."""

from __future__ import annotations

from halsync import __version__
from halsync.sources.git.names import is_full_id
from halsync.sources.git.protocol.connection import Connection
from halsync.sources.git.protocol.http import Answer
from halsync.sources.git.protocol.packets import Packets, request
from halsync.sources.git.protocol.waiting import TooLarge, Unusual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halsync.sources.git.names import Remote
    from halsync.sources.git.protocol.waiting import Steps

_AGENT = f"halsync/{__version__}"
_CAPABILITIES = (f"agent={_AGENT}",)
_MOST_REFS = 10_000
_BAND_PACK, _BAND_PROGRESS = 1, 2


class Server:
    """One repository on a server that speaks protocol 2."""

    def __init__(self, remote: Remote, ca_file: str, authorization: Callable[[], str]) -> None:
        """``authorization`` is called for every request: the value of that header, or empty."""
        path = remote.url.partition("://")[2].partition("/")[2]
        self._path = f"/{path}{'' if path.endswith('/') else '/'}git-upload-pack"
        self._host = remote.host
        self._authorization = authorization
        self._connection = Connection(remote.scheme, remote.host, ca_file)

    def refs(self, names: Sequence[str]) -> Steps[dict[str, str]]:
        """Those of ``names`` that exist: object ids; ``name^{}`` is what a tag leads to."""
        arguments = ["peel", *(f"ref-prefix {name}" for name in names)]
        packets = yield from self._ask(request("ls-refs", _CAPABILITIES, arguments))
        found: dict[str, str] = {}
        for _ in range(_MOST_REFS):
            line = yield from packets.next()
            if line is None:
                yield from self._finish(packets)
                return found
            object_id, name, *attributes = line.decode().rstrip("\n").split(" ")
            if len(object_id) != 40 or not is_full_id(object_id):
                raise Unusual("object ids are not SHA-1")
            if name in names:  # the server compares beginnings
                found[name] = object_id
                for attribute in attributes:
                    kind, _, value = attribute.partition(":")
                    if kind == "peeled" and is_full_id(value):
                        found[f"{name}^{{}}"] = value
                    elif kind == "peeled":
                        raise Unusual("a tag leads to no object id")
        raise Unusual(f"more than {_MOST_REFS} refs")

    def fetch(self, object_id: str, most: int) -> Steps[bytearray]:
        """The pack that holds the object, and all it consists of, without its history.

        Raises:
            TooLarge: the pack has more than ``most`` bytes.
        """
        arguments = ["no-progress", "ofs-delta", f"want {object_id}", "deepen 1", "done"]
        packets = yield from self._ask(request("fetch", _CAPABILITIES, arguments))
        while (line := (yield from packets.next())) != b"packfile\n":
            if line is not None and not line.startswith((b"shallow", b"unshallow")):
                raise Unusual("the answer to fetch is odd")
        pack = bytearray()
        while (packet := (yield from packets.next())) is not None:
            if not packet or packet[0] not in (_BAND_PACK, _BAND_PROGRESS):
                raise Unusual("the server reports a failure")
            if packet[0] == _BAND_PACK:
                pack += memoryview(packet)[1:]
            if len(pack) > most:
                raise TooLarge(f"the pack has more than {most} bytes")
        yield from self._finish(packets)
        return pack

    def close(self) -> None:
        """Drop the connection. Safe to call twice; a further request opens it again."""
        self._connection.close()

    def _ask(self, body: bytes) -> Steps[Packets]:
        """Send one request; again on a new connection if the kept one turns out to be closed."""
        kept = self._connection.is_open
        try:
            return (yield from self._exchange(body))
        except (OSError, Unusual):
            self.close()
            if not kept:
                raise
        return (yield from self._exchange(body))

    def _exchange(self, body: bytes) -> Steps[Packets]:
        head = [
            f"POST {self._path} HTTP/1.1",
            f"Host: {self._host}",
            f"User-Agent: {_AGENT}",
            "Accept: application/x-git-upload-pack-result",
            "Content-Type: application/x-git-upload-pack-request",
            "Git-Protocol: version=2",
            f"Content-Length: {len(body)}",
        ]
        if authorization := self._authorization():
            head.append(f"Authorization: {authorization}")
        message = "\r\n".join((*head, "", "")).encode() + body
        if not self._connection.is_open:
            yield from self._connection.open()
        yield from self._connection.send(message)
        self._answer = Answer(self._connection)
        yield from self._answer.read_head("application/x-git-upload-pack-result")
        return Packets(self._answer)

    def _finish(self, packets: Packets) -> Steps[None]:
        yield from packets.end()
        if not self._answer.keep:
            self.close()
