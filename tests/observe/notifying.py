"""A notifier with receivers that are real HTTP servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from halsync.observe import notify
from halsync.observe.metrics import Metrics
from halsync.observe.notify import Notifier
from halsync.settings.model import SecretRef
from halsync.settings.watching import NotifySettings
from tests.observe.sidecar import a_view


class Told:
    """A notifier with what it says of itself."""

    def __init__(self, *settings: NotifySettings, target: str = "/no/such/.hal") -> None:
        self.metrics = Metrics()
        self.reports: list[tuple[str, dict[str, object]]] = []
        self.notifier = Notifier(
            settings,
            metrics=self.metrics,
            tell=lambda event, **fields: self.reports.append((event, fields)),
            target=target,
        )
        self.report: Callable[..., None] = self.notifier.report

    def counted(self, receiver: str, outcome: str) -> int:
        """Of the counter."""
        wanted = f'halsync_notifications_total{{receiver="{receiver}",outcome="{outcome}"}} '
        lines = self.metrics.text(a_view()).splitlines()
        return sum(int(line[len(wanted) :]) for line in lines if line.startswith(wanted))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once, and no proxy is in between."""
    monkeypatch.setattr(notify, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(notify, "_LONGEST_WAIT", 0.05)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def to(path: Path, url: str, kind: Any = "json", **more: Any) -> NotifySettings:
    """A receiver, its address in a file."""
    path.write_text(url + "\n")
    return NotifySettings("team", SecretRef(file=str(path)), kind, **more)


REFUSED = {
    "identity": "ab" * 32,
    "stage": "validate",
    "error": "config:3: no such key",
    "problems": 2,
}
