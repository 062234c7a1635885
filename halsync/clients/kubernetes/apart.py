"""The client in a process of its own, so that this one stays small between requests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from halsync.clients.kubernetes.api import JSON, TIMEOUT
from halsync.clients.kubernetes.service_account import in_cluster
from halsync.clients.kubernetes.wire import IDLE, Lines, raised
from halsync.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halsync.settings.cluster import ClusterSettings

_START = 20.0
"""Seconds that a starting child gets on top of the request's own time: a cold import of the
library on a busy node."""
_GRACE = 1.0
"""Seconds by which the child may answer late: it keeps the deadline itself."""

_NEEDED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "KUBECONFIG", "POD_NAMESPACE")
_NEEDED_STARTS = ("KUBERNETES_", "SSL_CERT_", "PYTHON")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


class ApartApi:
    """See :class:`halsync.clients.kubernetes.api.Api`. Requests are made one after another."""

    def __init__(self, settings: ClusterSettings, *, idle: float = IDLE) -> None:
        self._settings = settings
        self._idle = idle
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._lines: Lines | None = None
        self._namespace = ""

    @property
    def namespace(self) -> str:
        if not self._namespace:
            self._namespace = self._ask({}, TIMEOUT)["namespace"]
        return self._namespace

    @property
    def process(self) -> int:
        """Process id of the child; 0 if none runs."""
        return self._child.pid if self._child and self._child.poll() is None else 0

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = JSON,
        timeout: float = TIMEOUT,
    ) -> Any:
        asked = {
            "method": method,
            "path": path,
            "query": dict(query or {}),
            "body": body,
            "content_type": content_type,
            "timeout": timeout,
        }
        return self._ask({"request": asked}, timeout)["answer"]

    def close(self) -> None:
        with self._lock:
            self._end()

    def _ask(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        with self._lock:
            answer = self._exchange(message, timeout)
            if "bye" in answer:
                # It had ended before it saw the request.
                self._end()
                answer = self._exchange(message, timeout)
        if "error" in answer:
            raise raised(answer["error"])
        return answer

    def _exchange(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        waits = time.monotonic() + timeout + _GRACE
        lines = self._lines
        if lines is None:
            waits += _START
            lines = self._start()
        try:
            self._send(lines, message, waits - time.monotonic())
            answer = lines.receive(waits - time.monotonic())
        except TimeoutError as error:
            self._end()
            raise SourceUnreachable(
                f"no answer within {timeout:g} s",
                where="Kubernetes API",
                hint="check the network and the name service; what was asked for may have been"
                " done all the same",
            ) from error
        if answer is None:
            code = self._end()
            raise SourceUnreachable(
                f"the process that asks the Kubernetes API ended (code {code})",
                hint="it is started anew with the next request; if it was killed, raise the"
                " memory limit",
            )
        return answer

    @staticmethod
    def _send(lines: Lines, message: dict[str, Any], timeout: float) -> None:
        try:
            lines.send(message, timeout)
        except TimeoutError:
            raise
        except OSError:
            # It has ended; its last words are still to be read.
            return

    def _start(self) -> Lines:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "halsync.clients.kubernetes.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(self._settings),
            )
        self._socket = ours
        self._lines = Lines(ours)
        settings = {"settings": list(self._settings), "idle": self._idle}
        self._send(self._lines, settings, _START)
        return self._lines

    def _end(self) -> int | None:
        """Stop the child, if any, and return its exit code."""
        if self._socket is not None:
            self._socket.close()
        child, self._child, self._socket, self._lines = self._child, None, None, None
        if child is None:
            return None
        try:
            return child.wait(0.5)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


def _environment(settings: ClusterSettings) -> dict[str, str]:
    """What the library needs, and no secret of halsync's.

    The plug-ins that a kubeconfig may call need whatever their makers thought of, so there only
    halsync's own variables are held back.
    """
    if not in_cluster(settings):
        return {
            name: value for name, value in os.environ.items() if not name.startswith("HALSYNC_")
        }
    return {
        name: value
        for name, value in os.environ.items()
        if name in _NEEDED or name.startswith(_NEEDED_STARTS) or name.lower() in _PROXIES
    }
