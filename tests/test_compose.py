"""Several sources, one tree."""

from __future__ import annotations

import re

import pytest

from halsync.compose import Mounted, compose
from halsync.errors import ContentRefused
from halsync.model import File, Origin, Snapshot


def mounted(
    name: str, files: dict[str, str], path: str = "", mount: str = "", links: tuple[str, ...] = ()
) -> Mounted:
    held = {
        where: File(text.encode(), False, Origin("git", "r1", where))
        for where, text in files.items()
    }
    snapshot = Snapshot("git", "https://git", "main", "r1", held, dict.fromkeys(links, "nowhere"))
    return Mounted(name, snapshot, path, mount)


def test_sub_paths_and_mount_points() -> None:
    tree, notes = compose(
        [
            mounted("a", {"hal/config": "c", "README": "no"}, path="hal", links=("hal/l", "x")),
            mounted("b", {"gate.yml": "g"}, mount="default/profiles"),
        ]
    )
    assert {path: file.content for path, file in tree.files.items()} == {
        "config": b"c",
        "default/profiles/gate.yml": b"g",
    }
    assert tree.files["default/profiles/gate.yml"].origin == Origin("b", "r1", "gate.yml")
    assert tree.dangling == {"l": Origin("a", "r1", "hal/l")}
    assert notes == []


@pytest.mark.parametrize(
    ("one", "other", "place", "words"),
    [
        ({"config": "1"}, {"config": "2"}, "config", "different content"),
        ({"a": "1"}, {"a/b": "2"}, "a", r"a file and a directory \(a/b\)"),
        ({"a": "1"}, {"A": "1"}, "a", r"differ only in case \(A\)"),
    ],
)
def test_conflicts_name_both_origins(
    one: dict[str, str], other: dict[str, str], place: str, words: str
) -> None:
    with pytest.raises(ContentRefused) as caught:
        compose([mounted("one", one), mounted("other", other)])
    [problem] = caught.value.problems
    assert problem.file == place
    assert "source one (" in problem.message and "source other (" in problem.message
    assert re.search(words, problem.message) and problem.hint


@pytest.mark.parametrize(
    ("link", "what"), [("default/profiles/x.yml", "a file"), ("default", "a directory")]
)
def test_a_dangling_link_of_one_source_is_in_the_way_of_another(link: str, what: str) -> None:
    with pytest.raises(ContentRefused) as caught:
        compose(
            [
                mounted("one", {"config": "1"}, links=(link,)),
                mounted("other", {"x.yml": "", "y.yml": ""}, mount="default/profiles"),
            ]
        )
    [problem] = caught.value.problems
    assert problem.file == link
    assert f"bring a link that leads nowhere and {what} for this path" in problem.message
    assert "source one (" in problem.message and "source other (" in problem.message


def test_a_conflict_over_the_execute_bit_does_not_claim_other_content() -> None:
    one, other = mounted("one", {"x.sh": "1"}), mounted("other", {"x.sh": "1"})
    file = other.snapshot.files["x.sh"]._replace(executable=True)
    other = other._replace(snapshot=other.snapshot._replace(files={"x.sh": file}))
    with pytest.raises(ContentRefused) as caught:
        compose([one, other])
    [problem] = caught.value.problems
    assert "only one of them as executable" in problem.message


def test_the_same_content_twice_is_no_conflict() -> None:
    tree, _ = compose([mounted("one", {"config": "1"}), mounted("other", {"config": "1"})])
    assert tree.files["config"].origin.source == "one"


def test_what_halyard_writes_is_left_out_and_said_once_a_directory() -> None:
    tree, notes = compose(
        [
            mounted(
                "a",
                {
                    "config": "c",
                    "default/profiles/x": "",
                    "default/staging/gate.yml": "",
                    "default/staging/deep/x": "",
                    "default/history/service-settings.yml": "",
                    ".backup/config": "",
                    "tools/staging/kept": "",
                },
                links=("default/staging/l",),
            )
        ]
    )
    assert sorted(tree.files) == ["config", "default/profiles/x", "tools/staging/kept"]
    assert tree.dangling == {}
    assert [(note.file, note.message.split(":")[0]) for note in notes] == [
        (".backup", "left out 1 file"),
        ("default/history", "left out 1 file"),
        ("default/staging", "left out 2 files"),
    ]
    assert {note.severity for note in notes} == {"info"}
