"""Standard output and standard error: colour, characters, progress, the log.

Results go to standard output, everything else to standard error. A terminal gets colour and
progress; pipes, files and containers get neither, and log lines as JSON.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress

from halsync.errors import PublishError
from halsync.observe.log import Log, open_log
from halsync.redact import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal, TextIO

    from halsync.observe.log import Level
    from halsync.observe.progress import Progress

    Format = Literal["auto", "text", "json"]
else:  # the names that others import
    Format = str


_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "…": "...", "•": "*", "→": "->", "·": "-", "─": "-", "│": "|"}
)


class Console:
    """What a command talks through."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        # Python has no stream at all where the caller has closed it (``>&-``).
        self.stdout = stdout or sys.stdout or _nowhere()
        self.stderr = stderr or sys.stderr or _nowhere()
        self._colour = {
            "out": _wants_colour(self.stdout, environment),
            "err": _wants_colour(self.stderr, environment),
        }
        self._unicode = {
            "out": _speaks_unicode(self.stdout),
            "err": _speaks_unicode(self.stderr),
        }
        self._terminal = _is_terminal(self.stderr)
        self._moving = environment.get("TERM") != "dumb" and not environment.get("CI")
        self._progress: Progress | None = None
        self.last_line = ""
        """The latest thing reported, plain and redacted: what the termination log gets."""
        self.configure("info", "auto")

    def configure(self, level: Level, form: Format, *, long_lived: bool = False) -> None:
        """Set up the log, and progress where a person watches, as the settings say."""
        self.as_json = form == "json" or (form == "auto" and not self._terminal)
        """Whether standard error carries JSON lines."""
        self.close()
        if self._terminal and not self.as_json and level != "error":
            from halsync.observe.progress import Progress

            self._progress = Progress(self, moving=self._moving)
        self.log: Log = open_log(
            self.error_line,
            level=level,
            as_json=self.as_json,
            paint=lambda text, style: self.paint(text, style, "err"),
            long_lived=long_lived,
        )

    def report(self, event: str, **fields: object) -> None:
        """Tell how the work goes (:class:`halsync.agent.report.Report`).

        A sentence where a person watches, a log line elsewhere.
        """
        from halsync.observe.sentences import level, sentence

        importance = level(event, fields)
        if importance == "debug":  # thousands a day, of which nobody wants to read one
            self.log.debug(event, **fields)
            return
        self.last_line = redact(sentence(event, fields)) or self.last_line
        if self._progress is not None:
            self._progress.report(event, fields)
        else:
            getattr(self.log, importance)(event, **fields)

    def colour(self, stream: Literal["out", "err"] = "out") -> bool:
        """Whether the stream is to be coloured."""
        return self._colour[stream]

    def paint(self, text: str, style: str, stream: Literal["out", "err"] = "out") -> str:
        """``text`` in a style (``bold``, ``dim``, ``red``, …), if the stream is coloured."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._colour[stream] and text else text

    def print(self, text: str = "") -> None:
        """Write a line of the result.

        Raises:
            BrokenPipeError: nobody reads any more.
            PublishError: it cannot be written, for example because the disk is full.
        """
        with _writing(self.stdout):
            self.stdout.write(self._fit(text, "out") + "\n")

    def flush(self) -> None:
        """Bring the result out; raises as :meth:`print` does."""
        with _writing(self.stdout):
            self.stdout.flush()

    def error_line(self, line: str) -> None:
        """Write a line to standard error, around a status line if there is one. Never raises."""
        if not self.as_json:
            line = redact(line)
        if self._progress is not None:
            self._progress.around(lambda: self.raw_error(line + "\n"))
        else:
            self.raw_error(line + "\n")

    def raw_error(self, text: str) -> None:
        """Write to standard error as it is; a closed or full one does not end a run."""
        with suppress(OSError, ValueError):
            self.stderr.write(self._fit(text, "err"))
            self.stderr.flush()

    def close(self) -> None:
        """Remove the status line. The console stays usable."""
        if self._progress is not None:
            self._progress.stop()

    def _fit(self, text: str, stream: Literal["out", "err"]) -> str:
        """What the stream can encode."""
        target = self.stdout if stream == "out" else self.stderr
        if not self._unicode[stream]:
            text = text.translate(_ASCII)
        encoding = target.encoding or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)


@contextmanager
def _writing(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is still buffered would fail once more, and loudly, when Python ends.
        silence(stream)
        reason = (error.strerror or "unknown error").lower()
        raise PublishError(
            f"the result cannot be written: {reason}",
            where="standard output",
            hint="make room where it is redirected to",
        ) from error


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _is_terminal(stream: TextIO) -> bool:
    with suppress(OSError, ValueError):
        return stream.isatty()
    return False


def _wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """https://no-color.org and https://force-color.org: set and not empty counts."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return _is_terminal(stream) and environment.get("TERM") != "dumb"


def _speaks_unicode(stream: TextIO) -> bool:
    try:
        "✓…•→".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def silence(stream: TextIO) -> None:
    """Point a broken pipe at nothing, so that flushing at exit does not complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
