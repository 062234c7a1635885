"""What holds for the whole suite."""

from __future__ import annotations

from hypothesis import settings

# No clock, because machines differ, and no database, because the checkout may be read-only.
settings.register_profile("halsync", deadline=None, database=None)
settings.load_profile("halsync")
