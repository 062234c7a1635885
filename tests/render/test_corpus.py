"""Real trees: nothing changes without placeholders, and with them what a person would expect."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from halsync.formats.kinds import kind_of
from halsync.formats.yaml import parse
from halsync.render import render
from tests.harness import CORPUS
from tests.render.oracle import placeholders, substitute, tree_of

if TYPE_CHECKING:
    from halsync.model import Tree

NAMES = sorted(
    name
    for name in (os.listdir(CORPUS) if os.path.isdir(CORPUS) else [])
    if not name.endswith(".md")
)

pytestmark = pytest.mark.skipif(not NAMES, reason=f"no corpus at {CORPUS}")


def _tree(name: str) -> Tree:
    root = os.path.join(CORPUS, name)
    files: dict[str, bytes] = {}
    for folder, _, entries in os.walk(root):
        for entry in entries:
            path = os.path.join(folder, entry)
            if os.path.isfile(path):
                with open(path, "rb") as stream:
                    files[os.path.relpath(path, root)] = stream.read()
    return tree_of(files)


@pytest.mark.parametrize("name", NAMES)
def test_placeholders_that_occur_nowhere_change_no_byte(name: str) -> None:
    tree = _tree(name)
    assert tree.files
    assert render(tree, placeholders({"HALSYNC_NEVER_USED": "x"})).tree is tree


@pytest.mark.parametrize("name", NAMES)
def test_what_sed_would_do_judged_by_value(name: str) -> None:
    tree = _tree(name)
    values = {"SPINNAKER_NAMESPACE": "opsmx-ns", "RELEASE_NAME": "isd"}
    rendered = render(tree, placeholders(values))
    broken = {problem.file for problem in rendered.problems if problem.severity == "error"}
    for path, file in tree.files.items():
        new = rendered.tree.files[path].content
        if path in broken:
            # Some of these trees hold files that nobody can read.
            assert parse(file.content).failed
            assert rendered.tree.files[path] is file
            continue
        if not any(value.encode() in file.content for value in values):
            assert rendered.tree.files[path] is file
            continue
        sed = substitute(file.content.decode(), values)
        if kind_of(path) == "yaml":
            before, after = parse(sed), parse(new)
            assert not after.failed
            assert [item.value for item in before.documents] == [
                item.value for item in after.documents
            ]
        for was, now in zip(sed.splitlines(), new.decode().splitlines(), strict=True):
            assert was == now or "#" in was
