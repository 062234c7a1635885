"""Which step set which value of a file, and whether two of them want different things."""

from __future__ import annotations

from halsync.formats.align import named, same
from halsync.records import NamedTuple
from halsync.render.places import REMOVED, Item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from halsync.render.places import Place
    from halsync.render.trail import Step


class Claim(NamedTuple):
    """A value that a step stated."""

    step: Step
    at: str
    """Where it says so: ``environments/prod/config:4``, ``halsync.yaml:12``."""
    value: Any


class _Node:
    __slots__ = ("below", "claim")

    def __init__(self) -> None:
        self.below: dict[Any, _Node] = {}
        self.claim: Claim | None = None


_ANYTHING = object()


class Claims:
    """The claims on one file, by place."""

    def __init__(self) -> None:
        self._root = _Node()

    def fight(self, place: Place, value: Any) -> tuple[Place, Claim] | None:
        """The claim that does not hold any more once ``value`` stands at ``place``."""
        node = self._root
        for depth, part in enumerate(place):
            if node.claim is not None:
                wanted = _inside(node.claim.value, place[depth:])
                if wanted is not _ANYTHING and not _agrees(wanted, value):
                    return place[:depth], node.claim
            following = node.below.get(part)
            if following is None:
                return None
            node = following
        for below, claim in _claims(node):
            now = _inside(value, below)
            if now is _ANYTHING:
                now = REMOVED
            if not _agrees(claim.value, now):
                return (*place, *below), claim
        return None

    def put(self, place: Place, claim: Claim) -> None:
        """Remember it; what was claimed there and below is forgotten."""
        node = self._root
        for part in place:
            node = node.below.setdefault(part, _Node())
        node.claim = claim
        node.below.clear()


def _agrees(wanted: Any, got: Any) -> bool:
    if wanted is REMOVED or got is REMOVED:
        return wanted is got
    return same(wanted, got)


def _claims(node: _Node, at: Place = ()) -> Iterator[tuple[Place, Claim]]:
    if node.claim is not None:
        yield at, node.claim
    for part, below in node.below.items():
        yield from _claims(below, (*at, part))


def _inside(value: Any, place: Place) -> Any:  # noqa: PLR0911 - one return for each kind
    """The part of a claimed value at a place below it; ``_ANYTHING`` where it says nothing."""
    for part in place:
        if value is REMOVED:
            return REMOVED
        if isinstance(part, Item):
            if not isinstance(value, list):
                return REMOVED
            names = named(value) or {}
            if part.name not in names:
                return _ANYTHING if names else REMOVED
            value = value[names[part.name]]
        elif isinstance(value, dict):
            if part not in value:
                return _ANYTHING
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int):
            if not 0 <= part < len(value):
                return REMOVED
            value = value[part]
        else:
            return REMOVED
    return value
