"""What would change: two sets of files compared by file, by key and by line, fit to be shown."""

from __future__ import annotations

from halsync.compare.files import compare
from halsync.compare.records import FileChange, ValueChange
from halsync.compare.show import as_json, summary, text

__all__ = ["FileChange", "ValueChange", "as_json", "compare", "summary", "text"]
