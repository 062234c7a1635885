"""How an option is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from halsync.settings.model import Settings


class Sample(NamedTuple):
    """One legal value, as written and as the stages must receive it."""

    text: str
    """As a flag or a variable has it."""
    typed: object
    """As YAML has it."""
    expected: object
    get: Callable[[Settings], object]
    also: Mapping[str, object] = MappingProxyType({})
    """What it cannot do without: YAML keys."""
