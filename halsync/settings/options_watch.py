"""The settings of the sidecar."""

from __future__ import annotations

from halsync.settings.spec import Option

_WATCH = ("watch",)

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
