"""The check against the verdicts of Halyard's own parser."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from halsync.formats.yaml import parse
from halsync.model import Problem
from halsync.validate.schema import check_schema

from ...formats.shared import SHARED, needs_shared, parse_cases

pytestmark = needs_shared

DIFFERENT = {
    "o-0409": "YAML: an unknown %directive, which SnakeYAML skips and libyaml refuses",
}
"""Texts that Halyard takes and we refuse, with the reason. None the other way round."""

ELSEWHERE = {
    "o-1375": "a changed name no longer fits primaryAccount, where it is said",
    "o-1376": "the text ends before primaryAccount; said at the accounts",
    "o-1387": "a changed name no longer fits primaryAccount, where it is said",
}
"""Crashes for which Halyard names no key, said in another line than the changed one."""


def verdict(case: dict[str, Any]) -> tuple[bool, list[Problem]]:
    """Whether we accept the text, and the errors of the schema check."""
    parsed = parse(case["data"])
    if parsed.failed or len(parsed.documents) > 1:
        return False, []
    document = parsed.documents[0] if parsed.documents else None
    if document is None and case["file"] == "service-settings" and not case["data"]:
        return True, []
    found = check_schema(case["file"], document)
    errors = [problem for problem in found if problem.severity == "error"]
    return not errors, errors


def test_every_text_gets_halyards_verdict() -> None:
    counts = Counter[str]()
    different = set()
    for case in parse_cases():
        accepted, _ = verdict(case)
        if not case["accepted"]:
            # Whether or not it has a note: nothing passes that Halyard refuses.
            assert not accepted, case["id"]
        if case.get("note"):
            counts["noted"] += 1
        elif accepted == case["accepted"]:
            counts["agreed"] += 1
        else:
            different.add(case["id"])
    assert different <= set(DIFFERENT), different
    assert counts["agreed"] + len(different) + counts["noted"] > 1500
    assert counts["agreed"] / (counts["agreed"] + len(different)) >= 0.99


def test_noted_texts_are_reported() -> None:
    for case in parse_cases():
        note = case.get("note") or ""
        if not note.startswith("null list item"):
            continue
        found = check_schema(case["file"], parse(case["data"]).documents[0])
        items = [problem for problem in found if problem.code == "HAL0413"]
        assert items, case["id"]
        wanted = note.removeprefix("null list item at ").partition(":")[0]
        paths = {
            problem.path.replace("[", "/").replace("]", "").replace(".", "/") for problem in items
        }
        assert wanted in paths, (case["id"], wanted, paths)


def test_the_line_is_the_mistakes_or_that_of_the_key_halyard_names() -> None:
    elsewhere, counted = set(), 0
    for case in parse_cases():
        if case["accepted"] or case["stage"] == "yaml":
            continue
        _, errors = verdict(case)
        if not errors:
            # Aliases inside their own anchor: the parser's matter.
            continue
        counted += 1
        lines = {case["mutated_line"], case["reason"].get("line")}
        if not lines & {problem.line for problem in errors}:
            elsewhere.add(case["id"])
    assert counted > 400
    assert elsewhere == set(ELSEWHERE)


def test_one_cause_is_reported_once() -> None:
    several = {}
    for case in parse_cases():
        if case["accepted"] or case["stage"] == "yaml" or case.get("note"):
            continue
        _, errors = verdict(case)
        if len(errors) > 1:
            several[case["id"]] = case["fault"]
    # An anchor that brings two unknown keys at once, and an item that is empty as well as nameless.
    assert sorted(several.values()) == ["anchor-alias", "anchor-alias", "null-list-item"]


def test_every_problem_can_be_acted_upon() -> None:
    for case in parse_cases():
        parsed = parse(case["data"])
        if parsed.failed or len(parsed.documents) != 1:
            continue
        for problem in check_schema(case["file"], parsed.documents[0], file="config"):
            assert problem.line > 0, (case["id"], problem)
            assert problem.hint, (case["id"], problem)
            assert "\n" not in problem.message + problem.hint
            assert len(problem.message) < 400, problem


@pytest.mark.parametrize("kind", ["halconfig", "service-settings"])
def test_real_files_get_halyards_verdict(kind: str) -> None:
    verdicts = json.loads((SHARED / "halyard/corpus-verdicts.json").read_text(encoding="utf-8"))
    counted = 0
    for path, known in verdicts["files"].items():
        if known["file"] != kind:
            continue
        case = {"file": kind, "data": (SHARED / path).read_bytes()}
        assert verdict(case)[0] == known["accepted"], path
        counted += 1
    assert counted == {"halconfig": 107, "service-settings": 600}[kind]
