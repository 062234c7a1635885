"""Variants and file steps."""

from __future__ import annotations

import pytest

from tests.render.steps.trees import carry_out, done, wrong


def test_a_variant_takes_the_place_and_the_others_stay() -> None:
    files = {"p/x.yml": "a: 1\n", "p/x.yml.s3": "a: 2\n", "p/x.yml.ssh": "a: 3\n", "y": "1"}
    assert done(files, {"variants": ["s3"]}) == {
        "p/x.yml": "a: 2\n",
        "p/x.yml.ssh": "a: 3\n",
        "y": "1",
    }


def test_a_variant_may_be_chosen_for_some_files() -> None:
    files = {"p/x.yml": "1", "p/x.yml.s3": "2", "q/x.yml": "1", "q/x.yml.s3": "2"}
    found = done(files, {"variants": [{"name": "s3", "files": "p/*.yml"}]})
    assert found == {"p/x.yml": "2", "q/x.yml": "1", "q/x.yml.s3": "2"}


def test_a_variant_without_base_is_an_error_that_names_both() -> None:
    problem = wrong({"p/gate.yml.s3": "a: 1", "q/gate.yml": ""}, {"variants": ["s3"]})
    assert problem.code == "HAL0206"
    assert "p/gate.yml.s3 is a variant of p/gate.yml, which does not exist" in problem.message
    assert "halsync.yaml:101" in problem.message
    assert "q/gate.yml" in problem.hint


def test_an_optional_variant_takes_the_name() -> None:
    found = done({"p/x.yml.s3": "a"}, {"variants": [{"name": "s3", "optional": True}]})
    assert found == {"p/x.yml": "a"}


def test_a_variant_that_no_file_has_is_an_error() -> None:
    problem = wrong({"x.yml": ""}, {"variants": ["s3"]})
    assert (problem.code, problem.file, problem.line) == ("HAL0206", "halsync.yaml", 101)
    assert done({"x": "1"}, {"variants": [{"name": "s3", "optional": True}]}) == {"x": "1"}


def test_two_variants_of_one_file_are_an_error_that_names_both() -> None:
    files = {"x.yml": "", "x.yml.s3": "", "x.yml.ssh": ""}
    problem = wrong(files, {"variants": ["s3", "ssh"]})
    assert problem.code == "HAL0207"
    assert (problem.file, problem.line) == ("halsync.yaml", 102)
    assert "x.yml.s3" in problem.message and "x.yml.ssh" in problem.message
    assert "halsync.yaml:101" in problem.message


def test_the_origin_of_a_variant_is_its_own_file() -> None:
    rendered = carry_out({"x.yml": "a: 1", "x.yml.s3": "a: 2"}, {"variants": ["s3"]})
    assert rendered.tree.files["x.yml"].origin.path == "x.yml.s3"


def test_files_are_moved_copied_removed_written_extended() -> None:
    files = {"a": "1", "d/x": "2", "d/e/y": "3", "old/1": "", "old/2": "", "keep.txt": ""}
    steps = [
        {"move": "a", "to": "b"},
        {"copy": "d", "to": "c"},
        {"remove": "old/*"},
        {"write": "w/n.txt", "content": "new"},
        {"append": "w/*", "content": "more"},
    ]
    assert done(files, {"files": steps}) == {
        "b": "1",
        "d/x": "2",
        "d/e/y": "3",
        "c/x": "2",
        "c/e/y": "3",
        "w/n.txt": "new\nmore\n",
        "keep.txt": "",
    }


@pytest.mark.parametrize(
    ("step", "near"),
    [
        ({"move": "default/gate.yml", "to": "x"}, "default/profiles/gate.yml"),
        ({"remove": "docz"}, ""),
        ({"append": "none", "content": ""}, ""),
        ({"copy": "nothing/", "to": "y"}, ""),
    ],
)
def test_a_step_that_finds_nothing_is_an_error(step: dict[str, str], near: str) -> None:
    files = {"default/profiles/gate.yml": "", "docs/a": ""}
    problem = wrong(files, {"files": [step]})
    assert (problem.code, problem.file, problem.line) == ("HAL0206", "halsync.yaml", 301)
    assert near in problem.hint
    assert set(done(files, {"files": [step | {"optional": True}]})) == set(files)


@pytest.mark.parametrize("action", ["move", "copy", "write"])
def test_what_is_in_the_way_is_not_replaced_silently(action: str) -> None:
    step = {action: "a", "to": "b"} if action != "write" else {"write": "b", "content": "1"}
    problem = wrong({"a": "1", "b": "2"}, {"files": [step]})
    assert problem.code == "HAL0207"
    assert "b exists already" in problem.message
    assert done({"a": "1", "b": "2"}, {"files": [step | {"override": True}]})["b"] == "1"


def test_an_optional_write_leaves_the_file_alone() -> None:
    step = {"write": "b", "content": "1", "optional": True}
    assert done({"b": "2"}, {"files": [step]}) == {"b": "2"}
    assert done({}, {"files": [step]}) == {"b": "1"}


def test_appended_text_has_the_line_ends_of_the_file() -> None:
    found = done({"a.js": "x;\r\ny;"}, {"files": [{"append": "a.js", "content": "z;\nw;"}]})
    assert found == {"a.js": "x;\r\ny;\r\nz;\r\nw;\r\n"}


def test_a_file_that_is_no_text_is_not_extended() -> None:
    problem = wrong({"a.bin": b"\xff\x00"}, {"files": [{"append": "a.bin", "content": "z"}]})
    assert problem.code == "HAL0208"


def test_words_are_replaced_in_code_only() -> None:
    text = "// false\nlet falsehood = 'false', b = false; /* false */ let c = false;\n"
    step = {"file": "a.js", "replace": {"text": "false", "with": "true"}}
    assert done({"a.js": text}, {"patches": [step]})["a.js"] == (
        "// false\nlet falsehood = 'false', b = true; /* false */ let c = true;\n"
    )
    counted = {"file": "a.js", "replace": {"text": "false", "with": "true", "count": 3}}
    problem = wrong({"a.js": text}, {"patches": [counted]})
    assert problem.code == "HAL0208" and "2 times, and 3 are expected" in problem.message


def test_a_word_that_is_not_there_is_an_error() -> None:
    step = {"file": "a.js", "replace": {"text": "no", "with": "yes"}}
    problem = wrong({"a.js": "let none = 'no';"}, {"patches": [step]})
    assert problem.code == "HAL0206"
    assert "within longer words, comments or strings" in problem.message


def test_a_script_that_does_not_end_is_an_error() -> None:
    step = {"file": "a.js", "replace": {"text": "no", "with": "yes"}}
    problem = wrong({"a.js": "no; /* "}, {"patches": [step]})
    assert (problem.code, problem.file, problem.line, problem.column) == ("HAL0209", "a.js", 1, 5)


def test_untouched_files_are_the_same_objects() -> None:
    files: dict[str, bytes | str] = {"config": "a: 1\n", "b.yml": "x: [", "c.bin": b"\xff"}
    step = {"file": "config", "merge": {"a": 1}}
    from halsync.render.stages import apply
    from tests.render.oracle import tree_of
    from tests.render.steps.trees import plan

    tree = tree_of(files)
    rendered = apply(tree, plan({"patches": [step]}), [])
    assert all(rendered.tree.files[path] is tree.files[path] for path in files)
