"""What a source may bring."""

from __future__ import annotations

import pytest

from halsync.errors import ContentRefused
from halsync.model import File
from halsync.settings.model import Limits
from halsync.sources.entries import Entries

LIMITS = Limits(files=5, file_bytes=100, total_bytes=250, path_length=60)


def collect(
    files: dict[str, bytes], links: dict[str, str] | None = None, limits: Limits = LIMITS
) -> tuple[dict[str, File], dict[str, str]]:
    entries = Entries("test", "r1", limits)
    for path, content in files.items():
        if entries.claim(path, len(content)):
            entries.add_file(path, content)
    for path, target in (links or {}).items():
        entries.add_link(path, target)
    return entries.finish()


def refused(
    files: dict[str, bytes], links: dict[str, str] | None = None, limits: Limits = LIMITS
) -> list[tuple[str, str]]:
    with pytest.raises(ContentRefused) as caught:
        collect(files, links, limits)
    assert all(problem.message and problem.hint for problem in caught.value.problems)
    return [(problem.file, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/.", ""])
def test_paths_that_could_leave_the_tree(path: str) -> None:
    assert refused({path: b""}) == [(path, "HAL0101")]


@pytest.mark.parametrize("path", ["a\nb", "a\x1b[31mb", "a\udcffb"])
def test_names_that_cannot_be_shown_are_shown_escaped(path: str) -> None:
    [(shown, code)] = refused({path: b""})
    assert code == "HAL0101"
    assert shown.isprintable() and "\\" in shown


def test_every_limit_names_the_path_that_broke_it() -> None:
    assert refused({"big": b"x" * 101}) == [("big", "HAL0103")]
    assert refused({f"f{n}": b"" for n in range(7)}) == [("f5", "HAL0104")]
    assert refused({f"f{n}": b"x" * 90 for n in range(4)}) == [("f2", "HAL0105")]
    assert refused({"d/" * 30 + "f": b""}) == [("d/" * 30 + "f", "HAL0106")]
    assert refused({"ä" * 130: b""}, limits=Limits()) == [("ä" * 130, "HAL0106")]


def test_all_refusals_at_once() -> None:
    assert refused({"../a": b"", "big": b"x" * 101}, {"l": "/etc/passwd"}) == [
        ("../a", "HAL0101"),
        ("big", "HAL0103"),
        ("l", "HAL0102"),
    ]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({"l": "/etc/passwd"}, ["l"]),
        ({"l": "../x"}, ["l"]),
        ({"d/l": "../../x"}, ["d/l"]),
        ({"l": "l"}, ["l"]),
        ({"a": "b", "b": "a"}, ["a", "b"]),
        ({"d": "..", "l": "d/x"}, ["d", "l"]),
        ({"a": "/", "l": "a/etc/passwd"}, ["a", "l"]),
    ],
)
def test_links_that_lead_nowhere_good(links: dict[str, str], expected: list[str]) -> None:
    assert refused({"f": b""}, links) == [(path, "HAL0102") for path in expected]


def test_links_inside_become_files_that_know_their_target() -> None:
    files, dangling = collect(
        {"shared/gate.yml": b"gate", "shared/x": b"x"},
        {
            "default/profiles/gate-local.yml": "../../shared/gate.yml",
            "all": "shared",
            "chain": "all/../shared/./x",
            "nowhere": "shared/none",
        },
        Limits(),
    )
    assert {path: file.content for path, file in files.items()} == {
        "shared/gate.yml": b"gate",
        "shared/x": b"x",
        "default/profiles/gate-local.yml": b"gate",
        "all/gate.yml": b"gate",
        "all/x": b"x",
        "chain": b"x",
    }
    assert files["default/profiles/gate-local.yml"].origin.path == "shared/gate.yml"
    assert dangling == {"nowhere": "shared/none"}


@pytest.mark.parametrize("outer", ["a", "z"])
def test_a_directory_is_copied_with_what_its_own_links_bring(outer: str) -> None:
    links = {outer: "dir", "dir/x": "../file", "dir/sub/y": "../../more", "chain": outer}
    for given in links, dict(reversed(links.items())):
        files, dangling = collect(dict.fromkeys(("dir/f", "file", "more/g"), b""), given, Limits())
        for place in outer, "chain", "dir":
            assert {f"{place}/f", f"{place}/x", f"{place}/sub/y/g"} <= files.keys()
        assert not dangling


def test_links_to_the_directories_that_hold_them_are_followed_once() -> None:
    files, dangling = collect({"d/f": b"", "e/g": b""}, {"d/up": "..", "d/self": "."}, Limits())
    assert {"d/self/f", "d/up/d/f", "d/up/e/g"} <= files.keys()
    assert len(files) < 12
    assert not dangling


def test_copies_through_links_count_against_the_limits() -> None:
    assert refused({"d/a": b"x" * 90, "d/b": b"x" * 90}, {"l": "d"}) == [("l/a", "HAL0105")]


def test_names_that_differ_only_in_case() -> None:
    assert refused({"Config": b"", "config": b""}) == [("config", "HAL0107")]
    many = {"Default/a": b"", "default/b": b"", "default/c": b"", "default/d/e": b""}
    assert refused(many) == [("default", "HAL0107")]
    assert refused({"A/x": b"", "A/y": b"", "a/x": b"", "a/y": b""}) == [("a", "HAL0107")]


def test_names_are_compared_before_anything_is_transferred() -> None:
    entries = Entries("test", "r1", LIMITS)
    assert entries.claim("Config", 1) and entries.claim("config", 1)
    for _ in range(2):
        [problem] = entries.settle()[2]
        assert (problem.file, problem.code) == ("config", "HAL0107")


def test_missing_names_what_links_need() -> None:
    entries = Entries("test", "r1", LIMITS)
    entries.add_link("a/l", "../b/c")
    entries.add_link("a/out", "../../x")
    assert entries.missing() == ["b/c"]
    entries.add_file("b/c", b"")
    assert entries.missing() == []
