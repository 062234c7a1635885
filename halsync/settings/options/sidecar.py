"""The settings below ``watch`` (the sidecar) and ``restart`` (how Halyard takes notice)."""

from __future__ import annotations

from halsync.settings.spec import Option

_WATCH = ("watch",)
_DAEMON = ("watch", "init", "validate")
_GROUP = "Reacting"

WATCH: tuple[Option, ...] = (
    Option(
        "watch.interval",
        "duration",
        "Time between two checks of a source, spread by a tenth so that many agents do not "
        "march in step.",
        "30s",
        "--interval",
        commands=_WATCH,
        group="Sidecar",
    ),
    Option(
        "watch.maxBackoff",
        "duration",
        "Longest time between two tries of a source that fails.",
        "10m",
        group="Sidecar",
    ),
    Option(
        "watch.fullCheck",
        "duration",
        "Time between two full compares: directories, hand-made changes, versions of secrets.",
        "10m",
        group="Sidecar",
    ),
    Option(
        "watch.drift",
        "choice",
        "What to do about hand-made changes of what is published: say so, publish again, or say "
        "so and write a patch for the repository to .halsync/drift.",
        "report",
        "--drift",
        choices=("report", "revert", "keep"),
        commands=_WATCH,
        group="Sidecar",
    ),
    Option(
        "watch.staleAfter",
        "duration",
        "Not ready when the last successful check of a source is older.",
        "1h",
        group="Sidecar",
    ),
    Option(
        "watch.grace",
        "duration",
        "Time to come to an end after SIGTERM; shorter than terminationGracePeriodSeconds.",
        "25s",
        group="Sidecar",
    ),
    Option(
        "watch.listen",
        "text",
        "Address and port of health, metrics and webhooks; 'off' or empty for none.",
        "127.0.0.1:8088",
        "--listen",
        "ADDRESS",
        commands=_WATCH,
        group="Sidecar",
        example="0.0.0.0:8088",
        empty=True,
    ),
    Option(
        "watch.webhook.secret",
        "secret",
        "What senders of webhooks prove to know; without it webhooks are refused.",
        group="Sidecar",
        example="/secrets/webhook",
    ),
    Option(
        "watch.webhook.maxBody",
        "size",
        "Largest body of a webhook.",
        "5MiB",
        group="Sidecar",
    ),
    Option(
        "watch.notify",
        "notify",
        "Outbound webhooks: name, urlFile or urlEnv, kind (slack or json) and events; without "
        "events everything that a person should know.",
        group="Sidecar",
        example="[{name: team, urlFile: /secrets/slack, kind: slack}]",
    ),
    Option(
        "watch.events",
        "boolean",
        "Kubernetes Events and annotations on the own pod, where the rights are there.",
        True,
        group="Sidecar",
    ),
)

RESTART: tuple[Option, ...] = (
    Option(
        "restart.strategy",
        "choice",
        "How Halyard is made to take notice: a new pod (rollout patches the StatefulSet, pod "
        "deletes the own pod), the daemon's own shutdown (daemon), a deployment by the running "
        "daemon (apply), a command (exec), a signal, or not at all.",
        "none",
        "--strategy",
        choices=("rollout", "pod", "daemon", "apply", "exec", "signal", "none"),
        commands=_WATCH,
        group=_GROUP,
    ),
    Option(
        "restart.statefulset",
        "text",
        "Name of Halyard's StatefulSet, or deployment/NAME; by default the one that the own pod "
        "belongs to.",
        "",
        group=_GROUP,
        example="isd-spinnaker-halyard",
    ),
    Option(
        "restart.container",
        "text",
        "Name of Halyard's container in the pod.",
        "halyard",
        group=_GROUP,
    ),
    Option(
        "restart.daemonUrl",
        "url",
        "Where the Halyard daemon answers.",
        "http://localhost:8064",
        "--daemon-url",
        "URL",
        commands=_WATCH,
        group=_GROUP,
    ),
    Option(
        "restart.command",
        "command",
        "The command of the strategy exec: a list of words, no shell.",
        "",
        group=_GROUP,
        example="[systemctl, restart, halyard]",
    ),
    Option(
        "restart.signal",
        "text",
        "The signal of the strategy signal.",
        "SIGTERM",
        group=_GROUP,
        example="SIGHUP",
    ),
    Option(
        "restart.process",
        "text",
        "A word in the command line of the process that gets the signal.",
        "halyard",
        group=_GROUP,
        example="com.netflix.spinnaker.halyard.Main",
    ),
    Option(
        "restart.confirm.timeout",
        "duration",
        "How long a new, healthy Halyard is waited for until the last known good configuration "
        "comes back.",
        "10m",
        group=_GROUP,
        minimum=1,
    ),
    Option(
        "restart.confirm.settle",
        "duration",
        "How long it must stay healthy to be believed.",
        "10s",
        group=_GROUP,
    ),
    Option(
        "restart.confirm.deploy",
        "boolean",
        "Deploy through the daemon before it counts as confirmed (hal deploy apply).",
        False,
        "--deploy",
        commands=_WATCH,
        group=_GROUP,
    ),
    Option(
        "restart.confirm.deployTimeout",
        "duration",
        "How long a deployment may take; Halyard itself ends one after 30 minutes.",
        "32m",
        group=_GROUP,
        minimum=1,
    ),
    Option(
        "restart.governor.debounce",
        "duration",
        "How long a change must have rested before Halyard is bothered with it.",
        "5s",
        group=_GROUP,
    ),
    Option(
        "restart.governor.spacing",
        "duration",
        "Shortest time between two reactions.",
        "1m",
        group=_GROUP,
    ),
    Option(
        "restart.governor.budget",
        "integer",
        "Reactions in any hour.",
        6,
        group=_GROUP,
        minimum=1,
    ),
    Option(
        "restart.governor.windows",
        "windows",
        "When reactions are allowed: days, times and a time zone; without any, always.",
        group=_GROUP,
        example="[Mon-Fri 08:00-18:00 Europe/Berlin]",
    ),
    Option(
        "restart.governor.taskWait",
        "duration",
        "How long a task that Halyard is working on is waited for.",
        "1h",
        group=_GROUP,
    ),
    Option(
        "restart.governor.lease",
        "text",
        "Name of a Lease with which the halyards of a namespace take turns; empty for none.",
        "",
        group=_GROUP,
        example="halyard-restarts",
    ),
)
