"""File events only shorten the wait: without them everything works."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.agent.report import silent
from halsync.agent.watch.files import watch_directories
from halsync.agent.watch.waking import Waker
from halsync.settings.model import DirSettings, Settings, SourceSettings
from tests.observe.sidecar import eventually

pytest.importorskip("watchdog", reason="an extra")


def test_a_directory_that_is_not_there_keeps_nobody_from_starting(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    sources = [
        SourceSettings(name, DirSettings(str(tmp_path / name))) for name in ("gone", "there")
    ]
    waker = Waker()
    end = watch_directories(Settings(sources=tuple(sources)), waker, silent)
    try:
        (there / "config").write_text("a: 1\n")
        found: set[str] = set()

        def called() -> bool:
            found.update(call.source for call in waker.calls())
            return bool(found)

        eventually(called)
        assert found == {"there"}
    finally:
        end()
        waker.close({})
