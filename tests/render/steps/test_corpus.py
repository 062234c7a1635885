"""Real trees: nothing to do changes nothing, and same inputs give same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.model import File, Origin, Tree
from halsync.render.stages import apply
from halsync.settings.steps import FileStep, Overlay, Patch, RenderPlan
from tests.harness import CORPUS

TREES = sorted(path for path in CORPUS.iterdir() if path.is_dir()) if CORPUS.is_dir() else []


def read(root: Path) -> Tree:
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    return Tree(
        {path: File(data, False, Origin("s", "r", path)) for path, data in files.items()}, {}
    )


@pytest.mark.skipif(not TREES, reason=f"{CORPUS} is not here")
@pytest.mark.parametrize("root", TREES, ids=lambda root: root.name)
def test_steps_that_find_nothing_change_no_byte(root: Path) -> None:
    tree = read(root)
    plan = RenderPlan(
        overlays=(Overlay("no/such", optional=True),),
        files=(FileStep("remove", "no-such-file", optional=True),),
        patches=(
            Patch("no-such-file", "merge", {"a": 1}, optional=True),
            Patch(
                "config",
                "merge",
                {"noSuchList": [{"name": "*", "a": 1}]},
                optional=True,
            ),
        ),
    )
    done = apply(tree, plan, [])
    assert all(done.tree.files[path] is file for path, file in tree.files.items())
    again = apply(read(root), plan, [])
    assert done.tree == again.tree
