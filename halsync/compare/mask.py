"""Values on their way to somebody's eyes."""

from __future__ import annotations

import json
import os

from halsync import redact
from halsync.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST = 120
"""Characters of a value that are shown."""

_LEAD = 40
"""Characters before a difference within a long value."""

_PRIVATE_KEY = Pattern(r"PRIVATE KEY-----")


def value(found: Any, secret: bool = False) -> str:
    """A value as JSON on one line, shortened, without anything secret.

    ``secret``: a key around it says that it holds a secret.
    """
    return _shortened(_shown(found, secret))


def pair(old: Any, new: Any, secret: bool = False) -> tuple[str, str]:
    """Both sides of a change. Where one side holds a secret, so did the other, before it was
    changed; but only the one in use now is known by value."""
    hidden = secret or _holds_known(old) or _holds_known(new)
    before, after = _shown(old, hidden), _shown(new, hidden)
    same = len(os.path.commonprefix([before, after]))  # noqa: RUF071 - characters are meant
    if max(len(before), len(after)) > LONGEST and same > _LEAD:
        # What differs must be among what is shown.
        before, after = (f"…{side[same - _LEAD // 2 :]}" for side in (before, after))
    return _shortened(before), _shortened(after)


def is_secret(key: str, item: dict[str, Any] | None = None) -> bool:
    """Whether what stands behind this key is a secret.

    Args:
        item: the mapping that holds the key; in ``{name: DB_PASSWORD, value: x}`` its ``name``
            says what ``value`` is.
    """
    if redact.is_secret_name(key):
        return True
    name = item.get("name") if item and key == "value" else None
    return isinstance(name, str) and redact.is_secret_name(name)


def line(text: str) -> str:
    """A line of a file that is not parsed."""
    return _shortened(printable(redact.mask_line(text)))


def holds_secret(text: str) -> bool:
    """Whether a text holds a secret known by value, or a private key."""
    return redact.redact(text) != text or _PRIVATE_KEY.search(text) is not None


def printable(text: str) -> str:
    """Without characters that steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _shown(found: Any, secret: bool) -> str:
    shown = json.dumps(_masked(found, secret), ensure_ascii=False, default=str)
    return printable(shown.replace(f'"{redact.MASK}"', redact.MASK))


def _shortened(shown: str) -> str:
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def _holds_known(found: Any) -> bool:
    return isinstance(found, str) and holds_secret(found)


def _masked(found: Any, secret: bool) -> Any:
    if isinstance(found, dict):
        return {
            redact.redact(key): _masked(item, secret or is_secret(key, found))
            for key, item in found.items()
        }
    if isinstance(found, list):
        return [_masked(item, secret) for item in found]
    if secret:
        return redact.MASK
    if isinstance(found, str):
        if _PRIVATE_KEY.search(found):
            return redact.MASK
        return "\n".join(redact.mask_line(part) for part in redact.redact(found).split("\n"))
    return found
