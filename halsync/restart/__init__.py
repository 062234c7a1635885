"""Making Halyard take notice of a new configuration, and seeing that it did.

:func:`open_strategy`, :func:`open_marks` and :func:`open_turn` make what the settings ask for;
:func:`reaction` says what a change asks for, :mod:`halsync.restart.governor` whether this is the
moment, :mod:`halsync.restart.hold` whether a person has stopped everything. ``docs/restart.md``
tells the whole of it. The names below are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.alone import alone
    from halsync.restart.base import Marks, Strategy
    from halsync.restart.classify import Seen, reaction, seen
    from halsync.restart.turn import Turn
    from halsync.settings.model import Settings

    Tell = Callable[..., None]

__all__ = [
    "Seen",
    "alone",
    "busy",
    "open_marks",
    "open_strategy",
    "open_turn",
    "reaction",
    "seen",
]

_HOMES = {"alone": "alone", "Seen": "classify", "reaction": "classify", "seen": "classify"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def open_strategy(settings: Settings, *, report: Tell) -> Strategy:
    """The strategy that ``restart.strategy`` names. Nothing is asked of anybody yet.

    Args:
        settings: of the run; without ``restart`` the strategy is ``none``.
        report: gets ``deploying`` (task, message) while Halyard deploys, and ``halyard-problem``
            (severity, message, location, hint) for what it finds.

    Raises:
        ConfigError: the settings do not fit together, or a library is missing.
    """
    from halsync.restart.opening import strategy

    return strategy(settings, report)


def open_marks(settings: Settings, *, report: Tell | None = None) -> Marks:
    """Where the strategy's marks are kept; nothing is read yet.

    Args:
        settings: of the run.
        report: gets ``marks-damaged`` (path, error) where what is on disk cannot be read; it is
            then kept aside, and counts as nothing.
    """
    from halsync.restart.opening import marks

    return marks(settings, report)


def open_turn(settings: Settings) -> Turn:
    """The turn that several halyards take, as ``restart.governor.lease`` says."""
    from halsync.restart.turn import Turn

    return Turn(settings)


def busy(settings: Settings) -> str:
    """The Halyard task that a restart would break off; empty if none runs, if the daemon does
    not answer, and where the strategy does not ask it. Never raises."""
    from halsync.restart.opening import busy_with

    return busy_with(settings)
