"""The client library's way in: a kubeconfig with all that it may hold, or a proxy before a pod."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from halsync.clients.kubernetes.access import Access
from halsync.clients.kubernetes.service_account import in_cluster, own_namespace
from halsync.errors import ConfigError
from halsync.redact import register

if TYPE_CHECKING:
    from halsync.settings.cluster import ClusterSettings


def open_library(settings: ClusterSettings) -> Access:
    """The way in that the official client knows; everything is read anew.

    Raises:
        ConfigError: see :func:`halsync.clients.kubernetes.connect`.
    """
    try:
        from kubernetes.client.configuration import Configuration
    except ImportError as error:
        raise ConfigError(
            "the Kubernetes client library is not installed",
            hint="pip install 'halsync[kubernetes]'",
        ) from error
    from kubernetes.client.api_client import ApiClient

    configuration = Configuration()
    fill = _service_account if in_cluster(settings) else _kubeconfig
    namespace = fill(settings, configuration)
    _register_token(configuration)
    # Its session is all that is used: the generated methods need the model classes.
    client = ApiClient(configuration)

    def headers() -> dict[str, str]:
        found: Any = configuration.auth_settings().values()  # renews what has run out
        _register_token(configuration)
        return {each["key"]: each["value"] for each in found if each["value"]}

    pool = client.rest_client.pool_manager
    return Access(str(configuration.host), namespace, pool, headers, client.close)


def _register_token(configuration: Any) -> None:
    """What the configuration sends as a proof of identity must never be shown."""
    for value in configuration.api_key.values():
        register(value.split(" ", 1)[-1].strip())


def _service_account(settings: ClusterSettings, configuration: Any) -> str:
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.incluster_config import InClusterConfigLoader

    loader: Any = InClusterConfigLoader  # untyped, as the next ones

    directory = settings.service_account
    try:
        loader(
            token_filename=os.path.join(directory, "token"),
            cert_filename=os.path.join(directory, "ca.crt"),
        ).load_and_set(configuration)
    except (ConfigException, OSError, ValueError) as error:
        raise ConfigError(
            f"the service account in {directory} cannot be used: {error}",
            hint="check automountServiceAccountToken and the volume, or name a kubeconfig with"
            " kubernetes.kubeconfig",
        ) from error
    return own_namespace(settings)


def _kubeconfig(settings: ClusterSettings, configuration: Any) -> str:
    import yaml
    from kubernetes.config import kube_config
    from kubernetes.config.config_exception import ConfigException

    library: Any = kube_config
    paths = settings.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    if not any(os.path.exists(os.path.expanduser(path)) for path in paths.split(os.pathsep)):
        missing = "no service account is mounted, and there is no" if not settings.kubeconfig else (
            "there is no"
        )  # fmt: skip
        raise ConfigError(
            f"{missing} kubeconfig {paths}",
            hint="name one with KUBECONFIG or kubernetes.kubeconfig",
        )
    try:
        contexts, current = library.list_kube_config_contexts(paths)
        named = settings.context
        library.load_kube_config(paths, named or None, configuration, persist_config=False)
    # The library goes through the file as it finds it: a broken one ends in any of these.
    except (
        ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError,
    ) as error:  # fmt: skip
        raise ConfigError(
            f"the kubeconfig {paths} cannot be used: {_said(error)}",
            hint="try `kubectl --kubeconfig … get --raw /version`, and check kubernetes.context",
        ) from error
    chosen: Any = next((item for item in contexts if item["name"] == named), current)
    return str(settings.namespace or chosen["context"].get("namespace") or "default")


def _said(error: Exception) -> str:
    """The error without what a parser quotes from the file, which holds keys and tokens."""
    problem = getattr(error, "problem", None)
    mark = getattr(error, "problem_mark", None)
    if problem:
        return f"{problem}{f' in line {mark.line + 1}' if mark else ''}"
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]
