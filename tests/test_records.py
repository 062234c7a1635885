"""Our records behave as those of ``typing`` do."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import Any

import pytest

from halsync import records


class Ours(records.NamedTuple):
    """What it is."""

    name: str
    size: int = 3
    """Bytes."""
    tags: tuple[str, ...] = ()

    @property
    def double(self) -> int:
        return self.size * 2

    def __bool__(self) -> bool:
        return bool(self.name)


class Theirs(typing.NamedTuple):
    """What it is."""

    name: str
    size: int = 3
    """Bytes."""
    tags: tuple[str, ...] = ()

    @property
    def double(self) -> int:
        return self.size * 2

    def __bool__(self) -> bool:
        return bool(self.name)


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_a_record(kind: Any) -> None:
    made = kind("a", tags=("x",))
    assert made == ("a", 3, ("x",)) == kind("a", 3, ("x",))
    assert (made.name, made.size, made.tags, made.double) == ("a", 3, ("x",), 6)
    assert bool(made) and not kind("")
    assert hash(made) == hash(("a", 3, ("x",)))
    assert repr(made) == f"{kind.__name__}(name='a', size=3, tags=('x',))"
    assert made._replace(size=4) == kind("a", 4, ("x",))
    assert type(made._replace(size=4)) is kind
    assert made._asdict() == {"name": "a", "size": 3, "tags": ("x",)}
    assert kind._make(["a", 3, ("x",)]) == made
    assert kind._fields == kind.__match_args__ == ("name", "size", "tags")
    assert kind._field_defaults == {"size": 3, "tags": ()}
    assert kind.__doc__ == "What it is."
    assert list(typing.get_type_hints(kind)) == list(kind._fields)
    assert list(inspect.signature(kind).parameters) == ["name", "size", "tags"]
    assert copy.deepcopy(made) == made
    again = pickle.loads(pickle.dumps(made))
    assert again == made and type(again) is kind
    match made:
        case kind(name, size):
            assert (name, size) == ("a", 3)


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_what_a_record_refuses(kind: Any) -> None:
    made = kind("a")
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(TypeError):
        kind("a", colour="red")
    with pytest.raises(TypeError):
        kind._make(["a"])
    with pytest.raises((TypeError, ValueError), match="colour"):  # the former from Python 3.13 on
        made._replace(colour="red")
    with pytest.raises(AttributeError):
        made.size = 4
    with pytest.raises(AttributeError):
        made.colour = "red"
