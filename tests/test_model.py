"""The values that flow through the stages."""

from __future__ import annotations

import pytest

from halsync.model import short_revision


@pytest.mark.parametrize(
    ("revision", "shown"),
    [
        ("3e25d19" + "0" * 33, "3e25d19"),
        ("ab" * 32, "ab" * 6),
        ("sha256:" + "ab" * 32, "ab" * 6),
        ("hmac-sha256:" + "ab" * 32, "ab" * 6),
        ("..2026_11_23_06_00_00.1234567890", "..2026_11_23_06_00_00.1234567890"),
        ("", ""),
    ],
)
def test_as_much_of_a_revision_as_people_compare(revision: str, shown: str) -> None:
    assert short_revision(revision) == shown
