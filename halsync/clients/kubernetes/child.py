"""The process that holds the client library for :mod:`halsync.clients.kubernetes.apart`.

Started as ``python -m halsync.clients.kubernetes.child FD``; ends when the socket is closed or
when it has been idle.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from typing import Any

from halsync.clients.kubernetes import connect
from halsync.clients.kubernetes.wire import IDLE, Lines, told
from halsync.errors import HalsyncError, SourceUnreachable
from halsync.settings.cluster import ClusterSettings


def serve(lines: Lines) -> None:
    """Answer requests until there are no more."""
    first = lines.receive(IDLE)
    if first is None:
        return
    idle = float(first["idle"])
    api: Any = None
    while True:
        try:
            asked = lines.receive(idle)
        except TimeoutError:
            lines.send({"bye": True}, IDLE)
            return
        if asked is None:
            return
        try:
            if api is None:
                api = connect(ClusterSettings(*first["settings"]))
            answer = _answer(api, asked)
        except HalsyncError as error:
            answer = {"error": told(error)}
        except Exception as error:
            # What is wrong in here must not look like silence.
            answer = {
                "error": told(SourceUnreachable(f"the client failed: {type(error).__name__}"))
            }
        lines.send(answer, IDLE)


def _answer(api: Any, asked: dict[str, Any]) -> dict[str, Any]:
    if "request" not in asked:
        return {"namespace": api.namespace}
    return {"answer": api.request(**asked["request"])}


def main() -> None:
    """Serve on the socket whose number is the first argument."""
    # The parent decides when to end; Ctrl-C on a terminal reaches both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as end, contextlib.suppress(OSError):
        serve(Lines(end))


if __name__ == "__main__":
    main()
