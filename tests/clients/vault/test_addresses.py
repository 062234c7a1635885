"""Addresses and tokens that are of no use are the settings' fault, and no reason to try again."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.errors import ConfigError, SourceUnreachable
from tests.clients.vault.conftest import Connect, by_token
from tests.clients.vault.test_failures import before
from tests.servers.openbao import Bao


@pytest.mark.parametrize(
    "address", ["http://[::1", "https://h:99999", "http://h:abc", "http://h:0"]
)
def test_addresses_that_cannot_be(client: Connect, address: str) -> None:
    with pytest.raises(ConfigError, match="is not a URL"):
        client(address=address).kv("secret").read("a")


@pytest.mark.parametrize("place", ["http://[::1", "http://h:99999/v1/x", ""])
def test_a_redirect_to_an_address_that_cannot_be(bao: Bao, client: Connect, place: str) -> None:
    with (
        before(bao, lambda _: (307, "", {"Location": place})) as address,
        pytest.raises(SourceUnreachable, match=r"which is no server|connection broke"),
    ):
        client(address=address).kv("secret").read("a")


def test_an_empty_token_is_not_sent(bao: Bao, client: Connect, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    asked: list[str] = []
    with (
        before(bao, asked.append) as address,
        pytest.raises(ConfigError, match=rf"the token in {path} is empty"),
    ):
        client(by_token(path, "\n"), address=address).kv("secret").read("a")
    assert not asked
