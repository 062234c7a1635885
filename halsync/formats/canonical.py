"""What a file says, apart from how it is written: for digests that reformatting leaves alone."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.formats.document import Parsed

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def canonical(parsed: Parsed) -> bytes | None:
    """The values of all documents, keys sorted, comments dropped; the same on every machine.

    ``1``, ``1.0``, ``true`` and ``"1"`` differ, lists keep their order. None where the text says
    more than its plain values hold (dates, keys that are no texts) or cannot be read: the bytes
    must then stand for themselves.
    """
    if parsed.failed or any(each.timestamps or each.odd_keys for each in parsed.documents):
        return None
    values = [each.value for each in parsed.documents]
    return _encode(values).encode()
