"""Paths within documents, as messages name them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.formats.document import Path


def shown(path: Path) -> str:
    """``accounts[3].name``; the root is ``the document``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part and part.replace("-", "").replace("_", "").isalnum()
            text += (f".{part}" if text else part) if plain else f"[{part!r}]"
    return text or "the document"


def index_of(part: str) -> int | None:
    """The index that a part of a path writes in digits; None if it is none, or beyond all lists."""
    # str.isdigit() is true of digits, such as a raised 2, that int() refuses.
    return int(part) if part.isascii() and part.isdigit() and len(part) <= 9 else None
