"""The transcripts in docs/repairs.md are what happens, and end well."""

from __future__ import annotations

import pytest

from tests.repairs.cases import CASES, Case
from tests.repairs.run import PAGE, transcript


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_repaired_by_the_messages(case: Case) -> None:
    text = transcript(case)
    looks = text.count("$ halsync validate")
    assert looks == len(case.rounds) + 1
    assert 1 <= text.count("\n5\n```") < looks  # mere warnings do not fail
    assert text.rstrip().endswith("no problems found in 25 files\n$ echo $?\n0\n```")
    assert text in PAGE.read_text(encoding="utf-8"), "run python -m tests.repairs"
