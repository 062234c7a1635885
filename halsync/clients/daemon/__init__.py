"""Halyard's REST API, as far as a file-driven agent needs it: ask, follow tasks, deploy.

Facts: spinnaker/halyard v1.70.0, ``halyard-web/src/main/java/.../controllers/v1``. Nearly every
call starts a task and answers at once; the result is read by polling. The daemon asks for no
credentials, so whoever reaches its port may use it.

What comes back can hold secrets in clear (a parse error quotes the line, a task its stack
trace): every text is masked and shortened before it leaves this package.
"""

from __future__ import annotations

from halsync.clients.daemon.client import Daemon
from halsync.clients.daemon.http import NotListening
from halsync.clients.daemon.records import Failed, Finding, Health, Task

__all__ = ["Daemon", "Failed", "Finding", "Health", "NotListening", "Task"]
