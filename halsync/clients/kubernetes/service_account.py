"""The pod's own way in: three mounted files and two variables.

The official library reads the same (``kubernetes.config.incluster_config``), but importing it
takes 0.3 s of each pod's start and 30 MB, mostly for kubeconfigs. Where a proxy stands before the
API it is left to the library.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from halsync.clients.kubernetes.access import Access
from halsync.errors import ConfigError
from halsync.redact import register

if TYPE_CHECKING:
    from halsync.settings.cluster import ClusterSettings

_CONNECTIONS = 16
"""Kept open; secrets are read by as many threads."""


def in_cluster(settings: ClusterSettings) -> bool:
    """Whether the pod's service account is what counts."""
    return bool(
        not settings.kubeconfig
        and not settings.context
        and os.environ.get("KUBERNETES_SERVICE_HOST")
        and os.path.exists(os.path.join(settings.service_account, "token"))
    )


def is_plain(settings: ClusterSettings) -> bool:
    """Whether :func:`open_service_account` is enough."""
    proxied = any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy"))
    return in_cluster(settings) and not proxied


def open_service_account(settings: ClusterSettings) -> Access:
    """The way in as the pod's service account.

    Raises:
        ConfigError: a file or variable is missing, or the client library is not installed.
    """
    try:
        import urllib3
    except ImportError as error:
        raise ConfigError(
            "the Kubernetes client library is not installed",
            hint="pip install 'halsync[kubernetes]'",
        ) from error
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    port = os.environ.get("KUBERNETES_SERVICE_PORT", "")
    if not port.isdecimal():
        raise _unusable(settings, "KUBERNETES_SERVICE_PORT is not set")
    authority = f"{settings.service_account}/ca.crt"
    _read(settings, "ca.crt")
    pool = urllib3.PoolManager(maxsize=_CONNECTIONS, cert_reqs="CERT_REQUIRED", ca_certs=authority)

    def headers() -> dict[str, str]:
        # Read for each request: the kubelet replaces it every hour.
        token = _read(settings, "token")
        register(token)
        return {"Authorization": f"Bearer {token}"}

    headers()  # a token that cannot be read is told at once
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Access(server, own_namespace(settings), pool, headers, pool.clear)


def own_namespace(settings: ClusterSettings) -> str:
    """The namespace that the settings name, or the pod's.

    Raises:
        ConfigError: nothing tells it.
    """
    named = settings.namespace or os.environ.get("POD_NAMESPACE", "")
    if named:
        return named
    path = os.path.join(settings.service_account, "namespace")
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the namespace is not known: {path} cannot be read",
            hint="set kubernetes.namespace (HALSYNC_KUBERNETES_NAMESPACE)",
        ) from error


def _read(settings: ClusterSettings, name: str) -> str:
    path = os.path.join(settings.service_account, name)
    try:
        with open(path, encoding="ascii") as stream:
            content = stream.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII"
        raise _unusable(settings, f"{name} cannot be read: {reason}") from error
    if not content or (name == "token" and not content.isprintable()):
        raise _unusable(settings, f"{name} holds nothing of use")
    return content


def _unusable(settings: ClusterSettings, reason: str) -> ConfigError:
    return ConfigError(
        f"the service account in {settings.service_account} cannot be used: {reason}",
        hint="check automountServiceAccountToken and the volume, or name a kubeconfig with"
        " kubernetes.kubeconfig",
    )
