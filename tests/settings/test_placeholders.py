"""Declared placeholders: forms, precedence, and which of them are secrets."""

from __future__ import annotations

from pathlib import Path

from halsync.settings.load import load
from halsync.settings.model import PlaceholderSettings

_YAML = """\
render:
  placeholders:
    TEXT: isd
    NUMBER: 3
    SWITCH: true
    EMPTY: ""
    FROM_ENV: {env: POD_NAMESPACE}
    FROM_FILE: {file: /etc/podinfo/name, secret: true}
    DB_PASSWORD: {env: X}
    OTHER: {env: THE_TOKEN}
    API_KEY: {env: Y, secret: false}
    "YES": quoted
"""


def test_forms(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(_YAML)
    found = load({}, {}, directory=str(tmp_path)).settings.placeholders
    at = "halsync.yaml:{}".format
    assert found == (
        PlaceholderSettings("TEXT", "isd", declared_at=at(3)),
        PlaceholderSettings("NUMBER", 3, declared_at=at(4)),
        PlaceholderSettings("SWITCH", True, declared_at=at(5)),
        PlaceholderSettings("EMPTY", "", declared_at=at(6)),
        PlaceholderSettings("FROM_ENV", env="POD_NAMESPACE", declared_at=at(7)),
        PlaceholderSettings("FROM_FILE", file="/etc/podinfo/name", secret=True, declared_at=at(8)),
        PlaceholderSettings("DB_PASSWORD", env="X", secret=True, declared_at=at(9)),
        PlaceholderSettings("OTHER", env="THE_TOKEN", secret=True, declared_at=at(10)),
        PlaceholderSettings("API_KEY", env="Y", declared_at=at(11)),
        PlaceholderSettings("YES", "quoted", declared_at=at(12)),
    )


def test_set_beats_the_file_and_the_last_one_wins(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text(_YAML)
    texts = ["TEXT=a", "NEW=x=y ", "TEXT=", "NEW_TOKEN=t"]
    found = load({"render.placeholders": texts}, {}, directory=str(tmp_path)).settings.placeholders
    by_name = {item.name: item for item in found}
    assert by_name["TEXT"] == PlaceholderSettings("TEXT", "", declared_at="--set")
    assert by_name["NEW"] == PlaceholderSettings("NEW", "x=y ", declared_at="--set")
    assert by_name["NEW_TOKEN"].secret
    assert by_name["NUMBER"].declared_at == "halsync.yaml:4"
    assert len(found) == len(by_name) == 12
