"""halsync.yaml while the sidecar runs."""

from __future__ import annotations

from pathlib import Path

from halsync.agent.report import silent
from halsync.agent.watch.settings_file import SettingsFile
from halsync.errors import HalsyncError
from halsync.settings.load import Loaded, load


def test_a_change_while_all_is_opened_anew_is_seen(tmp_path: Path) -> None:
    """Closing waits for receivers and the cluster: seconds after the file was read."""
    file = tmp_path / "halsync.yaml"

    def write(interval: str) -> None:
        scratch = tmp_path / "new"
        scratch.write_text(f"watch: {{interval: {interval}}}\n")
        scratch.rename(file)

    def opened() -> SettingsFile:
        return SettingsFile(str(file), read, silent, told.append)

    def read() -> Loaded:
        return load({}, {}, config=str(file))

    told: list[HalsyncError] = []
    write("10s")
    first = opened()
    assert not first.changed()
    write("20s")
    assert first.changed()
    write("30s")
    second = opened()
    assert second.changed()
    assert second.loaded and second.loaded.settings.watch
    assert second.loaded.settings.watch.interval == 30
    assert not opened().changed()
    assert told == []
