"""Secret references: where their values come from.

One module for each engine; :class:`~halsync.secrets.session.Session` asks them, each item once,
all at the same time, and reports everything that cannot be had at once.
"""

from __future__ import annotations

from halsync.secrets.base import Context, Failure, Item, Resolved, Wanted
from halsync.secrets.session import Session, resolve, versions

__all__ = ["Context", "Failure", "Item", "Resolved", "Session", "Wanted", "resolve", "versions"]
