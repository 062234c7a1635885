"""Rendering a tree: which files change, and what is reported."""

from __future__ import annotations

import pytest

from halsync.errors import RenderError
from halsync.model import File, Origin, Tree
from halsync.render import Placeholder, render
from halsync.render.codes import CODES
from halsync.render.filling import Rendered
from tests.render.oracle import filled, placeholders, run, tree_of


def test_codes_are_distinct_and_complete() -> None:
    assert len({code.code for code in CODES}) == len(CODES)
    assert all(code.code.startswith("HAL02") and code.title and code.remedy for code in CODES)


def test_without_placeholders_the_tree_is_the_same_object() -> None:
    tree = tree_of({"config": "a: TOKEN\n"})
    rendered = render(tree, [])
    assert rendered.tree is tree
    assert rendered == Rendered(tree, {}, [])


def test_files_without_a_name_are_the_same_objects_and_never_parsed() -> None:
    tree = tree_of({"config": "a: TOKEN\n", "default/profiles/broken.yml": "a: [", "b.yml": "x"})
    rendered = render(tree, placeholders({"TOKEN": "v"}))
    assert rendered.problems == []
    assert rendered.tree.files["config"].content == b"a: v\n"
    for path in ("default/profiles/broken.yml", "b.yml"):
        assert rendered.tree.files[path] is tree.files[path]
    unchanged = render(tree, placeholders({"OTHER": "v"}))
    assert unchanged.tree is tree


def test_origin_mode_and_dangling_links_are_kept() -> None:
    origin = Origin("s", "r", "sub/run.sh")
    files = {"run.sh": File(b"#!/bin/sh\necho TOKEN\n", True, origin)}
    tree = Tree(files, {"link": origin})
    rendered = render(tree, placeholders({"TOKEN": "v"}))
    assert rendered.tree.files["run.sh"] == File(b"#!/bin/sh\necho v\n", True, origin)
    assert rendered.tree.dangling == {"link": origin}


def test_only_files_that_got_a_secret_are_secret() -> None:
    tree = tree_of(
        {"a.yml": "a: PUBLIC\n", "b.yml": "a: PUBLIC\nb: HIDDEN\n", "c.yml": "# HIDDEN\n"}
    )
    rendered = render(
        tree,
        [Placeholder("PUBLIC", "p", False, "--set"), Placeholder("HIDDEN", "h", True, "--set")],
    )
    assert {path: file.secret for path, file in rendered.tree.files.items()} == {
        "a.yml": False,
        "b.yml": True,
        "c.yml": False,
    }
    already = tree_of({"a.yml": "a: PUBLIC\n"})
    already = already._replace(files={"a.yml": already.files["a.yml"]._replace(secret=True)})
    assert render(already, placeholders({"PUBLIC": "p"})).tree.files["a.yml"].secret


def test_every_occurrence_is_counted() -> None:
    tree = tree_of({"config": "a: TOKEN TOKEN\nb: 'TOKEN' # TOKEN\n", "x.sh": "TOKEN"})
    rendered = render(tree, placeholders({"TOKEN": "v", "UNUSED": "x"}))
    assert rendered.replaced == {"TOKEN": 4, "UNUSED": 0}


def test_values_are_never_scanned_again() -> None:
    values = {"ONE": "TWO ONE", "TWO": "ONE"}
    assert filled("a.yml", "a: ONE\nb: TWO ONE\n", values) == "a: TWO ONE\nb: ONE TWO ONE\n"
    assert filled("a.txt", "ONE TWO", values) == "TWO ONE ONE"
    assert filled("a.js", "x = 'ONE TWO'", values) == "x = 'TWO ONE ONE'"
    assert filled("a.properties", "a=ONE TWO", values) == "a=TWO ONE ONE"


def test_of_two_names_the_longer_one_is_meant() -> None:
    values = {"NAME": "n", "NAME_SPACE": "s", "A-B": "ab", "A": "a"}
    text = "NAME NAME_SPACE A-B A xA-A A-BC"
    assert run("a.txt", text, values).tree.files["a.txt"].content == b"n s ab a xA-a a-BC"


def test_an_unused_placeholder_is_reported_with_the_nearest_word() -> None:
    tree = tree_of({"config": "namespace: SPINNAKER_NAMSPACE\n"})
    rendered = render(tree, [Placeholder("SPINNAKER_NAMESPACE", "s", False, "halsync.yaml:7")])
    (problem,) = rendered.problems
    assert (problem.code, problem.severity, problem.group) == ("HAL0201", "warning", "render")
    assert "SPINNAKER_NAMESPACE" in problem.message
    assert "halsync.yaml:7" in problem.message
    assert "SPINNAKER_NAMSPACE" in problem.hint


def test_a_name_that_occurs_only_in_comments_is_said_to() -> None:
    (problem,) = run("config", "a: b # TOKEN\n", {"TOKEN": "v"}).problems
    assert problem.code == "HAL0201"
    assert "comment" in problem.message


def test_a_name_within_a_longer_word_is_reported_once_per_file() -> None:
    text = "a: b\nc:  myTOKEN\nd: TOKEN\ne: myTOKEN\nf: TOKEN_2\n# TOKENS\n"
    rendered = run("config", text, {"TOKEN": "v"})
    assert rendered.tree.files["config"].content.decode() == text.replace(" TOKEN\n", " v\n")
    first, second = rendered.problems
    assert (first.code, first.severity) == ("HAL0202", "warning")
    assert (first.file, first.line, first.column) == ("config", 2, 7)
    assert "myTOKEN" in first.message
    assert "2 times" in first.message
    assert first.excerpt == "c:  myTOKEN"
    assert first.origin == Origin("src", "rev", "config")
    assert "TOKEN_2" in second.message


def test_problems_never_show_the_value() -> None:
    value = "hidden\x07value\nof a placeholder"
    for path, text in (("a.yml", "a: |\n  TOKEN\n"), ("a.js", "TOKEN = /TOKEN/\n")):
        problems = run(path, text, {"TOKEN": value}).problems
        assert problems
        assert not any("hidden" in part for problem in problems for part in map(str, problem))


def test_binary_files_are_not_touched() -> None:
    content = b"\x00\x01TOKEN\xff\xfe TOKEN \x00"
    tree = tree_of({"keystore.jks": content, "config": "a: TOKEN\n"})
    rendered = render(tree, placeholders({"TOKEN": "v"}))
    assert rendered.tree.files["keystore.jks"] is tree.files["keystore.jks"]
    assert rendered.replaced == {"TOKEN": 1}


def test_text_that_is_not_utf8_is_carried_through() -> None:
    rendered = run("notes.txt", b"caf\xe9 TOKEN\r\n", {"TOKEN": "ü"})
    assert rendered.tree.files["notes.txt"].content == b"caf\xe9 \xc3\xbc\r\n"


def test_a_result_that_does_not_read_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from halsync.render import yaml_scalar

    monkeypatch.setattr(yaml_scalar, "_escape", lambda text: text)
    with pytest.raises(RenderError) as caught:
        run("config", 'a: 1\nb: "TOKEN"\n', {"TOKEN": '"'})
    assert caught.value.where == "config:2:4"
    assert "bug" in caught.value.hint
    monkeypatch.setattr(yaml_scalar, "plain_fits", lambda _text, _place: True)
    for value in ("a: b", "a #b", "- a", "*a", "&a b", "{", "[a]"):
        with pytest.raises(RenderError):
            run("config", "TOKEN: 1\n", {"TOKEN": value})


def test_line_numbers_of_refusals_are_those_of_the_file() -> None:
    text = "\ufeff# one\r\na: |\r\n  b\r\n  x TOKEN\r\n"
    (problem,) = run("config", text, {"TOKEN": "\x07"}).problems
    assert (problem.line, problem.column) == (4, 5)
    assert problem.excerpt == "  x TOKEN"
