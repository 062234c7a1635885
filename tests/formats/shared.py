"""Where the reference material lies, and how its cases are read."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from ..harness import CORPUS, SHARED

__all__ = ["CORPUS", "SHARED", "needs_shared", "parse_cases"]

needs_shared = pytest.mark.skipif(
    not (SHARED / "halyard").is_dir(), reason=f"the reference material is not at {SHARED}"
)


def parse_cases() -> list[dict[str, Any]]:
    """Texts with what Halyard's own parser says of them; ``data`` holds the bytes."""
    cases = []
    with gzip.open(SHARED / "halyard" / "parse-cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            case["data"] = (
                base64.b64decode(case["yaml_b64"])
                if "yaml_b64" in case
                else case["yaml"].encode("utf-8", "surrogatepass")
            )
            cases.append(case)
    return cases
