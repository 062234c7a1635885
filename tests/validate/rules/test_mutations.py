"""The rules find seeded faults; the page says how many."""

from __future__ import annotations

import re

import pytest

from .faults import KINDS
from .mutations import TABLE, faults, is_found, shares, table

_LEAST = 0.75
"""Share of each kind that must be found; the page shows what is reached."""


def test_good_trees_and_their_faults_differ() -> None:
    made = found = 0
    for base, fault in faults(every=17):
        made += 1
        found += is_found(base, fault)
    assert made > 100
    assert found >= 0.95 * made


@pytest.mark.e2e
def test_every_kind_of_fault_is_found() -> None:
    made, found, missed = shares()
    assert sum(made.values()) > 1500
    assert made.keys() == KINDS.keys()
    poor = {kind: (found[kind], made[kind]) for kind in KINDS if found[kind] < _LEAST * made[kind]}
    assert poor == {}, missed
    assert sum(found.values()) >= 0.97 * sum(made.values())
    assert TABLE.read_text() == table(made, found), "run python -m tests.validate.rules.mutations"


def test_the_page_shows_every_kind_and_the_sum() -> None:
    rows = re.findall(r"^\| (.+) \| (\d+) \| (\d+) \| ([\d.]+) % \|$", TABLE.read_text(), re.M)
    assert [row[0] for row in rows] == [*KINDS, "**all**"]
    for kind, made, found, share in rows:
        assert 0 < int(found) <= int(made), kind
        assert float(share) == pytest.approx(100 * int(found) / int(made), abs=0.05)
    assert sum(int(row[1]) for row in rows[:-1]) == int(rows[-1][1])
