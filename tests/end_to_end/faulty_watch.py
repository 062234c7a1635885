"""``halsync`` that kills itself at a boundary. A program of its own: the product has no such hook.

``HALSYNC_FAULT`` names the boundary: ``before`` or ``after`` a step. ``HALSYNC_FAULT_LOG`` names
a file to which every step is written before it happens. Steps: ``standing``, ``publish``,
``act``, ``confirm``, ``rollback``; ``mark PHASE`` for what is written down; ``mark quarantined``
when the way back begins, and ``back PHASE`` on it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from halsync import publish
from halsync.agent.watch import phases, publishing
from halsync.restart.base import Marked
from halsync.restart.daemon import DaemonStrategy
from halsync.restart.marks import DiskMarks

FAULT = os.environ.pop("HALSYNC_FAULT", "")
LOG = os.environ.pop("HALSYNC_FAULT_LOG", "")


def at(moment: str) -> None:
    """Write it down; die here if it is the one."""
    if LOG:
        with open(LOG, "a", encoding="utf-8") as stream:
            stream.write(moment + "\n")
    if moment == FAULT:
        os.kill(os.getpid(), signal.SIGKILL)


def around(name: Callable[..., str], call: Callable[..., Any]) -> Callable[..., Any]:
    """``call`` with both its boundaries; ``name`` is made from its arguments, empty: no step."""

    def called(*args: Any, **kwargs: Any) -> Any:
        step = name(*args, **kwargs)
        if not step:
            return call(*args, **kwargs)
        at(f"before {step}")
        result = call(*args, **kwargs)
        at(f"after {step}")
        return result

    return called


def _mark(_marks: DiskMarks, marked: Marked) -> str:
    if marked.quarantined:
        return "mark quarantined" if marked.phase == "accepted" else f"back {marked.phase}"
    return f"mark {marked.phase}" if marked.phase else ""


def main() -> None:
    """Wrap the steps and run the command line."""
    wrapped: Any = phases.Phases
    wrapped.accept = _accepting(phases.Phases.accept)
    publish.publish = around(_if_accepted, publish.publish)
    module: Any = publishing
    module.rollback = around(lambda *_, **__: "rollback", module.rollback)
    strategy: Any = DaemonStrategy
    strategy.act = around(lambda *_: "act", DaemonStrategy.act)
    strategy.confirm = around(lambda *_, **__: "confirm", DaemonStrategy.confirm)
    strategy.standing = around(lambda *_: "standing" if _accepts else "", DaemonStrategy.standing)
    marks: Any = DiskMarks
    marks.write = around(_mark, DiskMarks.write)
    from halsync.__main__ import program

    program()


_accepts: list[bool] = []


def _accepting(call: Callable[..., Any]) -> Callable[..., Any]:
    """While a release is accepted, and not at every round, asking for the process is a step."""

    def called(*args: Any) -> Any:
        _accepts.append(True)
        try:
            return call(*args)
        finally:
            _accepts.clear()

    return called


def _if_accepted(*_args: object, **kwargs: object) -> str:
    return "publish" if kwargs.get("inputs") else ""


if __name__ == "__main__":
    main()
