"""What a file says, apart from how it is written."""

from __future__ import annotations

import pytest

from halsync.formats import json, yaml
from halsync.formats.canonical import canonical


def says(text: str) -> bytes | None:
    return canonical(yaml.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "b: [1, 2]\na: x\n",
        "# why\na: 'x'\n\nb:\n- 1\n- 2\n",
        '{"a": "x", "b": [1, 2]}',
        "a: &x x\nb: [1, 2]\r\n",
        "\ufeffa: x\nb: [1, 0x2]\n",
    ],
)
def test_ways_of_writing_the_same(text: str) -> None:
    assert says(text) == b'[{"a":"x","b":[1,2]}]'


def test_things_that_differ() -> None:
    texts = ["a: 1", "a: '1'", "a: 1.0", "a: true", "a: 'true'", "a: null", "a: [1]", "", "a: 2"]
    texts += ["a: [1, 2]", "a: [2, 1]", "a: 1\n---\na: 1", "b: 1", "[]", "{}"]
    assert len({says(text) for text in texts}) == len(texts)


@pytest.mark.parametrize("text", ["a: 2020-01-01\n", "1: x\n", "true: x\n", "a: [\n"])
def test_what_only_the_bytes_can_say(text: str) -> None:
    assert says(text) is None


def test_json() -> None:
    assert canonical(json.parse('{"b": 1, "a": "é"}')) == b'[{"a":"\\u00e9","b":1}]'
    assert canonical(json.parse("{")) is None
