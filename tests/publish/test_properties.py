"""Any sequence of trees, edits and rollbacks ends with what was last published, and no
hand-made byte is ever lost."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.errors import PublishError
from halsync.publish import drift, read_generation, rollback
from halsync.settings.model import PublishSettings

from .support import all_bytes, discard, everything, put, tree, visible

NAMES = st.sampled_from(
    [
        "default/profiles/gate-local.yml",
        "default/profiles/rosco/packer.json",
        "default/service-settings/gate.yml",
        "default/files/key",
        "ops/profiles/gate-local.yml",
        "ops/readme.txt",
        "ops/deep/er/readme.txt",
        ".boms/bom/a.yml",
        "scripts/x.sh",
        "halyard.yaml",
    ]
)
TREES = st.dictionaries(NAMES, st.sampled_from(["1", "2", "ünïcode", ""]), max_size=6).map(
    lambda files: {"config": "config\n", **files}
)
EDITS = st.sampled_from(["config", "default/profiles/mine.yml", ".boms/mine.yml", "scripts/x.sh"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), TREES),
        st.tuples(st.just("edit"), EDITS),
        st.tuples(st.just("rollback"), st.just("")),
    ),
    min_size=1,
    max_size=6,
)


def edit(target: Path, path: str, text: str) -> bool:
    """Replace the topmost link on the way by a real file or directory, as a person might."""
    here = target
    for part in path.split("/"):
        here = here / part
        if here.is_symlink():
            here.unlink()
    if here.exists() or any(parent.is_file() for parent in here.parents):
        return False
    here.parent.mkdir(parents=True, exist_ok=True)
    here.write_text(text)
    return True


@settings(max_examples=40, deadline=None, database=None)
@given(steps=STEPS, last=TREES, keep=st.integers(1, 3))
def test_any_history_ends_in_the_last_tree_and_keeps_every_edit(
    steps: list[tuple[str, object]], last: dict[str, str], keep: int
) -> None:
    target = Path(mkdtemp(prefix="halsync-test-"))
    options = PublishSettings(keep=keep, keep_for=0)
    edits = set()
    try:
        for number, (what, argument) in enumerate(steps):
            if what == "publish":
                assert isinstance(argument, dict)
                put(target, argument, f"r{number}", options=options)
            elif what == "edit":
                text = f"edit {number}"
                if edit(target, str(argument), text):
                    edits.add(text.encode())
            else:
                try:
                    rollback(str(target), options=options)
                except PublishError as error:
                    assert "nothing" in error.message or "no earlier" in error.message
            assert edits <= all_bytes(target)
        put(target, last, "last", options=options)
        seen = visible(target)
        assert {path: text for path, text in seen.items() if text.encode() not in edits} == last
        assert all(path not in last for path, text in seen.items() if text.encode() in edits)
        assert edits <= all_bytes(target)
        assert drift(str(target)) == []
        assert read_generation(str(target)) == tree(last)
        before = everything(target)
        assert put(target, last, "last", options=options).outcome == "unchanged"
        assert everything(target) == before
    finally:
        discard(target)


@settings(max_examples=25, deadline=None, database=None)
@given(files=TREES, other=TREES)
def test_names_are_equal_exactly_when_trees_are(
    files: dict[str, str], other: dict[str, str]
) -> None:
    target = Path(mkdtemp(prefix="halsync-test-"))
    try:
        first = put(target / "a", files, "1")
        second = put(target / "b", other, "2")
        assert (first.generation == second.generation) == (files == other)
    finally:
        discard(target)
