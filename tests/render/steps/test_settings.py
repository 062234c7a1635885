"""The steps in ``halsync.yaml``: read, refused, and written again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync.settings.load import load
from halsync.settings.mistakes import SettingsError
from halsync.settings.model import PlaceholderSettings, Settings
from halsync.settings.placeholders import read_placeholder
from halsync.settings.rendering import plan_of, read_steps, render_section
from halsync.settings.steps import FileStep, Overlay, Patch, RenderPlan, Variant

PATHS = st.from_regex(r"[a-z*]{1,4}(/[a-z*.]{1,3}x){0,2}", fullmatch=True)
FLAG = st.booleans()
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
VALUE = st.recursive(
    st.none() | FLAG | st.integers(-5, 5) | TEXT,
    lambda below: st.lists(below, max_size=2) | st.dictionaries(TEXT, below, max_size=2),
    max_leaves=5,
)
MAPPING = st.dictionaries(TEXT, VALUE, min_size=1, max_size=3)
FILES_OF = st.lists(PATHS, max_size=2).map(tuple)
VARIANTS = st.builds(
    lambda name, files, flag: Variant(name, files, optional=flag),
    st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True),
    FILES_OF,
    FLAG,
)
OVERLAYS = st.builds(lambda path, flag: Overlay(path, optional=flag), PATHS, FLAG)
FILES = st.one_of(
    st.builds(
        lambda action, path, to, flags: FileStep(action, path, to, "", *flags),
        st.sampled_from(["move", "copy"]),
        PATHS,
        PATHS,
        st.tuples(FLAG, FLAG),
    ),
    st.builds(lambda path, flag: FileStep("remove", path, optional=flag), PATHS, FLAG),
    st.builds(
        lambda path, text, flags: FileStep("write", path, "", text, *flags),
        PATHS,
        TEXT,
        st.tuples(FLAG, FLAG),
    ),
    st.builds(lambda path, text: FileStep("append", path, content=text), PATHS, TEXT),
)
PATCHES = st.builds(
    lambda path, kind, value, flags: Patch(
        path, kind, [value] if kind == "jsonPatch" else value, *flags
    ),
    PATHS,
    st.sampled_from(["merge", "mergePatch", "jsonPatch"]),
    MAPPING,
    st.tuples(FLAG, FLAG),
)
PLANS = st.builds(
    lambda *stages: RenderPlan(*map(tuple, stages)),
    st.lists(VARIANTS, max_size=3),
    st.lists(OVERLAYS, max_size=2),
    st.lists(FILES, max_size=3),
    st.lists(PATCHES, max_size=3),
)
PLACEHOLDERS = st.builds(
    lambda item, files, secret: item._replace(files=files, secret=secret),
    st.one_of(
        (TEXT | FLAG | st.integers(0, 9)).map(lambda value: PlaceholderSettings("NAME", value)),
        st.just(PlaceholderSettings("A_TOKEN", env="X")),
        st.just(PlaceholderSettings("SPACE", field="metadata.namespace")),
        st.just(PlaceholderSettings("BYTES", file="/run/x")),
    ),
    FILES_OF,
    FLAG,
)


@given(PLANS)
def test_what_is_written_reads_as_the_same_plan(plan: RenderPlan) -> None:
    section = json.loads(json.dumps(render_section(plan)))
    steps = {}
    for key in ("variants", "overlays", "files", "patches"):
        found = read_steps(key, section.get(key, []), lambda _: "")
        assert found.mistakes == ()
        steps[key] = found.steps
    assert (plan_of(steps) or RenderPlan()) == plan


@given(PLACEHOLDERS)
def test_a_placeholder_reads_as_it_was(item: PlaceholderSettings) -> None:
    shown = render_section(RenderPlan(placeholders=(item,)))["placeholders"][item.name]
    found = read_placeholder(item.name, shown, "", "/")
    assert found == item


def loaded(tmp_path: Path, text: str, **environment: str) -> Settings:
    (tmp_path / "halsync.yaml").write_text(text)
    return load({}, environment, directory=str(tmp_path)).settings


def test_every_step_knows_its_line(tmp_path: Path) -> None:
    text = (
        "render:\n"
        "  variants: [s3]\n"
        "  overlays:\n"
        "  - environments/prod\n"
        "  - {path: /environments/eu/, optional: true}\n"
        "  patches:\n"
        "  - file: config\n"
        "    merge: {a: 1}\n"
    )
    plan = loaded(tmp_path, text).plan
    assert plan == RenderPlan(
        (Variant("s3", declared_at="halsync.yaml:2"),),
        (
            Overlay("environments/prod", declared_at="halsync.yaml:4"),
            Overlay("environments/eu", True, "halsync.yaml:5"),
        ),
        (),
        (Patch("config", "merge", {"a": 1}, declared_at="halsync.yaml:7"),),
    )


def test_flags_and_variables_beat_the_file(tmp_path: Path) -> None:
    text = "render: {overlays: [a], variants: [s3]}\n"
    plan = loaded(tmp_path, text, HALSYNC_RENDER_OVERLAYS="b, c").plan
    assert plan is not None
    assert [item.path for item in plan.overlays] == ["b", "c"]
    assert [item.declared_at for item in plan.overlays] == ["HALSYNC_RENDER_OVERLAYS"] * 2
    assert plan.variants[0].name == "s3"


def test_no_steps_no_plan(tmp_path: Path) -> None:
    assert loaded(tmp_path, "render: {placeholders: {A: b}, patches: []}\n").plan is None


@pytest.mark.parametrize(
    ("render", "line", "told"),
    [
        ("{variants: s3}", "1:20", "must be a list"),
        ("{variants: [.s3]}", "1:", "no suffix"),
        ("{variants: [{nam: s3}]}", "1:", "unknown key nam"),
        ("{overlays: ['../x']}", "1:", "leads out of the tree"),
        ("{overlays: [3]}", "1:", "must be a mapping or text"),
        ("{files: [{move: a}]}", "1:", "needs to"),
        ("{files: [{move: a, remove: b}]}", "1:", "needs one of"),
        ("{files: [{remove: a, to: b}]}", "1:", "takes no to"),
        ("{files: [{append: a, content: x, override: true}]}", "1:", "takes no override"),
        ("{files: [{write: a, content: 3}]}", "1:", "must be text"),
        ("{patches: [{file: a}]}", "1:", "needs one of"),
        ("{patches: [{merge: {a: 1}}]}", "1:", "needs file"),
        ("{patches: [{file: a, merge: {}}]}", "1:", "is empty"),
        ("{patches: [{file: a, merge: 3}]}", "1:", "must be a mapping"),
        ("{patches: [{file: a, jsonPatch: {}}]}", "1:", "must be a list"),
        ("{patches: [{file: a, replace: {text: x}}]}", "1:", "needs with"),
        ("{patches: [{file: a, replace: {text: x, with: y, count: 0}}]}", "1:", "above 0"),
        ("{patches: [{file: a, merge: {a: 1}, optional: maybe}]}", "1:", "true or false"),
        ("{placeholders: {A: {field: metadata.nam}}}", "1:", "no field of a pod"),
        ("{placeholders: {A: {field: spec.nodeName}}}", "1:", "environment variable"),
        ("{placeholders: {A: {value: 1, env: X}}}", "1:", "needs one of value"),
        ("{placeholders: {A: {value: 1.5}}}", "1:", "is a number"),
        ("{placeholders: {A: {value: x, files: []}}}", "1:", "files is empty"),
        ("{values: v.yaml}", "1:", "belongs to a preset"),
        ("{preset: opsmx, chart: 4.0}", "1:", "must be text"),
    ],
)
def test_mistakes(tmp_path: Path, render: str, line: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, f"render: {render}\n")
    (mistake,) = caught.value.mistakes
    assert mistake.where.startswith(f"halsync.yaml:{line}")
    assert told in mistake.message


def test_the_schema_agrees(tmp_path: Path) -> None:
    import jsonschema

    from halsync.settings.schema_document import document

    section: dict[str, Any] = {
        "variants": ["s3", {"name": "x", "files": "a"}],
        "overlays": ["a", {"path": "b", "optional": True}],
        "files": [{"remove": "a"}, {"write": "b", "content": ""}],
        "patches": [
            {"file": "a", "merge": {"a": 1}},
            {"file": "a", "jsonPatch": [{"op": "remove", "path": "/a"}]},
            {"file": "a", "replace": {"text": "a", "with": "", "count": 1}},
        ],
        "placeholders": {"A": {"field": "metadata.namespace", "files": ["a", "b"]}, "B": 1},
    }
    check = jsonschema.Draft202012Validator(document())
    check.validate({"render": section})
    assert loaded(tmp_path, json.dumps({"render": section})).plan is not None
    for bad in ({"files": [{"move": "a"}]}, {"patches": [{"file": "a"}]}, {"overlays": [1]}):
        assert not check.is_valid({"render": bad})
