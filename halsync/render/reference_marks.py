"""Whether a file may hold secret references at all; nearly all do not."""

from __future__ import annotations

_MARKS = (b"encrypted", b"halsync(", b"halsyncFile(")


def holds_marks(content: bytes) -> bool:
    """Whether something that every reference has is in the content of a file."""
    return any(mark in content for mark in _MARKS)
