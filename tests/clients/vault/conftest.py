"""A client for the session's server, and nothing left over from other tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from halsync.clients.vault import VaultClient, connect, mounts, tokens, transport
from halsync.clients.vault.wire import Wire, open_wire
from halsync.clients.vault.wire_hvac import HvacWire
from halsync.settings.model import SecretRef
from halsync.settings.vault import VaultAuth, VaultConnection
from tests.servers.fixtures import bao, tls_identity
from tests.servers.openbao import ROOT, Bao

__all__ = ["bao", "tls_identity"]

Connect = Callable[..., VaultClient]


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    tokens.forget()
    mounts.forget()
    yield
    tokens.forget()
    mounts.forget()


def by_token(file: Path, token: str = ROOT) -> VaultAuth:
    """A login with a token out of a file."""
    file.write_text(token)
    return VaultAuth("token", secret=SecretRef(file=str(file)))


@pytest.fixture(params=["plain", "hvac"])
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to send requests, under the same tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if request.param == "hvac":

        def by_hvac(connection: VaultConnection) -> Wire:
            open_wire(connection).close()
            return HvacWire(connection)

        monkeypatch.setattr(transport, "open_wire", by_hvac)
    return str(request.param)


@pytest.fixture
def client(wire: str, bao: Bao, tmp_path: Path) -> Iterator[Connect]:
    """``client(auth=…, seconds=…, address=…, **connection)``; by default as root."""
    opened: list[VaultClient] = []

    def make(
        auth: VaultAuth | None = None, seconds: float = 20, address: str = "", **named: Any
    ) -> VaultClient:
        auth = auth or by_token(tmp_path / "root-token")
        connection = VaultConnection(address or bao.url, auth)._replace(**named)
        opened.append(connect(connection, time.monotonic() + seconds))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
