"""A daemon to talk to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from halsync.clients.daemon import Daemon
from tests.servers.halyard import Halyard, serve_halyard


@pytest.fixture
def halyard(tmp_path: Path) -> Iterator[Halyard]:
    """A running daemon."""
    with serve_halyard(tmp_path) as server:
        yield server


@pytest.fixture
def daemon(halyard: Halyard) -> Daemon:
    """A client that does not wait long."""
    return Daemon(halyard.url, timeout=5, poll=0.02)
