"""What Halyard's own parser says of 1,567 texts, against what ours says."""

from __future__ import annotations

from collections import Counter

from halsync.formats.yaml import parse

from .shared import needs_shared, parse_cases

_QUIRKS = {
    "o-0409": "an unknown %directive: SnakeYAML ignores it, libyaml refuses it",
    "o-0458": "half of a surrogate pair as an escape: no text that could be written to a file",
}
"""Texts that SnakeYAML takes and we refuse on purpose."""


@needs_shared
def test_every_text_gets_halyards_verdict() -> None:
    disagreed, recursive, counts = [], 0, Counter[str]()
    for case in parse_cases():
        refused = not case["accepted"] and case["stage"] == "yaml"
        gist = (case.get("reason") or {}).get("gist", "")
        parsed = parse(case["data"])
        ours = parsed.failed or len(parsed.documents) > 1
        if ours == refused:
            counts["agreed"] += 1
        elif ours and "endless recursion" in gist:
            # Halyard dies of a stack overflow one step later.
            recursive += 1
        elif case["id"] not in _QUIRKS:
            disagreed.append((case["id"], case["fault"], refused, [*parsed.issues]))
    assert not disagreed
    assert (counts["agreed"], recursive) == (1555, 10)


@needs_shared
def test_the_line_is_halyards_or_that_of_the_mistake() -> None:
    elsewhere, counted = [], 0
    for case in parse_cases():
        if case["accepted"] or case["stage"] != "yaml" or not case["reason"].get("line"):
            continue
        errors = [issue for issue in parse(case["data"]).issues if issue.severity == "error"]
        if errors:
            counted += 1
            lines = {case["reason"]["line"], case["mutated_line"]}
            if errors[0].line not in lines:
                elsewhere.append((case["id"], errors[0].line, lines))
    assert counted > 180
    # Another line is right where the cause is yet another one than the changed line.
    assert [identity for identity, _, _ in elsewhere] == ["o-1291"]


@needs_shared
def test_refusals_say_what_to_do() -> None:
    for case in parse_cases():
        for issue in parse(case["data"]).issues:
            assert issue.hint, (case["id"], issue)
            assert "not YAML:" not in issue.message, (case["id"], issue)


@needs_shared
def test_without_libyaml_only_tabs_differ() -> None:
    differing = Counter[str]()
    for case in parse_cases()[::4]:
        if parse(case["data"], pure=True).failed != parse(case["data"]).failed:
            differing[case["fault"]] += 1
    assert set(differing) <= {"tab", "documents", "unicode-value"}
