"""One deadline for the whole of an answer: urllib3's own time-out begins anew with each read."""

from __future__ import annotations

import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from halsync.clients.timed import Timed

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def keep_deadlines(pools: Any) -> None:
    """Make every connection that a ``urllib3.PoolManager`` opens from now on keep its time-out,
    also while a proxy answers."""
    pools.pool_classes_by_scheme = {
        scheme: type(kind.__name__, (kind,), {"ConnectionCls": _timed(kind.ConnectionCls)})
        for scheme, kind in pools.pool_classes_by_scheme.items()
    }


def _timed(kind: Any) -> Any:
    def response_class(connection: Any) -> Callable[..., HTTPResponse]:
        # Looked up when an answer is about to be read: what is left of the time by then.
        deadline = time.monotonic() + connection.timeout

        def respond(end: socket.socket, *args: Any, **named: Any) -> HTTPResponse:
            return HTTPResponse(Timed(end, deadline), *args, **named)  # type: ignore[arg-type]

        return respond

    return type(kind.__name__, (kind,), {"response_class": property(response_class)})
