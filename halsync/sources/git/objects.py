"""What can be asked of a repository's objects, whoever holds them."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    class Objects(Protocol):
        """Reads objects of one repository. Not found is an answer, not an error.

        Names are object ids; ``id^{commit}`` is the commit that a tag leads to.
        """

        def infos(self, names: Sequence[str]) -> list[Info | None]:
            """Type and size of each; None where there is no such object."""

        def contents(self, names: Sequence[str]) -> Iterator[tuple[Info, bytes] | None]:
            """Each object whole. Ask :meth:`infos` first where the size matters.

            The iterator must be used up before anything else is asked.
            """


class Info(NamedTuple):
    """What an object is."""

    id: str
    type: str
    """``commit``, ``tag``, ``tree`` or ``blob``."""
    size: int


class BrokenRepository(Exception):
    """The objects cannot be read as they should be; the message says how."""
