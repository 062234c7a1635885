"""Every example of docs/rendering.md does what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "rendering.md"
_BLOCK = re.compile(r"^```\w+ (file|result|error)(?:=(\S+))?\n(.*?)^```$", re.M | re.S)
_SOURCE = "sources: [{name: hal-config, dir: {path: tree}}]\n"


class Example(NamedTuple):
    """The blocks below one heading."""

    name: str
    files: dict[str, str]
    results: dict[str, str]
    error: str


def examples() -> list[Example]:
    """All headings with blocks that are to be tried."""
    found = []
    for section in re.split(r"^##+ ", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]:
        blocks = _BLOCK.findall(section)
        if not blocks:
            continue
        by_kind: dict[str, dict[str, str]] = {"file": {}, "result": {}, "error": {}}
        for kind, path, text in blocks:
            by_kind[kind][path] = text
        name = section.partition("\n")[0]
        error = "".join(by_kind["error"].values())
        found.append(Example(name, by_kind["file"], by_kind["result"], error))
    return found


def test_the_page_has_an_example_of_everything() -> None:
    names = [example.name for example in examples()]
    assert len(names) >= 10
    assert {"Variants", "Overlays", "Files", "Placeholders", "merge"} <= set(names)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_example(example: Example, tmp_path: Path) -> None:
    for path, text in example.files.items():
        where = tmp_path / ("tree" if path != "halsync.yaml" else "") / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text, encoding="utf-8")
    settings = tmp_path / "halsync.yaml"
    # The settings' own lines keep their numbers.
    settings.write_text(settings.read_text(encoding="utf-8") + _SOURCE, encoding="utf-8")
    if "config" not in example.files:
        (tmp_path / "tree" / "config").write_text("deploymentConfigurations: [{name: default}]\n")
    done = subprocess.run(
        [sys.executable, "-m", "halsync", "render", "--out=out", "--log-format=text"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if example.error:
        assert done.returncode == 6, done.stderr
        for line in example.error.splitlines():
            assert line in done.stderr
        assert not (tmp_path / "out").exists()
        return
    assert done.returncode == 0, done.stderr
    assert example.results
    for path, text in example.results.items():
        assert (tmp_path / "out" / path).read_text(encoding="utf-8") == text
