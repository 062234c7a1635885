"""The sidecar's loop, wired as it runs, gone through round by round."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from halsync.agent.watch import clock
from halsync.agent.watch.loop import Loop, Parts
from halsync.agent.watch.run import Sidecar, _parts
from halsync.errors import HalsyncError
from halsync.observe.console import Console
from halsync.observe.turn import Turn
from halsync.observe.view import View
from halsync.publish import read_state
from halsync.settings.load import Loaded, load
from tests.servers.halyard import CONFIG


class Rounds:
    """A source directory, a target, and the loop between them."""

    def __init__(self, directory: Path, target: Path, more: dict[str, Any]) -> None:
        self.source = directory / "source"
        self.source.mkdir()
        self.target = target
        self.file = directory / "halsync.yaml"
        self.settings = {
            "target": str(target),
            "sources": [{"name": "hal", "dir": {"path": str(self.source)}}],
            "validate": {"ignore": ["rules"]},
            **more,
        }
        self.events: list[tuple[str, dict[str, object]]] = []
        self.loop: Loop
        self.parts: Parts

    def open(self, stack: ExitStack, work: Path) -> None:
        """Begin, as a new process would."""
        self.file.write_text(json.dumps(self.settings))
        loaded = self.load()
        sidecar = Sidecar(self.load, Console({}, stdout=io.StringIO(), stderr=io.StringIO()), _tell)
        sidecar.listeners.append(self._report)
        work.mkdir()
        self.parts = _parts(loaded, sidecar, str(work), stack)
        self.loop = Loop(self.parts, View(time.time(), 0.0), once=False)

    def load(self) -> Loaded:
        """What the file says."""
        return load({}, {}, config=str(self.file))

    def write(self, version: str) -> None:
        """Another revision."""
        (self.source / "config").write_text(CONFIG.format(version=version, primary="prod"))

    def round(self) -> Turn:
        """One round in which the source is asked."""
        self.parts.polls.wake("")
        return self.loop.round()

    def waits(self) -> float:
        """Seconds until the next round, if nobody calls."""
        return self.loop._due() - clock.now()

    def told(self, name: str) -> list[dict[str, object]]:
        """The events of that name."""
        return [fields for event, fields in self.events if event == name]

    def live(self) -> str:
        """The generation."""
        state = read_state(str(self.target))
        return state.current if state else ""

    def _report(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))


@contextmanager
def rounds(directory: Path, target: Path, **more: Any) -> Iterator[Rounds]:
    """A loop that has not gone round yet; nothing is published."""
    made = Rounds(directory, target, more)
    made.write("1.30.0")
    with ExitStack() as stack:
        made.open(stack, directory / "work")
        yield made


def _tell(_error: HalsyncError) -> None:
    """Nobody looks."""
