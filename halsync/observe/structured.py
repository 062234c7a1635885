"""The log through structlog, for long-lived commands and for debugging.

Lines are the same, byte for byte, as those of the light writer. What libraries log through
:mod:`logging` joins them, redacted, with ``logger`` as a field.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import structlog

from halsync.observe.lines import cleaned, encode, text_line
from halsync.observe.log import LEVELS, Level, Log

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from structlog.typing import EventDict, Processor

    from halsync.observe.log import Paint, Write

_HANDLER = "halsync"


class StructuredLog(Log):
    """A :class:`Log` whose events run through structlog's processors."""

    def __init__(
        self,
        write: Write,
        *,
        level: Level,
        as_json: bool,
        paint: Paint,
        bound: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(write, level=level, as_json=as_json, paint=paint, bound=bound)
        self._logger = structlog.wrap_logger(
            _Sink(write),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                *_finish(as_json, paint),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        ).bind(**self._bound)

    def _emit(self, level: Level, event: str, fields: Mapping[str, object]) -> None:
        getattr(self._logger, level)(event, **fields)


def capture_libraries(write: Write, *, level: Level, as_json: bool, paint: Paint) -> None:
    """Send what :mod:`logging` gets to ``write``.

    Libraries stay at info even when halsync debugs: at debug level HTTP clients log headers.
    """
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.format_exc_info,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_finish(as_json, paint),
        ],
    )
    handler = _Handler(write)
    handler.set_name(_HANDLER)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.get_name() != _HANDLER]
    root.addHandler(handler)
    root.setLevel(max(LEVELS[level], logging.INFO))
    logging.captureWarnings(capture=True)


class _Handler(logging.Handler):
    def __init__(self, write: Write) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(self.format(record))
        except Exception:  # as logging itself: a bad record never ends a run
            self._write(encode({"level": "warning", "event": "a library's log record is broken"}))


class _Sink:
    """What structlog calls with the finished line."""

    def __init__(self, write: Write) -> None:
        self.debug = self.info = self.warning = self.error = self.msg = write


def _finish(as_json: bool, paint: Paint) -> list[Processor]:
    """Stamp, order, redact and write: the end of both pipelines."""
    if as_json:
        return [
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _ordered,
            _redacted,
            structlog.processors.JSONRenderer(),
        ]
    return [_TextRenderer(paint)]


def _ordered(_logger: Any, _name: str, event: EventDict) -> EventDict:
    first = {key: event.pop(key) for key in ("timestamp", "level", "event")}
    return first | dict(event)


def _redacted(_logger: Any, _name: str, event: EventDict) -> EventDict:
    return cleaned(event)


class _TextRenderer:
    def __init__(self, paint: Paint) -> None:
        self._paint = paint

    def __call__(self, _logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
        import time

        level = cast("str", event.pop("level"))
        text = str(event.pop("event"))
        known = level if level in LEVELS else "error"
        return text_line(time.time_ns(), known, text, event, self._paint)
