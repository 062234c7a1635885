"""Making a tree current in ``.hal`` by one atomic rename, and going back.

What stands where, and what a reader is guaranteed, is told in ``docs/publish.md``. The names
below are loaded when first used: a run that publishes pays for nothing else.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.publish.back import rollback
    from halsync.publish.drifting import drift
    from halsync.publish.inspect import read_generation, read_state
    from halsync.publish.records import Drift, Pin, Publication, Published, State
    from halsync.publish.run import publish
    from halsync.publish.visible import standing

__all__ = [
    "Drift",
    "Pin",
    "Publication",
    "Published",
    "State",
    "drift",
    "publish",
    "read_generation",
    "read_state",
    "rollback",
    "standing",
    "warm_up",
]

_HOMES = {
    "drift": "drifting",
    "publish": "run",
    "read_generation": "inspect",
    "read_state": "inspect",
    "rollback": "back",
    "standing": "visible",
}


_NEEDED = ("content", "kept", "daemon", "plan", "run", "build", "switch", "kernel")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES.get(name, 'records')}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def warm_up(meanwhile: Callable[[], object]) -> None:
    """Import what :func:`publish` needs, so that it can happen while the network is waited for.

    ``meanwhile`` is called between imports.
    """
    for name in (*(f"{__name__}.{own}" for own in _NEEDED), "ctypes", "hashlib"):
        import_module(name)
        meanwhile()
