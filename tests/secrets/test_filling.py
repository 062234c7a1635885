"""Values in their places: whatever they are, each format reads back exactly that text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync.formats.yaml import parse
from halsync.model import File, Origin
from halsync.render.references import find_in
from halsync.render.secret_filling import fill

REFERENCES = ("encrypted:s:k", "encrypted:s:kk", "halsync(vault:secret/a#b)", "halsync(env:A)")
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LOOK_ALIKES = st.sampled_from(
    ["", "yes", "0123", "1e3", "null", "~", "- a", "a: b", "a #b", "'", '"', "\\", "&a", "*a", "%a",
     "encrypted:s:kk", "halsync(env:A)", "{a: 1}", "\n", "\t", " a ", "2024-01-01", "!!str x"]
)  # fmt: skip


def filled(path: str, text: str, values: dict[str, str]) -> tuple[str, list[str]]:
    """The file with its references filled in, and what is said."""
    files = {path: File(text.encode(), False, Origin("s", "0", path))}
    found = find_in(files)
    assert found.problems == []
    done = fill(files, found.references, values)
    return done.files[path].content.decode(), [each.message for each in done.problems]


@given(st.lists(VALUES | LOOK_ALIKES, min_size=4, max_size=4))
def test_yaml(found: list[str]) -> None:
    values = dict(zip(REFERENCES, found, strict=True))
    one, two, three, four = REFERENCES
    text = (
        f"a: {one}\nb: '{two},{one}'\nc: \"{three}\\t{four}\"\n"
        f"d: {{e: {two}, f: [{one},{three}]}}\n{one}: {four} # {one}\n"
    )
    new, said = filled("default/profiles/gate-local.yml", text, values)
    assert said == []
    (document,) = parse(new).documents
    one, two, three, four = found
    assert document.value == {
        "a": one,
        "b": f"{two},{one}",
        "c": f"{three}\t{four}",
        "d": {"e": two, "f": [one, three]},
        REFERENCES[0]: four,
    }
    assert new.rstrip("\n").endswith(f" # {REFERENCES[0]}")


@given(VALUES | LOOK_ALIKES)
def test_json(value: str) -> None:
    text = '{"a": ["x encrypted:s:k", "encrypted:s:k"], "b": true}'
    new, _ = filled("default/profiles/rosco/a.json", text, {"encrypted:s:k": value})
    assert json.loads(new) == {"a": [f"x {value}", value], "b": True}


@pytest.mark.parametrize("missing", REFERENCES)
def test_what_has_no_value_stays(missing: str) -> None:
    values = {name: "v" for name in REFERENCES if name != missing}
    text = "".join(f"{number}: {name}\n" for number, name in enumerate(REFERENCES))
    new, said = filled("config", text, values)
    assert [line.partition(": ")[2] for line in new.splitlines()] == [
        missing if name == missing else "v" for name in REFERENCES
    ]
    assert said == []


def test_a_file_without_strings_is_no_secret() -> None:
    files = {"config": File(b"a: encryptedFile:s:k\n", False, Origin("s", "0", "config"))}
    done = fill(files, find_in(files).references, {"encryptedFile:s:k": "/path"})
    assert (done.files["config"].content, done.files["config"].secret) == (b"a: /path\n", False)


def test_spinnakers_own_only_as_whole_values() -> None:
    whole = "encrypted:vault!e:a!p:b!k:c"
    text = f"a: {whole}\nb: '{whole}'\nc: {whole}d\n"
    files = {"config": File(text.encode(), False, Origin("s", "0", "config"))}
    found = find_in(files)
    done = fill(files, found.references, {whole: "v"})
    assert done.files["config"].content.decode() == f"a: v\nb: 'v'\nc: {whole}d\n"
