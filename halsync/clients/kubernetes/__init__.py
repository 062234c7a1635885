"""The Kubernetes API, as far as halsync needs it, in one namespace.

Objects are plain dictionaries as the API writes them. :func:`connect` gives an :class:`Api`; the
modules beside it hold what is done through one:

=============  =====================================================================
``secrets``    read Secrets, their versions; Services
``pods``       the own pod, deleting a pod
``workloads``  StatefulSets and Deployments: read, patch with conflicts retried
``events``     Events on the own pod
``leases``     take, renew, give back
``objects``    any kind: get, list by label, server-side apply, delete
``failures``   what can go wrong, as :mod:`halsync.errors` types
=============  =====================================================================

In a pod the service account needs nothing but urllib3 (``service_account``). The official client
library is imported for kubeconfigs and proxies (``library``), and never its model classes, which
cost more than everything else together (0.5 s, 30 MB).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api
    from halsync.settings.cluster import ClusterSettings

__all__ = ["connect"]


def connect(settings: ClusterSettings, *, apart: bool = False) -> Api:
    """The API that the settings name; nothing is sent yet.

    Args:
        settings: which API, as whom, and the namespace.
        apart: keep the client library out of this process: a child makes the requests, is
            started by the first one, and ends when it has been idle for half a minute. For
            processes that run for months and seldom ask.

    Raises:
        ConfigError: the client library is not installed, there is neither a service account
            nor a kubeconfig, or the kubeconfig is broken. With ``apart``, at the first request.
    """
    if apart:
        from halsync.clients.kubernetes.apart import ApartApi

        return ApartApi(settings)
    from halsync.clients.kubernetes.direct import DirectApi

    return DirectApi(settings)
