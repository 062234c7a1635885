"""The log: one line per event, redacted, to standard error.

JSON lines (``{"timestamp": …, "level": …, "event": …, …}``) or text. The light writer here
serves one-shot commands; :func:`open_log` takes structlog where its import does not matter.
"""

from __future__ import annotations

import time

from halsync.observe.lines import json_line, text_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal

    Write = Callable[[str], None]
    Paint = Callable[[str, str], str]

    Level = Literal["debug", "info", "warning", "error"]
else:  # the names that others import
    Level = str


LEVELS: dict[Level, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Log:
    """Writes events at or above a level. Never raises because of what is logged."""

    def __init__(
        self,
        write: Write,
        *,
        level: Level,
        as_json: bool,
        paint: Paint,
        bound: Mapping[str, object] | None = None,
    ) -> None:
        """``write`` takes one line without its end; ``paint`` colours ``(text, style)``."""
        self._write = write
        self._level = level
        self._json = as_json
        self._paint = paint
        self._bound = dict(bound or {})

    def debug(self, event: str, **fields: object) -> None:
        """What only somebody who hunts a bug wants to know."""
        self._emit("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """What happened."""
        self._emit("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """What a person should look at, though the run goes on."""
        self._emit("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Why the run fails."""
        self._emit("error", event, fields)

    def bind(self, **fields: object) -> Log:
        """A log that adds these fields to every event."""
        return type(self)(
            self._write,
            level=self._level,
            as_json=self._json,
            paint=self._paint,
            bound=self._bound | fields,
        )

    def _emit(self, level: Level, event: str, fields: Mapping[str, object]) -> None:
        if LEVELS[level] < LEVELS[self._level]:
            return
        now, merged = time.time_ns(), self._bound | dict(fields)
        if self._json:
            self._write(json_line(now, level, event, merged))
        else:
            self._write(text_line(now, level, event, merged, self._paint))


def open_log(
    write: Write, *, level: Level, as_json: bool, paint: Paint, long_lived: bool = False
) -> Log:
    """The log of a run.

    Args:
        write: takes one line without its end.
        level: the least important level that is written.
        as_json: JSON lines; else text.
        paint: colours ``(text, style)``.
        long_lived: use structlog, and take in what libraries log through :mod:`logging`; also
            done at level debug.
    """
    if long_lived or level == "debug":
        from halsync.observe.structured import StructuredLog, capture_libraries

        capture_libraries(write, level=level, as_json=as_json, paint=paint)
        return StructuredLog(write, level=level, as_json=as_json, paint=paint)
    return Log(write, level=level, as_json=as_json, paint=paint)
