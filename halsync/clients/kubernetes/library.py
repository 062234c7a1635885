"""The client library's way in: a kubeconfig with all that it may hold, or a proxy before a pod."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, TypeVar

from halsync.clients.kubernetes.access import Access
from halsync.clients.kubernetes.service_account import in_cluster, own_namespace
from halsync.clients.threads import Aside
from halsync.errors import AccessDenied, ConfigError, SourceUnreachable
from halsync.redact import register

if TYPE_CHECKING:
    from collections.abc import Callable

    from halsync.settings.cluster import ClusterSettings

PLUG_IN = 120.0
"""Seconds that a plug-in may take: a person may have to log in with it."""
_TRY_PLUG_IN = "try `kubectl --kubeconfig … get --raw /version`, which runs it too"

Result = TypeVar("Result")


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

    configuration = Configuration()
    fill = _service_account if in_cluster(settings) else _kubeconfig
    namespace = _patiently(lambda: fill(settings, configuration))
    _register_token(configuration)
    client = _client(configuration)

    def headers() -> dict[str, str]:
        # Renews what has run out.
        found: Any = _patiently(configuration.auth_settings).values()
        _register_token(configuration)
        # Files of tokens end in line breaks.
        values = {each["key"]: each["value"].strip() for each in found if each["value"]}
        if not all(value.isascii() and value.isprintable() for value in values.values()):
            raise ConfigError(
                "the token of the kubeconfig holds line breaks or letters that no header can",
                hint="write it on one line, as whoever issued it wrote it",
            )
        return values

    pool = client.rest_client.pool_manager
    return Access(str(configuration.host), namespace, pool, headers, client.close)


def _client(configuration: Any) -> Any:
    """The library's client, whose session is all that is used: the generated methods need the
    model classes."""
    from kubernetes.client.api_client import ApiClient
    from urllib3 import disable_warnings

    if not str(configuration.host).startswith(("https://", "http://")):
        raise ConfigError(
            "is not an address",
            where=str(configuration.host),
            hint="correct `server` in the kubeconfig: https://HOST:PORT",
        )
    # Whoever wrote insecure-skip-tls-verify knows; what else is worth a word is an error here.
    disable_warnings()
    try:
        return ApiClient(configuration)
    except ValueError as error:
        raise ConfigError(
            f"the proxy before the Kubernetes API cannot be used: {_said(error)}",
            hint="correct proxy-url in the kubeconfig, or HTTPS_PROXY: http://HOST:PORT",
        ) from error
    except ImportError as error:
        raise ConfigError(
            "a SOCKS proxy before the Kubernetes API needs a library that is not installed",
            hint="pip install PySocks",
        ) from error


def _patiently(work: Callable[[], Result]) -> Result:
    """What may run a plug-in or ask an identity provider, neither of which the library gives a
    deadline.

    Raises:
        AccessDenied: the plug-in failed.
        SourceUnreachable: it takes too long.
    """
    deadline = time.monotonic() + PLUG_IN
    try:
        return Aside(work).result(deadline)
    except _PlugInFailed as error:
        raise AccessDenied(
            f"the plug-in of the kubeconfig failed: {error}", hint=_TRY_PLUG_IN
        ) from error
    except SourceUnreachable as error:
        raise SourceUnreachable(
            f"the plug-in of the kubeconfig did not end within {PLUG_IN:g} s", hint=_TRY_PLUG_IN
        ) from error


class _PlugInFailed(BaseException):
    """No Exception: the library logs those, and goes on without credentials."""


class _PlugIn:
    """The library's, but without halsync's own secrets in its environment."""

    def __init__(self, config: Any, *more: Any) -> None:
        self._given = (config, *more)
        self._command = config.safe_get("command") or "it"

    def run(self) -> Any:
        from kubernetes.config.exec_provider import ExecProvider

        library: Any = ExecProvider
        try:
            provider = library(*self._given)
            held = [name for name in provider.env if name.startswith("HALSYNC_")]
            for name in held:
                del provider.env[name]
            return provider.run()
        except Exception as error:
            said = _said(error)
            if isinstance(error, AttributeError):
                # At a terminal it speaks for itself, over which the library stumbles.
                said = "it ended with an error code"
            raise _PlugInFailed(f"{self._command}: {said}") from error


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
    library.ExecProvider = _PlugIn
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
