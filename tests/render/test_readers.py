"""The rendered texts as Java's own readers see them: SnakeYAML, and ``java.util.Properties``."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.render.oracle import filled, run, substitute
from tests.render.test_properties import TEXT
from tests.render.test_properties import load as load_properties
from tests.render.test_yaml import BLOCKS, HARD, PLACES

_JARS = sorted(
    glob.glob(
        os.environ.get(
            "HALSYNC_SNAKEYAML",
            os.path.expanduser("~/.m2/repository/org/yaml/snakeyaml/*/snakeyaml-*.jar"),
        )
    )
)

pytestmark = pytest.mark.skipif(
    not _JARS or shutil.which("javac") is None,
    reason="no JDK, or no SnakeYAML (a jar in ~/.m2 or named by HALSYNC_SNAKEYAML)",
)


def _read_back(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """File name → the type and value of each scalar, in the order of the text."""
    source = Path(__file__).with_name("ReadBack.java")
    command = ["java", "-Xshare:auto", "-cp", _JARS[0], str(source), str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    found: dict[str, list[tuple[str, str]]] = {}
    for out in folder.glob("*.out"):
        lines = [line.partition(" ") for line in out.read_text().splitlines()]
        found[out.name.removesuffix(".out")] = [
            (tag.rpartition(":")[2], bytes.fromhex(code).decode()) for tag, _, code in lines
        ]
    return found


def test_snakeyaml_reads_every_value_as_the_text_it_is(tmp_path: Path) -> None:
    wanted: dict[str, tuple[str, str]] = {}
    plain: dict[str, str] = {}
    places = {**PLACES, **BLOCKS}
    # SnakeYAML gives what is tagged "!" a type by its looks, quoted or not: nothing helps there.
    del places["non-specific tag"]
    for text in places.values():
        for value in HARD.values():
            rendered = run("a.yml", text, {"TOKEN": value})
            if any(problem.code == "HAL0203" for problem in rendered.problems):
                continue
            name = f"{len(wanted)}.yml"
            (tmp_path / name).write_bytes(rendered.tree.files["a.yml"].content)
            wanted[name] = (text, value)
    for number, text in enumerate(places.values()):
        (tmp_path / f"plain{number}.yml").write_bytes(text.encode())
        plain[text] = f"plain{number}.yml"
    found = _read_back(tmp_path)
    assert len(wanted) > 3000
    for name, (text, value) in wanted.items():
        before = found[plain[text]]
        expected = [(tag, substitute(scalar, {"TOKEN": value})) for tag, scalar in before]
        assert found[name] == expected, (text, value)


def test_java_reads_properties_as_meant(tmp_path: Path) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for number, value in enumerate(HARD.values()):
        new = filled("a.properties", TEXT, {"TOKEN": value})
        (tmp_path / f"{number}.properties").write_text(new, newline="")
        wanted[f"{number}.properties"] = load_properties(new)
    found = _read_back(tmp_path)
    for name, expected in wanted.items():
        flat = [value for _, value in found[name]]
        assert dict(zip(flat[::2], flat[1::2], strict=True)) == expected
