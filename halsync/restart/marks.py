"""Marks on the disk beside the target."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from halsync.errors import PublishError
from halsync.restart import disk
from halsync.restart.base import Marked
from halsync.restart.written import OtherVersion, marked_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = "agent.json"
_LARGEST = 4 * 1024**2


class DiskMarks:
    """``<target>/.halsync/agent.json``, replaced atomically. See :class:`base.Marks`."""

    def __init__(self, target: str, mode: int, report: Callable[..., None] | None) -> None:
        self.path = os.path.join(disk.home(target), _NAME)
        self._mode = mode
        self._report = report

    def read(self) -> Marked:
        content = disk.read(self.path, _LARGEST)
        if content is None:
            return Marked()
        try:
            return marked_of(content)
        except OtherVersion as error:
            raise PublishError(
                f"was written by another version of halsync: it {error}",
                where=self.path,
                hint="run the halsync that wrote it, or remove the file",
            ) from error
        except ValueError as error:
            self._keep_aside(error)
            return Marked()

    def write(self, marked: Marked) -> None:
        disk.replace(self.path, text_of(marked).encode() + b"\n", self._mode)

    def _keep_aside(self, error: ValueError) -> None:
        kept = f"{self.path}.damaged-{int(time.time())}"
        with suppress(OSError):
            os.rename(self.path, kept)
        if self._report:
            self._report("marks-damaged", path=kept, error=str(error))
