"""Settings of the sidecar. Durations are seconds."""

from __future__ import annotations

from typing import Literal

from halsync.records import NamedTuple
from halsync.settings.model import SecretRef


class ConfirmSettings(NamedTuple):
    """When a reaction counts as a success."""

    timeout: float = 600
    """How long a new, healthy Halyard is waited for."""
    settle: float = 10
    """How long it must stay healthy."""
    deploy: bool = False
    """Deploy through the daemon afterwards (``hal deploy apply``)."""
    deploy_timeout: float = 1_920


class GovernorSettings(NamedTuple):
    """What keeps reactions apart."""

    debounce: float = 5
    """A change must have rested this long."""
    spacing: float = 60
    """Between two reactions."""
    budget: int = 6
    """Reactions in any hour."""
    windows: tuple[str, ...] = ()
    """When reactions are allowed: ``Mon-Fri 08:00-18:00 Europe/Berlin``; empty: always."""
    task_wait: float = 3_600
    """How long a running Halyard task is waited for."""
    lease: str = ""
    """Name of the Lease with which several halyards take turns; empty: none."""


class RestartSettings(NamedTuple):
    """How Halyard is made to take notice."""

    strategy: Literal["rollout", "pod", "daemon", "apply", "exec", "signal", "none"] = "none"
    statefulset: str = ""
    """Name of the StatefulSet (or Deployment, as ``deployment/NAME``); empty: the pod's owner."""
    container: str = "halyard"
    daemon_url: str = "http://localhost:8064"
    command: tuple[str, ...] = ()
    """For ``exec``."""
    signal: str = "SIGTERM"
    process: str = "halyard"
    """For ``signal``: a word of the command line of the process."""
    confirm: ConfirmSettings = ConfirmSettings()
    governor: GovernorSettings = GovernorSettings()


class WebhookSettings(NamedTuple):
    """``POST /hooks/<source>``."""

    secret: SecretRef = SecretRef()
    max_body: int = 5 * 1024**2


class NotifySettings(NamedTuple):
    """One outbound webhook."""

    name: str
    url: SecretRef
    kind: Literal["slack", "json"] = "json"
    events: tuple[str, ...] = ()
    """Empty: everything that a person should know."""


class WatchSettings(NamedTuple):
    """The loop and what it shows."""

    interval: float = 30
    """Between two checks of a source, spread by a tenth."""
    max_backoff: float = 600
    """Between two tries of a source that fails."""
    full_check: float = 600
    """Between two full compares of directories, drift and secrets."""
    drift: Literal["report", "revert", "keep"] = "report"
    stale_after: float = 3_600
    """Not ready when the last successful check of a source is older."""
    grace: float = 25
    """Time to end after SIGTERM."""
    listen: str = "127.0.0.1:8088"
    """Address of health, metrics and webhooks; empty: none."""
    webhook: WebhookSettings = WebhookSettings()
    notify: tuple[NotifySettings, ...] = ()
    events: bool = True
    """Kubernetes Events and annotations on the pod, where the rights are there."""
