"""What was made or changed by hand, as ``diff`` and ``status`` tell it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.harness import EXAMPLE, halsync, sets

TAKEN_OVER = "init takes over what was made by hand; .halsync/adopted keeps it\n"


def test_a_target_made_by_hand_is_told_from_an_empty_one(tmp_path: Path) -> None:
    target = tmp_path / ".hal"
    nothing = halsync("status", "--target", target).out
    assert "  fix: run halsync init\n" in nothing
    shutil.copytree(EXAMPLE, target)
    assert "fix: run halsync init: it takes over what was made by hand" in (
        halsync("status", "--target", target).out
    )


def test_diff_says_that_a_target_made_by_hand_is_taken_over(tmp_path: Path) -> None:
    target = tmp_path / ".hal"
    shutil.copytree(EXAMPLE, target)
    same = ("--dir", EXAMPLE, "--target", target)
    assert halsync("diff", *same).out == f"no differences\n{TAKEN_OVER}"
    assert halsync("init", *same).code == 0
    assert halsync("diff", *same).out == "no differences\n"
    assert TAKEN_OVER not in halsync("diff", "--dir", EXAMPLE, "--target", tmp_path / "new").out


def test_a_long_list_of_drift_shows_what_matters_first(tmp_path: Path) -> None:
    target = tmp_path / ".hal"
    assert halsync("init", "--dir", EXAMPLE, *sets(), "--target", target).code == 0
    for path in (target / ".halsync" / "current").resolve().rglob("*"):
        path.chmod(0o700)
    service = target / "default" / "service-settings" / "rosco.yml"
    service.write_text("edited: true\n")
    lines = halsync("status", "--target", target).out.splitlines()
    drift = lines.index(
        "drift       default/service-settings/rosco.yml: the content differs from"
        " what was published"
    )
    assert "mode" in lines[drift + 1]
    assert lines[drift + 20] == "            and 5 more; -o json names them all"
    assert lines[drift + 21].startswith("            fix: halsync init publishes again")
    assert lines[drift + 22].startswith("sidecar")
