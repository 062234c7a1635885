"""Random single edits of every YAML file of the real repositories."""

from __future__ import annotations

from random import Random
from zlib import crc32

import pytest

from halsync.formats.align import same
from halsync.formats.edit import CannotEdit, rewrite
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
        if parsed.failed or len(parsed.documents) != 1:
            continue
        text = data.decode("utf-8")
        random = Random(crc32(str(path).encode()))
        value = parsed.documents[0].value
        assert rewrite(text, value).text == text
        wanted = documents.model(value, [documents.change(random, value)])
        found = parse(rewrite(text, wanted).text).documents
        assert same([document.value for document in found], [wanted]), path
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
                rewrite(text, None)
            refused += 1
    assert refused
