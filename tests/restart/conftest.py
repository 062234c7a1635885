"""A daemon to restart, and the settings that name it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from halsync.model import SourceState
from halsync.restart import open_strategy
from halsync.restart.base import Release, Strategy
from halsync.settings.model import Settings
from halsync.settings.watching import ConfirmSettings, RestartSettings
from tests.servers.halyard import Halyard, serve_halyard
from tests.servers.kube.fixtures import kube, kube_server

__all__ = ["kube", "kube_server"]

QUICK = ConfirmSettings(timeout=15, settle=0.3, deploy_timeout=15)


@pytest.fixture
def halyard(tmp_path: Path) -> Iterator[Halyard]:
    """A running daemon."""
    with serve_halyard(tmp_path) as server:
        yield server


def release(name: str) -> Release:
    """A release that nobody can mistake for another one."""
    source = SourceState("hal-config", "git", "https://h/r.git", "main", name.ljust(40, "0"))
    return Release(name.ljust(64, "a"), name.ljust(40, "b"), (source,))


def settings_of(
    halyard: Halyard, strategy: str, confirm: ConfirmSettings = QUICK, **more: Any
) -> Settings:
    """Settings of a sidecar beside the daemon."""
    restart = RestartSettings(
        strategy=strategy,  # type: ignore[arg-type]
        daemon_url=halyard.url,
        confirm=confirm,
    )
    return Settings(target=str(halyard.hal), restart=restart._replace(**more))


def never() -> bool:
    """It is not time to end."""
    return False


def ignored(event: str, **fields: object) -> None:
    """A report that nobody reads."""


def opened(
    halyard: Halyard, name: str, confirm: ConfirmSettings = QUICK, **more: object
) -> Strategy:
    return open_strategy(settings_of(halyard, name, confirm, **more), report=ignored)
