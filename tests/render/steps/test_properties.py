"""For any document and any overlay: exactly what was meant, and nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.formats.align import same
from halsync.formats.yaml import parse
from halsync.render.merging import Misfit, merge
from halsync.render.places import REMOVED, path_of
from tests.render.steps.trees import carry_out

KEYS = st.sampled_from(["a", "b", "c", "name", "x y", "true", "1"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["", "a", "1.30", "yes", "a: b", "- x", "#", "'", '"', "é", "two\nlines"])
)
NAMED = st.builds(
    lambda name, rest: {"name": name, **{k: v for k, v in rest.items() if k != "name"}},
    st.sampled_from(["n", "m", "o"]),
    st.dictionaries(KEYS, SCALARS, max_size=2),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(KEYS, below, max_size=3)
        | st.lists(NAMED, max_size=3, unique_by=lambda item: str(item["name"]))
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def simple(base: Any, over: Any) -> Any:
    """What an overlay without markers means, written down as directly as possible."""
    if isinstance(over, dict):
        base = {} if base is None else base
        if not isinstance(base, dict):
            raise TypeError
        result = dict(base)
        for key, item in over.items():
            result[key] = simple(base[key], item) if key in base else item
        return result
    if isinstance(over, list):
        base = [] if base is None else base
        if not isinstance(base, list):
            raise TypeError
        if over and all(is_named(item) for item in over):
            names = [item["name"] for item in base if is_named(item)]
            if len(names) < len(base) or len(set(names)) < len(names):
                raise TypeError
            over_by = {item["name"]: item for item in over}
            if len(over_by) < len(over):
                raise TypeError
            merged = [
                simple(i, over_by.pop(i["name"])) if i["name"] in over_by else i for i in base
            ]
            return merged + list(over_by.values())
        return over
    if isinstance(base, dict | list) and base:
        raise TypeError
    return over


def is_named(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str)


@given(DOCUMENTS, DOCUMENTS)
def test_merging_means_what_it_says(base: Any, over: Any) -> None:
    before = copy.deepcopy((base, over))
    try:
        expected = simple(base, over)
    except TypeError:
        expected = None
    try:
        found = merge(base, over, adding=True)
    except Misfit:
        assert expected is None
    else:
        assert same(found.value, expected)
        for touch in found.touches:
            path = path_of(found.value, touch.place)
            assert path is not None and touch.value is not REMOVED
    assert same(list(before), [base, over])


@given(DOCUMENTS, DOCUMENTS)
@settings(max_examples=60)
def test_an_overlay_on_text_gives_the_merged_value(base: Any, over: Any) -> None:
    text = "# top\n" + json.dumps(base, indent=1) + "\n# end\n"
    done = carry_out({"config": text, "o/config": json.dumps(over)}, {"overlays": ["o"]})
    result = done.tree.files["config"].content.decode()
    try:
        expected = simple(base, over)
    except TypeError:
        assert [problem.code for problem in done.problems] == ["HAL0208"]
        assert result == text
        return
    assert done.problems == []
    assert same(parse(result).documents[0].value, expected)
    assert result.startswith("# top\n") and result.endswith("\n# end\n")
    if same(base, expected):
        assert result == text


BLOCK = st.dictionaries(
    st.sampled_from("abcdef"), st.integers(0, 9) | st.sampled_from(["x", "y z"]), min_size=1
)


@given(st.lists(BLOCK, min_size=1, max_size=4), st.data())
@settings(max_examples=60)
def test_untouched_lines_stay_to_the_byte(items: list[dict[str, Any]], data: Any) -> None:
    lines = ["items:   # all of them"]
    for number, item in enumerate(items):
        lines.append(f"  - name:  n{number}   # item {number}")
        lines += [f"    {key}:   {value}   # {key}" for key, value in item.items()]
        lines.append("")
    text = "\n".join(lines) + "\n"
    number = data.draw(st.integers(0, len(items) - 1))
    key = data.draw(st.sampled_from(sorted(items[number])))
    patch = {"file": "config", "merge": {"items": [{"name": f"n{number}", key: "CHANGED"}]}}
    done = carry_out({"config": text}, {"patches": [patch]})
    assert done.problems == []
    new = done.tree.files["config"].content.decode().split("\n")
    old = text.split("\n")
    assert len(new) == len(old)
    different = [at for at, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
    (at,) = different
    assert new[at] == f"    {key}:   CHANGED   # {key}"
