"""What does not go together in the settings of a Vault source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from halsync.errors import ConfigError
from halsync.settings.load import load


@pytest.mark.parametrize(
    ("vault", "words"),
    [
        ({"auth": {"tokenFile": "/t", "kubernetes": {"role": "r"}}}, "configures the login with"),
        ({"auth": {"approle": {"secretIdFile": "/s"}}}, "approle needs roleId too"),
        ({"auth": {"jwt": {"role": "r"}}}, "jwt needs tokenFile too"),
        ({"auth": {"kubernetes": {"mount": "k"}}}, "kubernetes needs role too"),
        ({"auth": {"userpass": {"username": "u"}}}, "userpass needs passwordFile too"),
        ({"auth": {"cert": {"role": "r"}}}, "the login needs a certificate"),
        ({"auth": {"token": "hvs.in-clear"}}, "token"),
        ({"asOf": "yesterday"}, "'yesterday' is not a time"),
        ({"asOf": "2026-01-01T00:00:00Z", "version": 3}, "both version and asOf"),
        ({"version": 3, "kvVersion": "1"}, "keeps no versions"),
        ({"version": -1}, "version"),
        ({"address": "vault:8200"}, "not the address of a server"),
        ({"path": "a/../b"}, "leads out of the tree"),
    ],
)
def test_what_does_not_go_together(vault: dict[str, Any], words: str, tmp_path: Path) -> None:
    source = {"name": "hal", "vault": {"address": "https://v:8200", **vault}}
    (tmp_path / "halsync.yaml").write_text(json.dumps({"sources": [source]}, indent=1))
    with pytest.raises(ConfigError) as caught:
        load({}, {}, directory=str(tmp_path))
    told = str(getattr(caught.value, "mistakes", caught.value))
    assert words in told and "hvs.in-clear" not in told
    assert "halsync.yaml:" in told


def test_the_environment_of_other_programs_is_not_read(tmp_path: Path) -> None:
    environment = {"VAULT_ADDR": "https://other:8200", "VAULT_TOKEN": "x", "BAO_ADDR": "https://b"}
    assert not load({}, environment, directory=str(tmp_path)).settings.sources
