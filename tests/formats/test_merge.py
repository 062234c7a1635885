"""Patches on plain values: laws that must hold, and what the RFCs print."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.formats.align import align, same
from halsync.formats.edit import rewrite
from halsync.formats.emit import Manner, block
from halsync.formats.merge import PatchError, escaped, json_patch, merge_patch
from halsync.formats.yaml import parse

KEYS = st.sampled_from(["a", "b", "c", "name", "x/y", "m~n", "", "0"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["s", "t", "1"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
NAMED = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("pqrstu")}, optional={"v": SCALARS, "w": VALUES}
    ),
    max_size=5,
    unique_by=lambda item: item["name"],
)


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return value


@settings(max_examples=300, deadline=None)
@given(VALUES, VALUES)
def test_merge_patch_laws(value: Any, patch: Any) -> None:
    before = deepcopy((value, patch))
    result = merge_patch(value, patch)
    assert same([value, patch], list(before))
    assert same(merge_patch(result, patch), result)
    assert same(merge_patch(value, {}), value if isinstance(value, dict) else {})
    if isinstance(patch, dict):
        for key, item in patch.items():
            assert (key in result) == (item is not None)
        for key in value if isinstance(value, dict) else ():
            assert key in patch or same(result[key], value[key])
    else:
        assert same(result, patch)


@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [  # RFC 7386, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_of_the_rfc(value: Any, patch: Any, result: Any) -> None:
    assert same(merge_patch(value, patch), result)


@settings(max_examples=300, deadline=None)
@given(NAMED, NAMED)
def test_alignment_ascends_and_goes_by_name(old: list[Any], new: list[Any]) -> None:
    origins = [index for index in align(old, new) if index is not None]
    assert origins == sorted(set(origins))
    for item, index in zip(new, align(old, new), strict=True):
        assert index is None or not old or old[index]["name"] == item["name"]
    assert align(new, new) == list(range(len(new)))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), VALUES)
def test_a_merged_value_is_carried_into_the_text(value: Any, overlay: Any) -> None:
    text = "# first\n" + "\n".join(block(value, 0, Manner())) + "\n"
    wanted = merge_patch(value, overlay)
    assert same(parse(rewrite(text, wanted).text).documents[0].value, wanted)


def places(value: Any, above: str = "") -> list[tuple[str, Any]]:
    found = [(above, value)]
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        found += places(item, f"{above}/{escaped(str(key))}")
    return found


@settings(max_examples=300, deadline=None)
@given(VALUES, st.data(), VALUES)
def test_json_patch_laws(value: Any, data: st.DataObject, new: Any) -> None:
    before = deepcopy(value)
    pointer, found = data.draw(st.sampled_from(places(value)))
    assert same(json_patch(value, [{"op": "test", "path": pointer, "value": found}]), value)
    replaced = json_patch(value, [{"op": "replace", "path": pointer, "value": new}])
    assert same(json_patch(replaced, [{"op": "replace", "path": pointer, "value": found}]), value)
    assert same(json_patch(value, [{"op": "move", "from": pointer, "path": pointer}]), value)
    if pointer:
        removed = json_patch(value, [{"op": "remove", "path": pointer}])
        assert same(json_patch(removed, [{"op": "add", "path": pointer, "value": found}]), value)
        copied = json_patch(
            {"v": value, "to": []}, [{"op": "copy", "from": "/v" + pointer, "path": "/to/-"}]
        )
        assert same(copied, {"v": value, "to": [found]})
        moved = json_patch(
            {"v": value, "to": []}, [{"op": "move", "from": "/v" + pointer, "path": "/to/0"}]
        )
        assert same(moved, {"v": removed, "to": [found]})
    assert same(value, before)


@pytest.mark.parametrize(
    ("value", "operations", "result"),
    [  # RFC 6902, appendix A
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "q"}], {"foo": "bar", "baz": "q"}),
        ({"a": [1, 2]}, [{"op": "add", "path": "/a/1", "value": 9}], {"a": [1, 9, 2]}),
        ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": ["x"]}], {"a": [1, ["x"]]}),
        ({"a": [1, 2, 3]}, [{"op": "move", "from": "/a/0", "path": "/a/2"}], {"a": [2, 3, 1]}),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
        ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], {"a": 1}),
        ({"a": 1}, [{"op": "add", "path": "", "value": [2]}], [2]),
        ({"a": {"": 1}}, [{"op": "remove", "path": "/a/"}], {"a": {}}),
    ],
)
def test_json_patch_of_the_rfc(value: Any, operations: list[Any], result: Any) -> None:
    assert same(json_patch(value, operations), result)


@pytest.mark.parametrize(
    ("operation", "message", "hint"),
    [
        ({"op": "remove", "path": "/b"}, r"operation 1 \(remove /b\).*no 'b' in the doc", "a"),
        ({"op": "remove", "path": "/list/2"}, "/list has 2 items", "index"),
        ({"op": "replace", "path": "/list/01", "value": 1}, "'01' where a list index", "zeros"),
        ({"op": "add", "path": "/list/5", "value": 1}, "beyond the list", "append"),
        ({"op": "add", "path": "/list/1e0", "value": 1}, "list index", "count"),
        ({"op": "add", "path": "/text/x", "value": 1}, "neither mapping nor list", "parent"),
        ({"op": "test", "path": "/a", "value": True}, "another value", "correct"),
        ({"op": "test", "path": "/a~2", "value": 1}, "no JSON pointer", "write"),
        ({"op": "test", "path": "a", "value": 1}, "no JSON pointer", "write"),
        ({"op": "move", "from": "/list", "path": "/list/0"}, "into itself", "copy"),
        ({"op": "copy", "path": "/x"}, "lacks 'from'", "needs from and path"),
        ({"op": "repalce", "path": "/a"}, "no known op", "did you mean replace"),
        ({"op": "remove", "path": ""}, "whole document", "file"),
        ({"op": "add", "path": 3, "value": 1}, "no text", "pointer"),
        ("remove", "no mapping", "op"),
    ],
)
def test_json_patch_names_what_fails(operation: Any, message: str, hint: str) -> None:
    value = {"a": 1, "list": [1, 2], "text": "t"}
    ok = {"op": "add", "path": "/new", "value": 1}
    with pytest.raises(PatchError, match=message) as caught:
        json_patch(value, [ok, operation])
    assert caught.value.operation == 1
    assert hint in caught.value.hint
    assert "new" not in value
