"""What a Secret of the repository is to hold is never shown, also where the manifest is wrong."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from halsync.redact import is_reference, register

if TYPE_CHECKING:
    from collections.abc import Iterator


def register_values(body: Any) -> None:
    """Keep what a Secret holds out of everything that is shown, whatever shape it has; a
    reference only says where a value is kept."""
    if not isinstance(body, dict) or body.get("kind") != "Secret":
        return
    for text in _texts(body.get("stringData")):
        if not is_reference(text):
            register(text)
    for text in _texts(body.get("data")):
        # As Kubernetes does: whatever lines it stands in, which are shown one by one.
        lines = text.splitlines()
        try:
            decoded = b64decode("".join(lines), validate=True)
            register(decoded.decode("utf-8", "surrogateescape"))
        except ValueError:
            lines = []
        if len(lines) != 1:
            register(text)


def is_whole(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON may hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(held: Any) -> Iterator[str]:
    if isinstance(held, dict | list):
        for value in held.values() if isinstance(held, dict) else held:
            yield from _texts(value)
    elif held is not None and is_whole(str(held)):
        yield str(held)
