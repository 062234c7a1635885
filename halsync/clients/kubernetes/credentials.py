"""From settings to the client library's configuration: address, CA, credentials, namespace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.redact import register

if TYPE_CHECKING:
    from halsync.settings.cluster import ClusterSettings


class Credentials(NamedTuple):
    """Ready for the client library."""

    configuration: Any
    """``kubernetes.client.Configuration``"""
    namespace: str


def in_cluster(settings: ClusterSettings, environment: dict[str, str] | None = None) -> bool:
    """Whether the pod's service account is what counts."""
    given = os.environ if environment is None else environment
    return bool(
        not settings.kubeconfig
        and not settings.context
        and given.get("KUBERNETES_SERVICE_HOST")
        and os.path.exists(os.path.join(settings.service_account, "token"))
    )


def load(settings: ClusterSettings) -> Credentials:
    """Read everything anew.

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
    configuration = Configuration()
    found = (_service_account if in_cluster(settings) else _kubeconfig)(settings, configuration)
    register_token(configuration)
    return found


def register_token(configuration: Any) -> None:
    """What the configuration sends as a proof of identity must never be shown."""
    for value in configuration.api_key.values():
        register(value.split(" ", 1)[-1].strip())


def _service_account(settings: ClusterSettings, configuration: Any) -> Credentials:
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
    namespace = settings.namespace or os.environ.get("POD_NAMESPACE", "")
    return Credentials(configuration, namespace or _own_namespace(directory))


def _own_namespace(directory: str) -> str:
    path = os.path.join(directory, "namespace")
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the namespace is not known: {path} cannot be read",
            hint="set kubernetes.namespace (HALSYNC_KUBERNETES_NAMESPACE)",
        ) from error


def _kubeconfig(settings: ClusterSettings, configuration: Any) -> Credentials:
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
    return Credentials(
        configuration, settings.namespace or chosen["context"].get("namespace") or "default"
    )


def _said(error: Exception) -> str:
    """The error without what a parser quotes from the file, which holds keys and tokens."""
    problem = getattr(error, "problem", None)
    mark = getattr(error, "problem_mark", None)
    if problem:
        return f"{problem}{f' in line {mark.line + 1}' if mark else ''}"
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]
