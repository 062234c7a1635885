"""A Vault source over an engine of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from halsync.clients.vault import mounts, tokens
from halsync.settings.model import Limits, SecretRef
from halsync.settings.vault import VaultAuth, VaultConnection, VaultSettings
from halsync.sources.base import Context
from halsync.sources.vault import VaultSource
from tests.servers.fixtures import bao, tls_identity
from tests.servers.openbao import ROOT, Bao

__all__ = ["bao", "tls_identity"]

Open = Callable[..., VaultSource]


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    yield
    tokens.forget()
    mounts.forget()


@pytest.fixture
def mount(bao: Bao) -> str:
    """An empty engine of version 2."""
    return bao.mount()


@pytest.fixture
def open_vault(bao: Bao, mount: str, tmp_path: Path) -> Iterator[Open]:
    """``open_vault(*paths, token=…, limits=…, seconds=…, address=…, **settings)``."""
    opened: list[VaultSource] = []

    def make(
        *paths: str,
        token: str = ROOT,
        limits: Limits | None = None,
        seconds: float = 30,
        address: str = "",
        **settings: Any,
    ) -> VaultSource:
        file = tmp_path / f"token-{len(opened)}"
        file.write_text(token)
        auth = VaultAuth("token", secret=SecretRef(file=str(file)))
        options = VaultSettings(VaultConnection(address or bao.url, auth), mount)
        deadline = time.monotonic() + seconds
        context = Context("passwords", str(tmp_path), paths or ("",), limits or Limits(), deadline)
        opened.append(VaultSource(options._replace(**settings), context))
        return opened[-1]

    yield make
    for source in opened:
        source.close()


def contents(source: VaultSource) -> dict[str, bytes]:
    """What the source brings."""
    return {path: file.content for path, file in source.fetch().files.items()}
