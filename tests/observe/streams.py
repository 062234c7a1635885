"""Streams that say what they are."""

from __future__ import annotations

import io
import os
import pty
import threading
from typing import TextIO

from halsync.observe.console import Console


def pipe(encoding: str = "utf-8") -> io.TextIOWrapper:
    """A stream that is no terminal; read it with :func:`written`."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n", write_through=True)


def written(stream: io.TextIOWrapper) -> str:
    """What has been written to a :func:`pipe`."""
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)


def console(environment: dict[str, str] | None = None) -> tuple[Console, io.TextIOWrapper]:
    """A console without a terminal, and its standard error."""
    stderr = pipe()
    return Console(environment or {}, stdout=pipe(), stderr=stderr), stderr


class Terminal:
    """A real terminal: ``stream`` writes to it, ``text`` is what a person would have seen."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._master, slave = pty.openpty()
        self.stream: TextIO = os.fdopen(slave, "w", encoding=encoding)
        self._seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self._seen += data

    def text(self) -> str:
        """Close it and return everything, line ends as one character."""
        self.stream.close()
        self._reader.join()
        os.close(self._master)
        return self._seen.decode(self.stream.encoding).replace("\r\n", "\n")
