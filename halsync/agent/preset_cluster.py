"""What a preset takes from the cluster, asked of the Kubernetes API when it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from halsync.errors import ConfigError, SourceNotFound

if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api
    from halsync.clients.kubernetes.secrets import SecretContent
    from halsync.render.presets.opsmx.surroundings import Service
    from halsync.settings.cluster import ClusterSettings


class InCluster:
    """Services and Secrets of the release's namespace.

    Nothing is asked before somebody wants to know; then every method raises what
    :class:`halsync.clients.kubernetes.api.Api` does, but for objects that do not exist.
    """

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings
        self._secrets: dict[str, SecretContent | None] = {}

    @cached_property
    def _api(self) -> Api:
        from halsync.clients.kubernetes import connect

        return connect(self._settings)

    def find(self, name: str) -> Service | None:
        """See :class:`halsync.render.presets.opsmx.surroundings.Services`."""
        from halsync.clients.kubernetes.secrets import read_service
        from halsync.render.presets.opsmx.surroundings import service_of

        try:
            return service_of(read_service(self._api, name))
        except SourceNotFound:
            return None

    def node_ip(self) -> str:
        """The address of the node that this pod runs on; empty outside of a cluster."""
        from halsync.clients.kubernetes.pods import own_pod

        try:
            pod = own_pod(self._api, self._settings)
        except ConfigError:
            return ""
        return str((pod.get("status") or {}).get("hostIP") or "")

    def path(self, name: str, key: str) -> str:  # noqa: ARG002 - no files are used
        """See :class:`halsync.render.presets.opsmx.surroundings.Secrets`."""
        return ""

    def read(self, name: str, key: str) -> str | None:
        """See :class:`halsync.render.presets.opsmx.surroundings.Secrets`. One trailing line break
        is dropped.

        Raises:
            ConfigError: the value is not text.
        """
        from halsync.clients.kubernetes.secrets import read_secret

        if name not in self._secrets:
            try:
                self._secrets[name] = read_secret(self._api, name)
            except SourceNotFound:
                self._secrets[name] = None
        found = self._secrets[name]
        value = found.data.get(key) if found else None
        if value is None:
            return None
        try:
            return value.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise ConfigError(
                f"the key {key} is not UTF-8 text",
                where=f"Secret {name}",
                hint="correct the Secret",
            ) from None
