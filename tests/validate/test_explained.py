"""Every code can be explained, and its examples are what they are said to be."""

from __future__ import annotations

import json
import re

import pytest

from halsync.validate.catalogue import entries
from halsync.validate.gate import check
from halsync.validate.stories import Example, stories, whole

from ..harness import ROOT, halsync
from .trees import tree

_EXAMPLE_OF_SETTINGS = {"HAL0312", "HAL0007"}
"""Codes that stand only in examples of ``validate.ignore``."""


def codes_in_the_program() -> set[str]:
    return {
        code
        for path in (ROOT / "halsync").rglob("*.py")
        for code in re.findall(r"HAL\d{4}", path.read_text(encoding="utf-8"))
    }


def test_every_code_can_be_explained() -> None:
    known = entries()
    missing = codes_in_the_program() - set(known) - _EXAMPLE_OF_SETTINGS
    assert not missing
    for entry in known.values():
        assert entry.title
        assert len(entry.text) > 40, entry.code


def test_every_code_outside_the_rules_has_a_story() -> None:
    tables = {code for code, entry in entries().items() if entry.group != "rules"}
    assert tables <= set(stories())


_EXAMPLES = [(code, story) for code, story in stories().items() if story.bad]


def found(example: Example) -> set[str]:
    path, text = whole(example)
    subject = tree(config=text) if path == "config" else tree({path: text})
    return {problem.code for problem in check(subject)}


@pytest.mark.parametrize(("code", "story"), _EXAMPLES, ids=[code for code, _ in _EXAMPLES])
def test_examples(code: str, story: object) -> None:
    bad, good = stories()[code].bad, stories()[code].good
    assert bad
    assert good
    assert code in found(bad)
    after = found(good)
    assert code not in after
    assert not {other for other in after if other < "HAL1"}


def test_the_command() -> None:
    done = halsync("explain", "hal0401", env={"HALSYNC_LOG_FORMAT": "text"})
    assert done.code == 0
    assert done.out.startswith("error[HAL0401] unknown key\n\n")
    assert "kuberntes" in done.out
    assert json.loads(halsync("explain", "HAL0401", "-o", "json").out)["group"] == "schema"
    wrong = halsync("explain", "HAL9999", "--log-format", "text")
    assert wrong.code == 2
    assert "there is no code HAL9999" in wrong.err
