"""What ``secrets`` means for one installation: every ``auto`` decided."""

from __future__ import annotations

import os
import time

from halsync.settings.secrets import DEFAULTS, FILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.secrets import Context
    from halsync.settings.aws import AwsAccess
    from halsync.settings.cluster import ClusterSettings
    from halsync.settings.model import Settings
    from halsync.settings.secrets import SecretsSettings
    from halsync.settings.vault import VaultConnection

_USUAL_TARGET = "/home/spinnaker/.hal"
_CHART_FILES = "kubeconfigdir"
_CHART_SEES = f"/home/spinnaker/{_CHART_FILES}"
"""Where the OpsMx chart's halyard finds what ``encryptedFile:`` brings."""


def secrets_of(settings: Settings) -> SecretsSettings:
    """The settings of secret references without any ``auto``."""
    own = settings.secrets or DEFAULTS
    preset = settings.preset
    mounted = own.mounted_dir or (preset.surroundings.secrets_dir if preset else "")
    kubernetes = own.kubernetes
    if kubernetes == "auto":
        kubernetes = "mounted" if mounted else "api" if preset else "off"
    target = os.path.abspath(settings.target) if settings.target else ""
    layout = own.layout if own.layout != "auto" else "flat" if preset else "nested"
    link, seen_as = own.link, own.seen_as
    if preset and not seen_as:
        seen_as = _CHART_SEES
        link = link or (os.path.join(os.path.dirname(target), _CHART_FILES) if target else "")
    return own._replace(
        mode="resolve" if own.mode == "auto" else own.mode,
        kubernetes=kubernetes,
        mounted_dir=mounted,
        layout=layout,
        link=link,
        seen_as=seen_as or os.path.join(target or _USUAL_TARGET, FILES),
        vault=own.vault or _vault_of_sources(settings),
        aws=own.aws or _aws_of_sources(settings),
    )


def cluster_of(settings: Settings) -> ClusterSettings:
    """The cluster, and in it the namespace of the installation."""
    from halsync.settings.cluster import ClusterSettings

    cluster = settings.cluster or ClusterSettings()
    if settings.preset and not cluster.namespace:
        return cluster._replace(namespace=settings.preset.surroundings.namespace)
    return cluster


def context_of(settings: Settings, deadline: float = 0.0) -> Context:
    """What the engines work with; no deadline means all the time that the settings allow."""
    from halsync.secrets import Context

    return Context(
        secrets_of(settings),
        cluster_of(settings),
        settings.limits.file_bytes,
        deadline or time.monotonic() + settings.timeout,
    )


def _has_source(settings: Settings, kind: str) -> bool:
    """Whether to load what is known about a kind, which is for nothing in most installations."""
    return any(type(entry.options).__name__ == kind for entry in settings.sources)


def _vault_of_sources(settings: Settings) -> VaultConnection | None:
    """The server that the sources are read from, if it is one and the same."""
    if not _has_source(settings, "VaultSettings"):
        return None
    from halsync.settings.vault import VaultSettings

    found = {
        entry.options.connection
        for entry in settings.sources
        if isinstance(entry.options, VaultSettings)
    }
    return found.pop() if len(found) == 1 else None


def _aws_of_sources(settings: Settings) -> AwsAccess | None:
    if not _has_source(settings, "S3Settings"):
        return None
    from halsync.settings.kinds.s3 import S3Settings

    found = {
        entry.options.access._replace(region="")
        for entry in settings.sources
        if isinstance(entry.options, S3Settings)
    }
    return found.pop() if len(found) == 1 else None
