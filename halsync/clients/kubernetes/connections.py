"""What the connections of urllib3 lack: one deadline for the whole of an answer (its own time-out
begins anew with each read), and the checks of certificates that every client here makes."""

from __future__ import annotations

import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from halsync.clients.certificates import checking_by_urllib3
from halsync.clients.timed import Timed

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def adapt(pools: Any) -> None:
    """Make every connection that a ``urllib3.PoolManager`` opens from now on so, also while a
    proxy answers."""
    pools.pool_classes_by_scheme = {
        scheme: type(kind.__name__, (kind,), {"ConnectionCls": _adapted(kind.ConnectionCls)})
        for scheme, kind in pools.pool_classes_by_scheme.items()
    }


def _adapted(kind: Any) -> Any:
    def response_class(connection: Any) -> Callable[..., HTTPResponse]:
        # Looked up when an answer is about to be read: what is left of the time by then.
        deadline = time.monotonic() + connection.timeout

        def respond(end: socket.socket, *args: Any, **named: Any) -> HTTPResponse:
            return HTTPResponse(Timed(end, deadline), *args, **named)  # type: ignore[arg-type]

        return respond

    def connect(connection: Any) -> None:
        if hasattr(connection, "ssl_context"):
            # Its own: urllib3 writes into it, while other threads connect.
            connection.ssl_context = checking_by_urllib3(
                connection.cert_reqs, named=bool(connection.ca_certs or connection.ca_cert_data)
            )
        kind.connect(connection)

    added = {"response_class": property(response_class), "connect": connect}
    return type(kind.__name__, (kind,), added)
