"""Overlays and patches: what they change, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.render.steps.trees import carry_out, done, wrong

CONFIG = """\
# top
deploymentConfigurations:
  - name: default   # the one
    version: '1.30'
    accounts:
    - {name: a, context: x}
    - name: b       # second
      context: y
    hosts: [h1, h2]
    ldap:
      enabled: true
"""


def one(value: Any) -> dict[str, Any]:
    """A value for the one deployment."""
    return {"deploymentConfigurations": [{"name": "default", **value}]}


def patched(text: str, *patches: dict[str, Any], file: str = "config") -> str:
    """The file after the patches."""
    return done({file: text}, {"patches": [{"file": file, **each} for each in patches]})[file]


def refused(text: str, *patches: dict[str, Any], file: str = "config") -> str:
    """Message and hint of the one problem, which stands at the last patch."""
    steps = [{"file": file, **each} for each in patches]
    problem = wrong({file: text}, {"patches": steps})
    assert (problem.file, problem.line) == ("halsync.yaml", 400 + len(patches))
    return f"{problem.code} {problem.message} | {problem.hint}"


def overlaid(text: str, over: str, file: str = "config") -> str:
    """The file with an overlay over it."""
    found = done({file: text, f"env/prod/{file}": over}, {"overlays": ["env/prod"]})
    assert set(found) == {file}
    return found[file]


def test_a_patch_changes_what_it_says_and_nothing_else() -> None:
    merge = one({"version": "1.31", "accounts": [{"name": "b", "context": "z"}]})
    assert patched(CONFIG, {"merge": merge}) == CONFIG.replace("'1.30'", "'1.31'").replace(
        "context: y", "context: z"
    )


def test_markers_of_a_new_file_that_holds_several_documents() -> None:
    over = "a: {$replace: true, b: 1}\n---\nc: 2\n"
    problem = wrong({"env/prod/x.yml": over}, {"overlays": ["env/prod"]})
    assert (problem.code, problem.file) == ("HAL0209", "env/prod/x.yml")
    assert "it holds more than one document" in problem.message
    plain = "a: 1\n---\nc: 2\n"
    assert done({"env/prod/x.yml": plain}, {"overlays": ["env/prod"]}) == {"x.yml": plain}


def test_types_are_kept() -> None:
    merge = one({"version": "1.30", "ldap": {"enabled": False, "port": 389, "ratio": 1.5}})
    found = patched(CONFIG, {"merge": merge})
    assert "version: '1.30'\n" in found
    assert "enabled: false\n" in found and "port: 389\n" in found and "ratio: 1.5\n" in found


def test_every_item() -> None:
    merge = one({"accounts": [{"name": "*", "context": "all"}, {"name": "b", "context": "b"}]})
    found = patched(CONFIG, {"merge": merge})
    assert (
        "{name: a, context: all}" in found and "name: b       # second\n      context: b\n" in found
    )


def test_an_item_that_is_not_there_is_an_error_unless_added() -> None:
    told = refused(CONFIG, {"merge": one({"accounts": [{"name": "bb", "context": "z"}]})})
    assert "has no item with the name 'bb'" in told and "config:" in told
    added = {"name": "c", "context": "z", "$add": True}
    found = patched(CONFIG, {"merge": one({"accounts": [added]})})
    assert "    - name: c\n      context: z\n" in found and "$add" not in found


def test_every_item_of_none_is_an_error() -> None:
    text = "deploymentConfigurations: []\n"
    told = refused(text, {"merge": {"deploymentConfigurations": [{"name": "*", "a": 1}]}})
    assert "has no items" in told
    optional = {"merge": {"deploymentConfigurations": [{"name": "*", "a": 1}]}, "optional": True}
    assert patched(text, optional) == text
    assert patched("x: 1\n", optional) == "x: 1\n"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"ldap": [1]}, "is a mapping, and a list is given"),
        ({"ldap": "x"}, "is a mapping, and a single value is given"),
        ({"ldap": None}, "is a mapping, and nothing is given"),
        ({"version": {"a": 1}}, "is a single value, and a mapping is given"),
        ({"version": ["a"]}, "is a single value, and a list is given"),
        ({"hosts": {"a": 1}}, "is a list, and a mapping is given"),
        ({"hosts": [{"name": "a", "$add": True}]}, "do not all have a name"),
        ({"ldap": {"enabld": {"$remove": True}}}, "is not there"),
        ({"accounts": [{"name": "z", "$remove": True}]}, "no item with the name 'z'"),
        ({"accounts": [{"name": "a", "x": 1}, {"name": "a", "x": 2}]}, "stands twice"),
        ({"hosts": [{"$remove": True}, "h3"]}, "every item has a name"),
        ({"accounts": [{"name": "*", "$remove": True}]}, "all items are to be removed"),
        ({"new": {"$remove": True}}, "is not there"),
    ],
)
def test_what_does_not_fit_is_an_error_with_both_places(value: Any, told: str) -> None:
    said = refused(CONFIG, {"merge": one(value)})
    assert said.startswith("HAL0208") and told in said and "config:" in said


def test_markers() -> None:
    assert "ldap" not in patched(CONFIG, {"merge": one({"ldap": {"$remove": True}})})
    assert "name: b" not in patched(
        CONFIG, {"merge": one({"accounts": [{"name": "b", "$remove": True}]})}
    )
    found = patched(CONFIG, {"merge": one({"ldap": {"$replace": True, "url": "u"}})})
    assert "enabled" not in found and "url: u" in found
    found = patched(CONFIG, {"merge": one({"accounts": [{"$replace": True}, {"name": "n"}]})})
    assert "name: n" in found and "name: a" not in found and "$replace" not in found


def test_merge_patch_and_json_patch() -> None:
    text = "a: 1\nb: [1, 2]\nc: {d: 1, e: 2}\n"
    assert patched(text, {"mergePatch": {"b": [3], "c": {"d": None}}}) == (
        "a: 1\nb: [3]\nc: {e: 2}\n"
    )
    operations = [
        {"op": "move", "from": "/a", "path": "/c/a"},
        {"op": "remove", "path": "/b/0"},
        {"op": "add", "path": "/b/-", "value": 3},
    ]
    assert patched(text, {"jsonPatch": operations}) == "b: [2, 3]\nc: {d: 1, e: 2, a: 1}\n"


@pytest.mark.parametrize(
    ("text", "source", "target", "wanted"),
    [
        ("l: [[1, 2], 3]\n", "/l/0/1", "", "2\n"),
        ("l: [[1, 2], 3]\n", "/l/0/0", "/l", "l: 1\n"),
        ("l: [[1, 2], 3]\n", "/l/1", "/l/0/-", "l: [[1, 2, 3]]\n"),
        ("a: {l: [1, 2]}\n", "/a/l/0", "/a", "a: 1\n"),
        ("l: [1, 2]\n", "/l/0", "/l/0", "l: [1, 2]\n"),
        ("a: 1\n", "", "", "a: 1\n"),
    ],
)
def test_a_value_may_move_to_where_its_place_was(
    text: str, source: str, target: str, wanted: str
) -> None:
    move = {"op": "move", "from": source, "path": target}
    assert patched(text, {"jsonPatch": [move]}, file="a.yml") == wanted


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/deploymentConfigurations/0/versoin", "value": 1},
        {"op": "remove", "path": "/deploymentConfigurations/7"},
        {"op": "remove", "path": "/deploymentConfigurations/\N{SUPERSCRIPT TWO}"},
        {"op": "remove", "path": f"/deploymentConfigurations/{'9' * 5000}"},
        {"op": "test", "path": "/deploymentConfigurations/0/version", "value": "2"},
        {"op": "add", "path": "/deploymentConfigurations/0/version/x", "value": 1},
    ],
)
def test_a_json_patch_that_finds_nothing_is_an_error(operation: dict[str, Any]) -> None:
    first = {"op": "test", "path": "/deploymentConfigurations/0/name", "value": "default"}
    said = refused(CONFIG, {"jsonPatch": [first, operation]})
    assert said.startswith("HAL0208") and "config:" in said and "operation 1" in said


def test_a_patch_of_a_missing_file_names_the_nearest() -> None:
    files = {"default/profiles/gate-local.yml": "a: 1\n"}
    step = {"file": "default/profile/gate-local.yml", "merge": {"a": 2}}
    problem = wrong(files, {"patches": [step]})
    assert problem.code == "HAL0206"
    assert "default/profiles/gate-local.yml" in problem.hint
    assert done(files, {"patches": [step | {"optional": True}]}) == files


def test_a_pattern_names_every_file() -> None:
    files = {"s/clouddriver.yml": "a: 1\n", "s/clouddriver-rw.yml": "{}\n", "s/gate.yml": "a: 1\n"}
    found = done(files, {"patches": [{"file": "s/clouddriver*", "merge": {"artifactId": "x:1"}}]})
    assert found["s/clouddriver.yml"] == "a: 1\nartifactId: x:1\n"
    assert found["s/gate.yml"] == "a: 1\n"
    assert "artifactId" in found["s/clouddriver-rw.yml"]


@pytest.mark.parametrize("content", ["a: [1\n", "\ta: 1\n", "a: 1\n---\nb: 2\n", b"a: \xff\n"])
def test_a_file_that_cannot_be_read_is_an_error(content: bytes | str) -> None:
    step = {"file": "config", "merge": {"a": 2}}
    problem = wrong({"config": content}, {"patches": [step]})
    assert (problem.code, problem.file) == ("HAL0209", "config")


def test_a_file_without_values_is_not_patched_as_one() -> None:
    said = refused("a=1\n", {"merge": {"a": 2}}, file="x.properties")
    assert said.startswith("HAL0208") and "holds no values" in said


def test_an_empty_file_is_filled() -> None:
    assert patched("", {"merge": {"a": {"b": 1}}}) == "a:\n  b: 1\n"
    assert patched("# why\n", {"merge": {"a": 1}}) == "# why\na: 1\n"


def test_json_stays_json() -> None:
    text = '{\n  "a": 1,\n  "b": {"c": "x"}\n}\n'
    found = patched(text, {"merge": {"b": {"c": "y: z", "d": [True, None]}}}, file="x.json")
    import json

    assert json.loads(found) == {"a": 1, "b": {"c": "y: z", "d": [True, None]}}
    assert found.startswith('{\n  "a": 1,\n')


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_stay(mark: str) -> None:
    text = mark + CONFIG.replace("\n", "\r\n")
    found = patched(text, {"merge": one({"version": "1.31", "new": {"x": 1}})})
    assert found.startswith(mark + "# top\r\n") and found.count("\n") == found.count("\r\n")
    assert "version: '1.31'\r\n" in found


def test_a_shared_value_is_changed_for_one_place_only() -> None:
    text = "base: &b {x: 1, y: [1]}\none: *b\ntwo:\n  <<: *b\n  z: 1\n"
    found = patched(text, {"merge": {"one": {"x": 2}, "two": {"x": 3}}})
    from halsync.formats.yaml import parse

    assert parse(found).documents[0].value == {
        "base": {"x": 1, "y": [1]},
        "one": {"x": 2, "y": [1]},
        "two": {"x": 3, "y": [1], "z": 1},
    }


def test_an_overlay_merges_adds_replaces_removes() -> None:
    files = {
        "config": CONFIG,
        "default/profiles/a.js": "1",
        "default/profiles/b.yml": "x: 1\n",
        "default/old/c": "",
        "env/prod/config": "deploymentConfigurations:\n- {name: default, version: '1.31'}\n",
        "env/prod/default/profiles/a.js": "2",
        "env/prod/default/profiles/b.yml.halsync-remove": "no longer needed",
        "env/prod/default/old.halsync-remove": "",
        "env/prod/default/profiles/n.yml": "# new\nk: v\n",
        "env/dev/config": "",
    }
    assert done(files, {"overlays": ["env/prod"]}) == {
        "config": CONFIG.replace("1.30", "1.31"),
        "default/profiles/a.js": "2",
        "default/profiles/n.yml": "# new\nk: v\n",
        "env/dev/config": "",
    }


def test_overlays_are_laid_in_their_order() -> None:
    files = {"config": "a: 1\nb: 1\n", "o/1/config": "a: 2\nb: 2\n", "o/2/config": "b: 3\n"}
    assert done(files, {"overlays": ["o/1", "o/2"]}) == {"config": "a: 2\nb: 3\n"}
    assert done(files, {"overlays": ["o/2", "o/1"]}) == {"config": "a: 2\nb: 2\n"}


def test_an_overlay_appends_named_items_and_replaces_other_lists() -> None:
    over = "deploymentConfigurations:\n- name: default\n  hosts: [h3]\n  accounts: [{name: c}]\n"
    found = overlaid(CONFIG, over)
    assert "hosts: [h3]\n" in found and "name: c\n" in found and "{name: a, context: x}" in found


def test_an_overlay_that_does_not_fit_is_an_error_with_both_places() -> None:
    files = {
        "config": CONFIG,
        "o/config": "deploymentConfigurations:\n- name: default\n  ldap: x\n",
    }
    problem = wrong(files, {"overlays": ["o"]})
    assert (problem.code, problem.file, problem.line) == ("HAL0208", "o/config", 3)
    assert "config:11:7" in problem.message and problem.excerpt == "  ldap: x"
    assert problem.origin is not None and problem.origin.path == "o/config"


def test_an_overlay_that_is_not_there_is_an_error() -> None:
    problem = wrong(
        {"config": "a: 1", "environments/prod/x": ""}, {"overlays": ["environment/prod"]}
    )
    assert problem.code == "HAL0206" and "environments/prod" in problem.hint
    found = done({"config": "a: 1"}, {"overlays": [{"path": "x", "optional": True}]})
    assert found == {"config": "a: 1"}


def test_removing_what_is_not_there_is_an_error() -> None:
    problem = wrong({"a.yml": "", "o/b.yml.halsync-remove": ""}, {"overlays": ["o"]})
    assert (problem.code, problem.file) == ("HAL0206", "o/b.yml.halsync-remove")


def test_an_overlay_that_cannot_be_read_is_an_error() -> None:
    problem = wrong({"config": "a: 1", "o/config": "a: [\n"}, {"overlays": ["o"]})
    assert (problem.code, problem.file) == ("HAL0209", "o/config")


def test_markers_of_a_new_file_go() -> None:
    files = {"o/n.yml": "a:\n  $replace: true\n  b: 1   # why\n"}
    assert done(files, {"overlays": ["o"]}) == {"n.yml": "a:\n  b: 1   # why\n"}
    problem = wrong({"o/n.yml": "a: {$remove: true}\n"}, {"overlays": ["o"]})
    assert (problem.code, problem.file, problem.line) == ("HAL0208", "o/n.yml", 1)


FIGHTS: list[tuple[str, dict[str, Any]]] = [
    ("a: {b: 1}\n", {"merge": {"a": {"b": 2}}}),
    ("a: {b: 1}\n", {"merge": {"a": {"$remove": True}}}),
    ("a: {b: 1}\n", {"mergePatch": {"a": {"b": None}}}),
    ("a: {b: 1}\n", {"mergePatch": {"a": 3}}),
    ("a: {b: 1}\n", {"jsonPatch": [{"op": "replace", "path": "/a/b", "value": 2}]}),
    ("a: {b: 1}\n", {"jsonPatch": [{"op": "remove", "path": "/a"}]}),
    ("a: {b: 1}\n", {"merge": {"a": {"$replace": True, "c": 1}}}),
    ("l: [1, 2]\n", {"jsonPatch": [{"op": "add", "path": "/l/-", "value": 3}]}),
    ("n: [{name: x, v: 1}]\n", {"merge": {"n": [{"name": "*", "v": 2}]}}),
    ("n: [{name: x, v: 1}]\n", {"jsonPatch": [{"op": "remove", "path": "/n/0"}]}),
    ("d: {$remove: true}\n", {"merge": {"d": {"e": 1}}}),
]


@pytest.mark.parametrize(("over", "patch"), FIGHTS)
def test_overlay_and_patch_that_disagree(over: str, patch: dict[str, Any]) -> None:
    files = {"config": "a: {b: 0}\nl: []\nn: [{name: x, v: 0}, {name: y, v: 0}]\nd: {e: 0}\n"}
    files["o/config"] = over
    render = {"overlays": ["o"], "patches": [{"file": "config", **patch}]}
    problem = wrong(files, render)
    assert problem.code == "HAL0207"
    assert (problem.file, problem.line) == ("halsync.yaml", 401)
    assert "o/config:1" in problem.message and "halsync.yaml:401" in problem.message
    render["patches"] = [{"file": "config", **patch, "override": True}]
    assert carry_out(files, render).problems == []


@pytest.mark.parametrize(
    ("over", "patch"),
    [
        ("a: {b: 1}\n", {"merge": {"a": {"b": 1}}}),
        ("a: {b: 1}\n", {"merge": {"a": {"c": 2}}}),
        ("a: {n: {m: 1}}\n", {"merge": {"a": {"n": {"o": 2}}}}),
        ("n: [{name: x, v: 1}]\n", {"merge": {"n": [{"name": "y", "v": 2}]}}),
        ("n: [{name: z, v: 1}]\n", {"merge": {"n": [{"name": "*", "w": 2}]}}),
        ("n: [{name: x, v: 1}]\n", {"jsonPatch": [{"op": "add", "path": "/n/0/w", "value": 2}]}),
        ("a: {b: 1}\n", {"jsonPatch": [{"op": "test", "path": "/a/b", "value": 1}]}),
    ],
)
def test_overlay_and_patch_that_agree(over: str, patch: dict[str, Any]) -> None:
    files = {"config": "a: {b: 0}\nn: [{name: x, v: 0}, {name: y, v: 0}]\n", "o/config": over}
    render = {"overlays": ["o"], "patches": [{"file": "config", **patch}]}
    assert carry_out(files, render).problems == []


def test_two_patches_that_disagree() -> None:
    said = refused("a: 0\n", {"merge": {"a": 1}}, {"merge": {"a": 2}})
    assert said.startswith("HAL0207") and "halsync.yaml:401" in said
    assert patched("a: 0\n", {"merge": {"a": 1}}, {"merge": {"a": 2}, "override": True}) == "a: 2\n"


def test_stating_again_what_is_there_counts() -> None:
    """An overlay that says 1 where the file says 1 is not overruled by a patch either."""
    render = {"overlays": ["o"], "patches": [{"file": "config", "merge": {"a": 2}}]}
    assert wrong({"config": "a: 1\n", "o/config": "a: 1\n"}, render).code == "HAL0207"


def test_all_problems_at_once() -> None:
    steps = [
        {"file": "none", "merge": {"a": 1}},
        {"file": "config", "merge": {"a": [1]}},
        {"file": "config", "merge": {"a": {"b": 2}}},
    ]
    problems = carry_out({"config": "a: {b: 1}\n"}, {"variants": ["s3"], "patches": steps}).problems
    assert [problem.code for problem in problems] == ["HAL0206", "HAL0206", "HAL0208"]


def test_what_steps_write_is_filled_in() -> None:
    files = {"config": "a: NAME\n", "o/config": "b: NAME-x\n", "p/n.yml": "c: 'NAME'\n"}
    render = {
        "overlays": ["o"],
        "files": [{"write": "w.txt", "content": "NAME"}],
        "patches": [{"file": "config", "merge": {"d": "x-NAME"}}],
    }
    assert done(files, render, NAME="isd") == {
        "config": "a: isd\nb: isd-x\nd: x-isd\n",
        "p/n.yml": "c: 'isd'\n",
        "w.txt": "isd",
    }
