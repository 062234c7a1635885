"""The way in to a Kubernetes API: its address, and what proves who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halsync.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Access(NamedTuple):
    """An open way in."""

    server: str
    """``https://10.0.0.1:443``"""
    namespace: str
    pool: Any
    """``urllib3.PoolManager`` that trusts the server."""
    headers: Callable[[], Mapping[str, str]]
    """What proves who asks, for one request; registered for redaction."""
    close: Callable[[], None]
