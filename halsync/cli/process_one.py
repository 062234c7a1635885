"""Being the first process of a container: orphans are ours to bury, signals are for the child.

The kernel gives every process whose parent has died to process 1. What a strategy's command or
git leaves behind would stay as zombies for months. So process 1 forks: the child works, and
process 1 waits for whoever ends, until the child does.
"""

from __future__ import annotations

import os
import signal

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)


def reap_from_here(*, always: bool = False) -> None:
    """Return in a child; this process never returns. Nothing happens where it is not process 1.

    Call it before there are threads. ``always``: whatever the process's number is.
    """
    if os.getpid() != 1 and not always:
        return
    # A signal between the fork and the handler must reach the child.
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
        return
    for number in _PASSED_ON:
        signal.signal(number, lambda got, _frame: os.kill(child, got))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    os._exit(_bury(child))


def _bury(child: int) -> int:
    """Wait for everybody until ``child`` has ended; its exit code."""
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return 128 - code if code < 0 else code
