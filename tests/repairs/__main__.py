"""Writes docs/repairs.md."""

from __future__ import annotations

from tests.repairs.run import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
