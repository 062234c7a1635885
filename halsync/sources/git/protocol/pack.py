"""Reading a pack: gitformat-pack(5).

Small packs only, and whole in memory: every size is known, and within the limits, before
anything is unpacked to it. Each object is found by the digest of what was unpacked, so that what
is read is what the commit names.
"""

from __future__ import annotations

import hashlib
import zlib

from halsync.sources.git.objects import Info
from halsync.sources.git.protocol.waiting import TooLarge, Unusual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _ID_DELTA = 6, 7
_HEAD = 12
_DIGEST = 20
_LEAST = 3
"""Bytes that an object takes at least; a head that counts more objects than fit is wrong."""
_MOST_TAGS = 10
"""Tags of tags of tags …"""
_COMMIT = "^{commit}"
_MOST_BITS = 64
"""Numbers are written in as many bytes as they take; larger ones are nonsense."""


class Pack:
    """All objects of a pack, unpacked: :class:`~halsync.sources.git.objects.Objects`."""

    def __init__(self, pack: bytes | bytearray, most_each: int, most: int) -> None:
        """``most_each`` and ``most`` are the bytes that an object, and all, may unpack to.

        Raises:
            TooLarge: they do not suffice.
            Unusual: this is not a whole and sound pack.
        """
        self._objects: dict[str, tuple[str, bytes]] = {}
        for kind, content in _Unpacking(pack, most_each, most).run():
            name = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)), usedforsecurity=False)
            name.update(content)
            self._objects[name.hexdigest()] = (kind, content)

    def infos(self, names: Sequence[str]) -> list[Info | None]:
        """See :class:`~halsync.sources.git.objects.Objects`.

        Raises:
            Unusual: the pack lacks an object; it was to have all.
        """
        return [Info(name, kind, len(content)) for name, kind, content in map(self._find, names)]

    def contents(self, names: Sequence[str]) -> Iterator[tuple[Info, bytes] | None]:
        """As :meth:`infos`, with the content."""
        for name, kind, content in map(self._find, names):
            yield Info(name, kind, len(content)), content

    def _find(self, name: str) -> tuple[str, str, bytes]:
        wanted = name.removesuffix(_COMMIT)
        for _ in range(_MOST_TAGS):
            if wanted not in self._objects:
                break
            kind, content = self._objects[wanted]
            if kind != "tag" or not name.endswith(_COMMIT):
                if kind != "commit" and name.endswith(_COMMIT):
                    break
                return wanted, kind, content
            wanted = content.partition(b"\n")[0].decode("latin-1").removeprefix("object ")
        raise Unusual(f"the pack has no {name}")


class _Unpacking:
    """One pass through a pack."""

    def __init__(self, pack: bytes | bytearray, most_each: int, most: int) -> None:
        self._pack = memoryview(pack)
        self._most_each = most_each
        self._left = most
        self._end = len(pack) - _DIGEST

    def run(self) -> list[tuple[str, bytes]]:
        """Type and content of every object. Raises as :class:`Pack` does."""
        at, count = _HEAD, self._count()
        # By where they begin, which is what most deltas refer to.
        done: dict[int, tuple[str, bytes]] = {}
        for _ in range(count):
            start = at
            kind, size, at = self._object_head(at)
            if kind == _OFFSET_DELTA:
                distance, at = self._distance(at)
                base = done.get(start - distance)
            elif kind == _ID_DELTA or kind not in _TYPES:
                # A base named by its id may come later: only servers other than git do that.
                raise Unusual(f"an object of type {kind}")
            content, at = self._inflate(at, size)
            if kind != _OFFSET_DELTA:
                done[start] = (_TYPES[kind], content)
            elif base is None:
                raise Unusual("a delta without its base")
            else:
                done[start] = (base[0], self._apply(content, base[1]))
        if at != self._end:
            raise Unusual("the pack does not end where it should")
        return list(done.values())

    def _count(self) -> int:
        """The number of objects, once head and digest have proved right."""
        head = bytes(self._pack[:_HEAD])
        if self._end < _HEAD or head[:8] != b"PACK\0\0\0\2":
            raise Unusual("this is not a pack")
        digest = hashlib.sha1(self._pack[: self._end], usedforsecurity=False).digest()
        if digest != self._pack[self._end :]:
            raise Unusual("the pack is damaged")
        count = int.from_bytes(head[8:], "big")
        if count * _LEAST > self._end:
            raise Unusual("the pack counts more objects than it holds")
        return count

    def _object_head(self, at: int) -> tuple[int, int, int]:
        """Type, size, and where what follows begins: three bits of type, then sevens of size."""
        byte = self._byte(at)
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & 0x80 and shift < _MOST_BITS:
            at += 1
            byte = self._byte(at)
            size |= (byte & 0x7F) << shift
            shift += 7
        return kind, size, at + 1

    def _distance(self, at: int) -> tuple[int, int]:
        """How far back the base begins, and what follows: its own encoding, without overlaps."""
        byte = self._byte(at)
        distance = byte & 0x7F
        while byte & 0x80 and distance < self._end:
            at += 1
            byte = self._byte(at)
            distance = (distance + 1) << 7 | byte & 0x7F
        return distance, at + 1

    def _byte(self, at: int) -> int:
        if at >= self._end:
            raise Unusual("the pack breaks off")
        return self._pack[at]

    def _inflate(self, at: int, size: int) -> tuple[bytes, int]:
        self._spend(size)
        # What deflate makes of bytes that do not shrink (zlib's compressBound), so that hardly
        # more is looked at than belongs to this object.
        bound = size + (size >> 12) + (size >> 14) + (size >> 25) + 13
        stream = zlib.decompressobj()
        chunk = self._pack[at : min(at + bound, self._end)]
        try:
            content = stream.decompress(chunk, size + 1)
        except zlib.error as error:
            raise Unusual(f"an object of the pack is damaged ({error})") from None
        if len(content) != size or not stream.eof:
            raise Unusual("an object of the pack has not the size that it says")
        return content, at + len(chunk) - len(stream.unused_data)

    def _apply(self, delta: bytes, base: bytes) -> bytes:
        """What ``delta`` makes of ``base``: parts of it, and new bytes."""
        before, at = _number(delta, 0)
        size, at = _number(delta, at)
        if before != len(base):
            raise Unusual("a delta is for another base")
        self._spend(size)
        parts: list[bytes] = []
        made = 0
        while at < len(delta):
            instruction = delta[at]
            at += 1
            if instruction & 0x80:
                start, length, at = _copy(delta, at, instruction)
                part = base[start : start + length]
            else:
                length = instruction
                part = delta[at : at + length]
                at += length
            made += length
            if not length or len(part) != length or made > size:
                raise Unusual("a delta is damaged")
            parts.append(part)
        if made != size:
            raise Unusual("a delta makes less than it says")
        return b"".join(parts)

    def _spend(self, size: int) -> None:
        self._left -= size
        if size > self._most_each or self._left < 0:
            raise TooLarge("more to unpack than is unpacked here")


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; and where what follows begins."""
    number = shift = 0
    while True:
        if at >= len(data) or shift > _MOST_BITS:
            raise Unusual("a delta breaks off")
        byte = data[at]
        number |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if not byte & 0x80:
            return number, at


def _copy(delta: bytes, at: int, instruction: int) -> tuple[int, int, int]:
    """Start and length in the base, of whose seven bytes only some are there; and what follows."""
    value = 0
    for place in range(7):
        if instruction & 1 << place:
            if at >= len(delta):
                raise Unusual("a delta breaks off")
            value |= delta[at] << 8 * place
            at += 1
    start, length = value & 0xFFFFFFFF, value >> 32
    return start, length or 0x10000, at
