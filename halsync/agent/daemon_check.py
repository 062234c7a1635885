"""What a running Halyard finds in its configuration, beside what halsync finds."""

from __future__ import annotations

import os

from halsync.clients.daemon import Daemon
from halsync.clients.daemon.client import succeeded
from halsync.clients.daemon.problems import problems_of
from halsync.halyard import CONFIG
from halsync.model import File, Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from halsync.model import Problem

_LARGEST = 16 * 1024**2


def findings_of(url: str, files: Sequence[str]) -> list[Problem]:
    """Let the daemon check the deployment that its config calls current.

    It checks what it reads itself. Where exactly one of ``files``, those that were looked at, is
    a halconfig, its problems are placed there.

    Raises:
        SourceUnreachable: the daemon does not answer.
        RestartFailed: it does not check.
    """
    daemon = Daemon(url)
    task = daemon.validate()
    if task.state != "SUCCEEDED" and not task.findings:
        succeeded(task, url)
    name = _halconfig(files)
    content = _content(name)
    origin = Origin("", "", CONFIG)
    tree = None if content is None else {CONFIG: File(content, False, origin)}
    return [
        each._replace(file=name if each.file and content is not None else "", origin=None)
        for each in problems_of(task.findings, tree)
    ]


def _halconfig(files: Sequence[str]) -> str:
    """The one at the top of what was looked at; empty if there are several, or none."""
    named = sorted((each for each in files if os.path.basename(each) == CONFIG), key=len)
    above = named[0].removesuffix(CONFIG) if named else ""
    return named[0] if named and all(each.startswith(above) for each in named) else ""


def _content(path: str) -> bytes | None:
    if not path or not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as stream:
            return stream.read(_LARGEST)
    except OSError:
        return None
