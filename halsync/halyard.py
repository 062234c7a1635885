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
