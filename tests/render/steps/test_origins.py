"""Every place of a rendered file leads back to where a person wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from halsync.errors import ConfigError
from halsync.model import Problem
from halsync.render import Placeholder, Rendered
from halsync.render.explaining import Explained, explain
from halsync.render.origins import back, origin_of
from halsync.render.places import REMOVED
from halsync.render.stages import followed
from halsync.render.trail import trail_of
from tests.render.oracle import tree_of
from tests.render.steps.trees import carry_out

FILES = {
    "config": (
        "# top\n"
        "currentDeployment: default\n"
        "deploymentConfigurations:\n"
        "- name: other\n"
        "- name: default\n"
        "  version: 1.30.4\n"
        "  accounts:\n"
        "  - {name: gone}\n"
        "  - name: a\n"
        "    context: RELEASE-x\n"
        "  - name: b\n"
        "    context: y\n"
        "  token: TOKEN\n"
    ),
    "o/config": (
        "deploymentConfigurations:\n"
        "- name: default\n"
        "  accounts:\n"
        "  - {name: gone, $remove: true}\n"
        "  - name: b\n"
        "    context: over\n"
        "  - name: new\n"
        "    context: RELEASE\n"
    ),
    "default/profiles/gate.yml": "server.tomcat: {x: 1}\nserver: {port: 1}\n",
    "default/profiles/gate.yml.s3": "server:\n  port: 2\n",
    "default/profiles/orca.yml": "a: 1\n",
    "default/profiles/x.js": "let a = 1;\n",
    "default/service-settings/gate.yml": "kind: service\n",
    "o/default/profiles/orca.yml.halsync-remove": "",
}
RENDER: dict[str, Any] = {
    "variants": [{"name": "s3", "files": "default/**"}],
    "overlays": ["o"],
    "files": [
        {"append": "default/profiles/x.js", "content": "let b = 2;"},
        {"write": "w.yml", "content": "w: 1\n"},
    ],
    "patches": [
        {
            "file": "config",
            "merge": {"deploymentConfigurations": [{"name": "*", "version": "1.31.0"}]},
        }
    ],
}
GIVEN = [
    Placeholder("RELEASE", "isd", False, "halsync.yaml:50"),
    Placeholder("TOKEN", "top\nsecret", True, "halsync.yaml:51"),
]


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    done = carry_out(FILES, RENDER, GIVEN)
    assert done.problems == []
    return done


def asked(rendered: Rendered, question: str) -> Explained:
    assert rendered.trail is not None
    return explain(rendered.tree.files, rendered.trail, question)


def steps(found: Explained) -> list[tuple[str, str, Any]]:
    return [(step.what, step.where, step.value) for step in found.steps]


def test_every_line(rendered: Rendered) -> None:
    assert rendered.trail is not None
    file = rendered.tree.files["config"]
    lines = file.content.decode().splitlines()
    found = {}
    for number, line in enumerate(lines, 1):
        spot = origin_of(file, "config", number, len(line), rendered.trail)
        found[line.strip()] = f"{spot.file}:{spot.line}"
    assert (
        found
        == {
            "# top": "config:1",
            "currentDeployment: default": "config:2",
            "deploymentConfigurations:": "config:3",
            "- name: other": "config:4",
            'version: "1.31.0"': "halsync.yaml:401",
            "version: 1.31.0": "halsync.yaml:401",
            "- name: default": "config:5",
            "accounts:": "config:7",
            "- name: a": "config:9",
            "context: isd-x": "config:10",
            "- name: b": "config:11",
            "context: over": "o/config:6",
            "- name: new": "o/config:7",
            "context: isd": "o/config:8",
            r'token: "top\nsecret"': "config:13",
        }
        or lines
    )


def test_a_value_of_the_source(rendered: Rendered) -> None:
    found = asked(rendered, "accounts[a].context")
    assert found.value == "isd-x"
    assert (found.file, found.place) == (
        "config",
        "deploymentConfigurations[default].accounts[a].context",
    )
    assert (found.spot.file, found.spot.line) == ("config", 10)
    assert found.spot.excerpt == "    context: RELEASE-x"
    assert found.spot.origin is not None and found.spot.origin.revision == "rev"
    assert steps(found) == [
        ("source src", "config:10", "RELEASE-x"),
        ("placeholder RELEASE", "halsync.yaml:50", "isd-x"),
    ]
    assert not found.secret


def test_a_value_that_an_overlay_changed(rendered: Rendered) -> None:
    found = asked(rendered, "config:deploymentConfigurations[default].accounts[b].context")
    assert (found.spot.file, found.spot.line, found.spot.excerpt) == (
        "o/config",
        6,
        "    context: over",
    )
    assert steps(found) == [
        ("source src", "config:12", "y"),
        ("overlay o", "o/config:6", "over"),
    ]


def test_a_value_that_an_overlay_added_and_a_placeholder_filled(rendered: Rendered) -> None:
    found = asked(rendered, "accounts[new].context")
    assert steps(found) == [
        ("overlay o", "o/config:8", "RELEASE"),
        ("placeholder RELEASE", "halsync.yaml:50", "isd"),
    ]


def test_a_value_that_a_patch_set(rendered: Rendered) -> None:
    found = asked(rendered, "version")
    assert (found.spot.file, found.spot.line, found.spot.origin) == ("halsync.yaml", 401, None)
    assert steps(found) == [
        ("source src", "config:6", "1.30.4"),
        ("patch 1 (merge)", "halsync.yaml:401", "1.31.0"),
    ]
    other = asked(rendered, "config:deploymentConfigurations[0].version")
    assert steps(other) == [("patch 1 (merge)", "halsync.yaml:401", "1.31.0")]


def test_what_was_done_below_a_value(rendered: Rendered) -> None:
    told = [(step.what, step.value) for step in asked(rendered, "accounts").steps]
    assert ("overlay o, which removed [gone]", REMOVED) in told
    assert ("overlay o, which set [b].context", "over") in told


def test_a_secret_is_known_as_one(rendered: Rendered) -> None:
    assert asked(rendered, "token").secret


def test_a_variant(rendered: Rendered) -> None:
    found = asked(rendered, "profiles/gate.yml:server.port")
    assert (found.spot.file, found.spot.line) == ("default/profiles/gate.yml.s3", 2)
    assert steps(found) == [
        ("source src", "default/profiles/gate.yml.s3:2", 2),
        ("variant s3", "halsync.yaml:101", None),
    ]


def test_lines_of_other_files(rendered: Rendered) -> None:
    first, second = asked(rendered, "x.js:1"), asked(rendered, "x.js:2")
    assert (first.spot.file, first.spot.line) == ("default/profiles/x.js", 1)
    assert (second.spot.file, second.spot.line) == ("halsync.yaml", 301)


def test_the_steps_of_a_line_are_those_on_it(rendered: Rendered) -> None:
    """And not those of the whole file."""
    lines = rendered.tree.files["config"].content.decode().splitlines()
    told = {}
    for number, line in enumerate(lines, 1):
        found = asked(rendered, f"config:{number}")
        told[line.strip()] = [(what, where) for what, where, _ in steps(found)]
    assert told["# top"] == [("source src", "config:1")]
    assert told["context: isd-x"] == [
        ("source src", "config:10"),
        ("placeholder RELEASE", "halsync.yaml:50"),
    ]
    assert told["context: over"] == [("source src", "config:12"), ("overlay o", "o/config:6")]
    assert told["- name: new"] == [("overlay o", "o/config:7")]
    assert told["context: isd"] == [
        ("overlay o", "o/config:8"),
        ("placeholder RELEASE", "halsync.yaml:50"),
    ]
    assert told["version: 1.31.0"] == [
        ("source src", "config:6"),
        ("patch 1 (merge)", "halsync.yaml:401"),
    ]
    assert [(what, where) for what, where, _ in steps(asked(rendered, "x.js:1"))] == [
        ("source src", "default/profiles/x.js:1")
    ]
    assert [(what, where) for what, where, _ in steps(asked(rendered, "x.js:2"))] == [
        ("append default/profiles/x.js", "halsync.yaml:301")
    ]
    assert [(what, where) for what, where, _ in steps(asked(rendered, "profiles/gate.yml:2"))] == [
        ("source src", "default/profiles/gate.yml.s3:2"),
        ("variant s3", "halsync.yaml:101"),
    ]


def test_a_line_shows_no_step_of_its_neighbours() -> None:
    """On one line, in a flow mapping, and with values of several lines above it."""
    files = {"config": "a: TOKEN\nb: {c: RELEASE, d: TOKEN, e: 1}\nf: RELEASE\n"}
    done = carry_out(files, {"patches": [{"merge": {"b": {"e": 2}}, "file": "config"}]}, GIVEN)
    assert done.trail is not None and done.problems == []
    lines = done.tree.files["config"].content.decode().splitlines()

    def on(start: str) -> list[str]:
        number = next(at for at, line in enumerate(lines, 1) if line.startswith(start))
        assert done.trail is not None
        found = explain(done.tree.files, done.trail, f"config:{number}")
        return [f"{step.what} {step.where}" for step in found.steps]

    assert on("f:") == ["source src config:3", "placeholder RELEASE halsync.yaml:50"]
    assert on("a:") == ["source src config:1", "placeholder TOKEN halsync.yaml:51"]
    assert [each.partition(" halsync")[0] for each in on("b:")] == [
        "source src config:2",
        "patch 1 (merge)",
        "placeholder RELEASE",
        "placeholder TOKEN",
    ]


def test_a_written_file(rendered: Rendered) -> None:
    found = asked(rendered, "w.yml:w")
    assert (found.spot.file, found.spot.line) == ("halsync.yaml", 302)
    assert steps(found) == [("write w.yml", "halsync.yaml:302", 1)]


@pytest.mark.parametrize(
    ("question", "told", "hint"),
    [
        ("gate.yml", "may be one of 2 files", "directory"),
        ("orca.yml", "default/profiles/orca.yml is not published: it went with overlay o", ""),
        ("rosco.yml:a", "there is no file rosco.yml", ""),
        ("gat.yml", "there is no gat", "gate.yml"),
        ("versoin", "there is no versoin", "version"),
        ("accounts[c]", "there is no c in", "a, b, new"),
        ("config:9999", "config has no line 9999", "it has "),
        ("config:0", "config has no line 0", "counted from 1"),
        ("config:\N{SUPERSCRIPT TWO}", "there is no \N{SUPERSCRIPT TWO}", ""),
        (f"config:{'9' * 5000}", "config has no line 999999999999", "it has "),
        ("accounts[\N{SUPERSCRIPT TWO}]", "there is no \N{SUPERSCRIPT TWO} in", "a, b, new"),
        (f"accounts[{'9' * 5000}]", "there is no 999", "a, b, new"),
        ("x.js:a.b", "holds no values", "x.js:1"),
        ("", "nothing is asked for", "FILE:LINE"),
        (" : ", "nothing is asked for", "FILE:LINE"),
        (".", "nothing is asked for", "FILE:LINE"),
        ("accounts[", "there is no such item in", "a, b, new"),
    ],
)
def test_what_is_not_there(rendered: Rendered, question: str, told: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        asked(rendered, question)
    assert told in caught.value.message
    assert hint in caught.value.hint


def test_a_place_without_a_name_is_the_whole_file(rendered: Rendered) -> None:
    for question in ("config", "config:", "config:."):
        assert (asked(rendered, question).place, asked(rendered, question).line) == ("", 0)


def test_dotted_keys() -> None:
    tree = {"default/profiles/gate-local.yml": "server.tomcat:\n  a.b: 1\nserver: {port: 1}\n"}
    done = carry_out(tree, {})
    trail = trail_of(tree_of(tree), done, ())
    found = explain(done.tree.files, trail, "gate-local.yml:server.tomcat.a.b")
    assert (found.value, found.place) == (1, "['server.tomcat']['a.b']")
    assert explain(done.tree.files, trail, "gate-local.yml:server.port").value == 1


def test_problems_stand_where_a_person_wrote_what_is_wrong(rendered: Rendered) -> None:
    lines = rendered.tree.files["config"].content.decode().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "over" in text)
    problem = Problem("X", "rules", "error", "bad", file="config", line=line, column=14)
    (found,) = followed([problem], tree_of(FILES), rendered)
    assert (found.file, found.line, found.excerpt) == ("o/config", 6, "    context: over")
    assert found.message == f"bad (rendered: config:{line})"
    whole = Problem("X", "rules", "error", "bad", file="default/profiles/gate.yml")
    (found,) = followed([whole], tree_of(FILES), rendered)
    assert (found.file, found.line) == ("default/profiles/gate.yml.s3", 0)


def test_with_placeholders_only() -> None:
    files = {"config": "a: |\n  TOKEN\nb: 1\n"}
    done = carry_out(files, {}, GIVEN)
    text = done.tree.files["config"].content.decode()
    line = text.splitlines().index("b: 1") + 1
    assert line != 3
    problem = Problem("X", "rules", "error", "bad", file="config", line=line, column=1)
    (found,) = followed([problem], tree_of(files), done)
    assert (found.file, found.line, found.column) == ("config", 3, 1)


def test_offsets_go_back_over_edits() -> None:
    from halsync.render.edits import Edit

    edits = [Edit(2, 4, "xyz"), Edit(6, 6, "!"), Edit(8, 9, "")]
    # before: 01[23]45|67[8]9  after: 01xyz45!679
    assert [back(edits, at)[0] for at in (0, 1, 5, 6, 8, 9, 10)] == [0, 1, 4, 5, 6, 7, 9]
    assert [back(edits, at)[1] for at in (2, 4, 7)] == [edits[0], edits[0], edits[1]]


def test_half_of_a_letter_of_utf_16_may_look_like_the_end_of_a_line() -> None:
    files = {"x.js": "\ufefflet a = 'č';\nlet b = 1;\n".encode("utf-16-le")}
    done = carry_out(files, {"files": [{"copy": "x.js", "to": "y.js"}]})
    assert done.trail is not None
    assert explain(done.tree.files, done.trail, "y.js:2").spot.excerpt == "let b = 1;"
    assert explain(done.tree.files, done.trail, "y.js:4").spot.excerpt == ""


def test_names_and_keys_that_were_filled_in() -> None:
    files = {"config": "l:\n- name: NAME-a\n  KEY: 1\n", "o/config": "l:\n- {name: NAME-a, x: 2}\n"}
    values = [Placeholder("NAME", "isd", False, "s:1"), Placeholder("KEY", "k", False, "s:2")]
    done = carry_out(files, {"overlays": ["o"]}, values)
    assert done.trail is not None
    found = explain(done.tree.files, done.trail, "config:l[isd-a].k")
    assert steps(found) == [("source src", "config:3", 1)]
    found = explain(done.tree.files, done.trail, "config:l[isd-a].x")
    assert steps(found) == [("overlay o", "o/config:2", 2)]


def test_a_mapping_that_a_step_brought_into_being() -> None:
    files = {"config": "a: 1\nb: {c: 1}\n", "o/config": "# why\nb:\n  d:\n    e:\n      f: 1\n"}
    done = carry_out(files, {"overlays": ["o"]})
    assert done.trail is not None
    file = done.tree.files["config"]
    text = file.content.decode()
    for key, line in (("d", 5), ("e", 5), ("f", 5), ("c", 2), ("a", 1)):
        at = text.index(f"{key}:")
        number, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        spot = origin_of(file, "config", number, column, done.trail)
        assert (spot.file, spot.line) == ("o/config" if key in "def" else "config", line)


@pytest.mark.parametrize("path", ["notes.txt", "default/profiles/x.properties"])
def test_a_file_in_another_encoding_is_explained_like_others(path: str) -> None:
    files: dict[str, bytes | str] = {path: b"a = caf\xe9 NAME\nb = NAME\n"}
    given = [Placeholder("NAME", "x", False, "--set")]
    rendered = carry_out(files, {"files": [{"copy": path, "to": "copy.txt"}]}, given)
    assert rendered.trail is not None
    for line in ("", ":1", ":2"):
        found = explain(rendered.tree.files, rendered.trail, path + line)
        assert [step.what for step in found.steps] == ["source src", "placeholder NAME"]
        assert found.spot.line == int(line[1:] or 0)
    assert found.spot.excerpt == "b = NAME"
