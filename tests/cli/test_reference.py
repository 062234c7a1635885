"""Generated documents are current."""

from __future__ import annotations

from halsync.cli.commands import COMMANDS
from halsync.cli.reference import files, reference
from halsync.settings.options import OPTIONS
from halsync.settings.spec import PREFIX, variables, yaml_keys


def test_generated_files_are_current() -> None:
    for path, text in files().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m halsync.cli.reference"


def test_the_reference_is_complete() -> None:
    text = reference()
    for option in OPTIONS:
        for key in yaml_keys(option):
            assert f"`{key}`" in text
        for name in variables(option):
            assert f"`{PREFIX}{name}`" in text
        if option.flag:
            assert f"`{option.flag}`" in text
    for command in COMMANDS:
        assert f"### halsync {command.name}\n" in text
