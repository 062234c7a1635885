"""Random single edits of every YAML file of the real repositories."""

from __future__ import annotations

from random import Random
from zlib import crc32

import pytest

from halsync.formats.align import same
from halsync.formats.edit import CannotEdit, edit
from halsync.formats.yaml import parse
from tests.formats.edit import documents
from tests.harness import CORPUS, needs_corpus

FILES = sorted(
    path
    for path in (CORPUS.rglob("*") if CORPUS.is_dir() else ())
    if path.is_file() and (path.suffix in (".yml", ".yaml") or path.name == "config")
)


@needs_corpus
@pytest.mark.parametrize("part", range(8))
def test_every_file_takes_a_random_edit(part: int) -> None:
    edited = 0
    for path in FILES[part::8]:
        data = path.read_bytes()
        parsed = parse(data)
        if parsed.failed or not parsed.documents:
            continue
        text = data.decode("utf-8")
        random = Random(crc32(str(path).encode()))
        number = random.randrange(len(parsed.documents))
        value = parsed.documents[number].value
        assert edit(text, [], document=number).text == text
        change = documents.change(random, value)
        result = edit(text, [change], document=number)
        found = [document.value for document in parse(result.text).documents]
        wanted = [document.value for document in parsed.documents]
        wanted[number] = documents.model(value, [change])
        assert same(found, wanted), path
        edited += 1
    assert edited > 10


@needs_corpus
def test_files_that_are_no_yaml_are_refused() -> None:
    refused = 0
    for path in FILES:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if parse(data).failed:
            with pytest.raises(CannotEdit):
                edit(text, [])
            refused += 1
    assert refused
