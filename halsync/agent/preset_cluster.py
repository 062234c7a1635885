"""What a preset takes from the cluster, asked of the Kubernetes API when it is needed."""

from __future__ import annotations

from halsync.agent.patience import patiently
from halsync.agent.secret_settings import cluster_of, secrets_of
from halsync.errors import ConfigError, SourceNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.clients.kubernetes.api import Api
    from halsync.render.presets.opsmx.surroundings import Service
    from halsync.settings.model import Settings


class ServicesInCluster:
    """See :class:`halsync.render.presets.opsmx.surroundings.Services`: those of the release's
    namespace.

    Nothing is asked before somebody wants to know; then the methods raise what
    :class:`halsync.clients.kubernetes.api.Api` does, but for objects that do not exist.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def find(self, name: str) -> Service | None:
        """The Service of that name; None if there is none."""
        from halsync.clients.kubernetes.secrets import read_service
        from halsync.render.presets.opsmx.surroundings import service_of

        api = self._connect()
        try:
            return patiently(self._settings, lambda: service_of(read_service(api, name)))
        except SourceNotFound:
            return None
        finally:
            api.close()

    def node_ip(self) -> str:
        """The address of the node that this pod runs on; empty outside of a cluster."""
        from halsync.clients.kubernetes.pods import own_pod

        api = self._connect()
        try:
            pod = patiently(self._settings, lambda: own_pod(api, cluster_of(self._settings)))
        except ConfigError:
            return ""
        finally:
            api.close()
        return str((pod.get("status") or {}).get("hostIP") or "")

    def _connect(self) -> Api:
        from halsync.clients.kubernetes import connect

        return connect(cluster_of(self._settings), apart=secrets_of(self._settings).apart)
