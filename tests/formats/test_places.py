"""Where values, keys and list items stand."""

from __future__ import annotations

import pytest

from halsync.formats.json import parse as parse_json
from halsync.formats.yaml import parse

_TEXT = """\
# comment
a: &anchor
  b: 'x'
  "c d":
  - 1
  - {k: v, l: [m, n]}
e: *anchor
f:
  <<: *anchor
  b: own
? g
: |
  text
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), (2, 1), (2, 1)),
        (("a",), (2, 1), (2, 4)),
        (("a", "b"), (3, 3), (3, 6)),
        (("a", "c d"), (4, 3), (5, 3)),
        (("a", "c d", 0), (5, 5), (5, 5)),
        (("a", "c d", 1), (6, 5), (6, 5)),
        (("a", "c d", 1, "l"), (6, 12), (6, 15)),
        (("a", "c d", 1, "l", 1), (6, 19), (6, 19)),
        (("e",), (7, 1), (7, 4)),
        (("e", "b"), (3, 3), (3, 6)),
        (("f", "b"), (10, 3), (10, 6)),
        (("f", "c d"), (4, 3), (5, 3)),
        (("g",), (11, 3), (12, 3)),
        # What is not there is looked for where it should be.
        (("a", "nope", "deeper"), (2, 1), (2, 4)),
        (("a", "c d", 9), (4, 3), (5, 3)),
        (("a", "c d", "x"), (4, 3), (5, 3)),
        (("nope",), (2, 1), (2, 1)),
    ],
)
def test_yaml(path: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]) -> None:
    (document,) = parse(_TEXT).documents
    assert document.locate_key(path) == key
    assert document.locate(path) == value


def test_later_documents_have_their_own_places() -> None:
    first, second = parse("a: 1\n---\n# c\na: 2\nb: [3]\n").documents
    assert first.locate(("a",)) == (1, 4)
    assert second.locate(("b", 0)) == (5, 5)


def test_converted_collections() -> None:
    (document,) = parse("s: !!set {m, n}\no: !!omap [k: 1, l: 2]\np: !!pairs [q: 1]\n").documents
    assert document.locate(("s", 1)) == (1, 14)
    assert document.locate(("o", "l")) == (2, 18)
    assert document.locate(("p", 0)) == (3, 13)


def test_json() -> None:
    (document,) = parse_json('{\n  "a": [1, {"b": null}],\n  "c": {}\n}').documents
    assert document.locate_key(("a",)) == (2, 3)
    assert document.locate(("a",)) == (2, 8)
    assert document.locate_key(("a", 1, "b")) == (2, 13)
    assert document.locate(("a", 1, "b")) == (2, 18)
    assert document.locate(("c", "nope")) == (3, 8)
