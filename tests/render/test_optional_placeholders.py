"""Placeholders that may occur nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.model import File, Origin, Tree
from halsync.render import lookup, render
from halsync.settings.load import load
from halsync.settings.mistakes import SettingsError
from halsync.settings.model import PlaceholderSettings
from halsync.settings.rendering import render_section
from halsync.settings.steps import RenderPlan

TREE = Tree({"config": File(b"a: 1\n", False, Origin("hal", "0" * 40, "config"))}, {})


@pytest.mark.parametrize(("optional", "codes"), [(True, []), (False, ["HAL0201"])])
def test_unused(optional: bool, codes: list[str]) -> None:
    declared = [PlaceholderSettings("NAME", "x", optional=optional)]
    assert [problem.code for problem in render(TREE, lookup(declared)).problems] == codes


def test_from_the_file_and_back(tmp_path: Path) -> None:
    text = (
        "render: {placeholders: {A: {value: x, optional: true}, B: {env: HOME, optional: false}}}"
    )
    (tmp_path / "halsync.yaml").write_text(text)
    placeholders = load({}, {}, directory=str(tmp_path)).settings.placeholders
    assert [item.optional for item in placeholders] == [True, False]
    assert render_section(RenderPlan(placeholders=placeholders)) == {
        "placeholders": {"A": {"value": "x", "optional": True}, "B": {"env": "HOME"}}
    }


def test_only_true_or_false(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text("render: {placeholders: {A: {env: X, optional: 1}}}")
    with pytest.raises(SettingsError, match="optional must be true or false"):
        load({}, {}, directory=str(tmp_path))
