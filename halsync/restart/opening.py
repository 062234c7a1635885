"""From the settings to a strategy, and to the place of its marks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from halsync.settings.cluster import ClusterSettings
from halsync.settings.watching import RestartSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.restart.base import Marks, Strategy
    from halsync.settings.model import Settings

_MODULES = {
    "rollout": "rollout",
    "pod": "pod",
    "daemon": "daemon",
    "apply": "apply",
    "exec": "command",
    "signal": "signalling",
    "none": "nothing",
}
REPLACING = ("rollout", "pod")
"""The strategies that replace the pod."""


def restart_of(settings: Settings) -> RestartSettings:
    """How to react; the defaults if nothing is said of it."""
    return settings.restart or RestartSettings()


def cluster_of(settings: Settings) -> ClusterSettings:
    """Which Kubernetes API to ask."""
    return settings.cluster or ClusterSettings()


def strategy(settings: Settings, report: Callable[..., None]) -> Strategy:
    """As :func:`halsync.restart.open_strategy`."""
    name = restart_of(settings).strategy
    made: Strategy = import_module(f"halsync.restart.{_MODULES[name]}").make(settings, report)
    return made


def marks(settings: Settings, report: Callable[..., None] | None) -> Marks:
    """As :func:`halsync.restart.open_marks`."""
    from halsync.restart.marks import DiskMarks

    on_disk = DiskMarks(settings.target, 0o600 | (0o660 & ~settings.publish.umask), report)
    if restart_of(settings).strategy not in REPLACING:
        return on_disk
    from halsync.restart.cluster_marks import ClusterMarks

    return ClusterMarks(settings, on_disk)


def busy_with(settings: Settings) -> str:
    """As :func:`halsync.restart.busy`."""
    restart = restart_of(settings)
    if restart.strategy == "none":
        return ""
    from halsync.errors import HalsyncError

    try:
        from halsync.clients.daemon import Daemon
        from halsync.restart.beat import Beat

        daemon = Daemon(restart.daemon_url)
        running = daemon.running(but=[Beat(daemon, settings.target).mark])
    except HalsyncError:
        return ""
    return ", ".join(running[:3])
