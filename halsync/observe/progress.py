"""Progress for a person at a terminal: what is done, line by line, and what is under way.

The last line is rewritten in place while work is under way, with the time it has taken.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from halsync.observe.sentences import RUNNING, is_step, notable, sentence
from halsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halsync.observe.console import Console

_TICK = 0.5
_ERASE = "\r\x1b[K"
_FALLBACK_WIDTH = 80


class Progress:
    """Writes to the console's standard error, which must be a terminal."""

    def __init__(self, console: Console, *, moving: bool) -> None:
        """``moving``: whether the terminal can rewrite a line, and somebody sees it."""
        self._console = console
        self._moving = moving
        self._lock = threading.RLock()
        self._running: dict[object, tuple[str, float]] = {}
        """Source → what is under way, and since when."""
        self._shown = False
        self._since = time.monotonic()
        self._wake = threading.Event()
        self._ticker: threading.Thread | None = None

    def report(self, event: str, fields: Mapping[str, object]) -> None:
        """One event of the stages."""
        text = redact(sentence(event, fields))
        if event in RUNNING:
            with self._lock:
                self._running[fields.get("source")] = (text, time.monotonic())
                self._draw()
            self._start_ticker()
            return
        warns = notable(event, fields)
        if not warns:
            with self._lock:
                self._running.pop(fields.get("source"), None)
        style, mark = ("yellow", "!") if warns else ("green", "✓")
        if fields.get("errors"):
            style, mark = "red", "✗"
        now = time.monotonic()
        seconds = fields.get("seconds", now - self._since if is_step(event) else None)
        self._since = now
        spent = f" ({seconds:.1f} s)" if isinstance(seconds, (int, float)) else ""
        if warns or (isinstance(seconds, float) and seconds < 0.05):
            spent = ""
        paint = self._console.paint
        line = f"{paint(mark, style, 'err')} {text}{paint(spent, 'dim', 'err')}"
        self.around(lambda: self._console.raw_error(line + "\n"))

    def around(self, write: Callable[[], None]) -> None:
        """Write something else: the status line makes room and comes back."""
        with self._lock:
            self._erase()
            write()
            self._draw()

    def stop(self) -> None:
        """Nothing is under way any more."""
        with self._lock:
            self._running.clear()
            self._erase()
        self._wake.set()
        if self._ticker is not None and self._ticker is not threading.current_thread():
            self._ticker.join()
            self._ticker = None

    def _start_ticker(self) -> None:
        if self._moving and self._ticker is None:
            self._wake.clear()
            self._ticker = threading.Thread(target=self._tick, daemon=True, name="progress")
            self._ticker.start()

    def _tick(self) -> None:
        while not self._wake.wait(_TICK):
            with self._lock:
                self._erase()
                self._draw()

    def _draw(self) -> None:
        if not self._moving or not self._running:
            return
        texts = [text for text, _ in self._running.values()]
        seconds = time.monotonic() - min(since for _, since in self._running.values())
        spent = f" {seconds:.0f} s" if seconds >= 1 else ""
        line = f"· {'; '.join(texts)} …"[: _width(self._console) - len(spent) - 1] + spent
        self._console.raw_error(self._console.paint(line, "dim", "err"))
        self._shown = True

    def _erase(self) -> None:
        if self._shown:
            self._console.raw_error(_ERASE)
            self._shown = False


def _width(console: Console) -> int:
    """Columns of the terminal; a longer status line would wrap and could not be erased."""
    import os

    try:
        return os.get_terminal_size(console.stderr.fileno()).columns or _FALLBACK_WIDTH
    except (OSError, ValueError):
        return _FALLBACK_WIDTH
