"""What holds for the whole suite."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from halsync import redact

# No clock, because machines differ, and no database, because the checkout may be read-only. The
# same examples each time, so that no push fails by chance; with HALSYNC_SEARCH=1 new ones.
settings.register_profile(
    "halsync", deadline=None, database=None, derandomize="HALSYNC_SEARCH" not in os.environ
)
settings.load_profile("halsync")


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    """What one test registers for redaction must not blank out the next one's output."""
    before = set(redact._values)
    yield
    redact._values.clear()
    redact._values.update(before)
