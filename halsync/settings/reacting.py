"""``restart``: from what a person wrote to the records of :mod:`halsync.settings.watching`."""

from __future__ import annotations

import re
import signal

from halsync.paths import nearest
from halsync.settings.options_restart import RESTART
from halsync.settings.watching import ConfirmSettings, GovernorSettings, RestartSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.settings.resolve import Values

_BY_KEY = {option.key: option for option in RESTART}
_NAME = r"(deployment/|statefulset/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?"


def restart_settings(values: Values) -> RestartSettings:
    """How to react; mistakes are recorded in ``values``."""

    def get(key: str) -> Any:
        return values.get(_BY_KEY[f"restart.{key}"])

    found = RestartSettings(
        strategy=get("strategy"),
        statefulset=get("statefulset"),
        container=get("container"),
        daemon_url=get("daemonUrl"),
        command=get("command"),
        signal=get("signal"),
        process=get("process"),
        confirm=ConfirmSettings(
            timeout=get("confirm.timeout"),
            settle=get("confirm.settle"),
            deploy=get("confirm.deploy"),
            deploy_timeout=get("confirm.deployTimeout"),
        ),
        governor=GovernorSettings(
            debounce=get("governor.debounce"),
            spacing=get("governor.spacing"),
            budget=get("governor.budget"),
            windows=get("governor.windows"),
            task_wait=get("governor.taskWait"),
            lease=get("governor.lease"),
        ),
    )
    _check(values, found)
    return found


def _check(values: Values, found: RestartSettings) -> None:
    """What a single value cannot tell."""

    def wrong(key: str, message: str, hint: str) -> None:
        raw = values.raw(f"restart.{key}") or values.raw("restart.strategy")
        if raw is not None:
            values.wrong(raw, f"restart.{key} {message}", hint)

    names = [each.name for each in signal.Signals]
    if found.signal not in names:
        meant = nearest(found.signal, names) or "SIGTERM"
        wrong("signal", f"{found.signal!r} is no signal of this system", f"write {meant}")
    if found.strategy == "exec" and not found.command:
        wrong("command", "is missing, and the strategy exec runs it", "give it as a list of words")
    if not re.fullmatch(r"https?://[^/\s?#]+/?", found.daemon_url):
        wrong("daemonUrl", "is not the address of a daemon", "write http://localhost:8064")
    if found.statefulset and not re.fullmatch(_NAME, found.statefulset):
        wrong("statefulset", f"{found.statefulset!r} cannot be its name", "see kubectl get sts")
    if found.governor.lease and not re.fullmatch(_NAME, found.governor.lease):
        wrong("governor.lease", f"{found.governor.lease!r} cannot be the name of a Lease", "")
