"""docs/opsmx.md keeps what it says."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from halsync.settings.load import load
from tests.render.opsmx import test_hazards

PAGE = (Path(__file__).parents[3] / "docs" / "opsmx.md").read_text(encoding="utf-8")


def test_every_hazard_has_a_row_and_a_test() -> None:
    rows = {int(number) for number in re.findall(r"^\| H(\d+) \|", PAGE, re.M)}
    tested = {
        int(found[1]) for name in vars(test_hazards) if (found := re.match(r"test_h(\d\d)_", name))
    }
    assert rows == tested == set(range(1, 25))


def test_the_settings_are_good(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    (tmp_path / "halsync.yaml").write_text(text)
    loaded = load({}, {}, config=str(tmp_path / "halsync.yaml"), directory=str(tmp_path))
    preset = loaded.settings.preset
    assert preset is not None and preset.values_file == str(tmp_path / "values.yaml")
    assert preset.surroundings.release == "isd"
    said = yaml.safe_load(text)["render"]["placeholders"]["GIT_TOKEN"]["file"]
    assert loaded.settings.placeholders[0].file == said


def test_every_setting_it_names_exists() -> None:
    from halsync.settings.options import OPTIONS
    from halsync.settings.spec import yaml_keys

    keys = {key for option in OPTIONS for key in yaml_keys(option)}
    for name in re.findall(r"`((?:render|sources\[\])\.[A-Za-z.\[\]]+)`", PAGE):
        assert name in keys, name
