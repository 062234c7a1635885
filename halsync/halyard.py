"""What Halyard reads and writes below its directory.

Facts from spinnaker/halyard v1.70.0, ``HalconfigDirectoryStructure.java`` and
``ResourceConfig.java``: it reads ``config``, ``<deployment>/profiles``,
``<deployment>/service-settings``, ``.boms`` and files that a setting names; it writes the
rest of ``<deployment>`` and ``.backup``.
"""

from __future__ import annotations

CONFIG = "config"
DEPLOYMENT_INPUTS = ("profiles", "service-settings")

DEPLOYMENT_OUTPUTS = frozenset(
    {
        "staging",
        "history",
        "service-logs",
        "config",
        "vault-token",
        "install.sh",
        "prep.sh",
        "uninstall.sh",
        "connect.sh",
    }
)
"""Entries of ``<deployment>/`` that belong to Halyard."""

TOP_OUTPUTS = frozenset({".backup", ".cache"})
"""Entries of the halconfig directory that belong to Halyard."""

DAEMON_FILES = ("halyard.yml", "halyard.yaml", "halyard-local.yml", "halyard-local.yaml")
"""Spring files of the daemon itself; it reads them from its own directory, at start only."""


def deployments(paths: list[str]) -> list[str]:
    """Top-level directories that are deployments, judged by what they hold."""
    return sorted(
        {
            parts[0]
            for parts in (path.split("/", 2) for path in paths)
            if len(parts) > 1 and parts[1] in DEPLOYMENT_INPUTS and not parts[0].startswith(".")
        }
    )


def is_output(path: str, deployment_names: list[str]) -> bool:
    """Whether Halyard itself writes this path, so that publishing it would destroy its work."""
    top, _, rest = path.partition("/")
    if top in TOP_OUTPUTS:
        return True
    return top in deployment_names and rest.partition("/")[0] in DEPLOYMENT_OUTPUTS


SPRING_SERVICES = (
    "clouddriver",
    "clouddriver-caching",
    "clouddriver-ro",
    "clouddriver-ro-deck",
    "clouddriver-rw",
    "echo",
    "echo-scheduler",
    "echo-worker",
    "fiat",
    "front50",
    "gate",
    "igor",
    "kayenta",
    "orca",
    "rosco",
)
"""They take profiles by their own name (``SpringService.java:69``)."""

SETTINGS_SERVICES = frozenset(
    {
        *SPRING_SERVICES,
        "clouddriver-bootstrap",
        "consul-client",
        "consul-server",
        "deck",
        "monitoring-daemon",
        "orca-bootstrap",
        "redis",
        "redis-bootstrap",
        "vault-client",
        "vault-server",
    }
)
"""Names for which ``service-settings/<name>.yml`` is opened."""

_PROFILE_NAMES = frozenset(
    {"settings.js", "settings-local.js", "images-local.yml"}
    | {f"{service}.yml" for service in SPRING_SERVICES}
)
_PROFILE_PREFIXES = (
    "rosco/",
    "clouddriver/",
    "spinnaker",
    *(f"{service}-" for service in SPRING_SERVICES),
)
_MONITORING = "monitoring-daemon/filters/default.yml"


def takes_profile(name: str) -> bool:
    """Whether some service takes ``profiles/<name>``; all else there is dropped silently."""
    return (
        name in _PROFILE_NAMES or name.startswith(_PROFILE_PREFIXES) or name.lower() == _MONITORING
    )


def is_read(path: str, deployment_names: list[str]) -> bool:
    """Whether Halyard, its daemon or a Spinnaker service is handed this file."""
    if path == CONFIG or path in DAEMON_FILES or path.startswith(".boms/"):
        return True
    deployment, _, rest = path.partition("/")
    if deployment not in deployment_names:
        return False
    directory, _, name = rest.partition("/")
    if directory == "profiles":
        return takes_profile(name)
    return (
        directory == "service-settings"
        and name.removesuffix(".yml") in SETTINGS_SERVICES
        and (name.endswith(".yml"))
    )
