"""The Secrets that a preset's integrations need: as the repository will have them, else as the
cluster has them now."""

from __future__ import annotations

from base64 import b64decode

from halsync.agent.manifests import Namespace, Password, the_manifests
from halsync.agent.patience import patiently
from halsync.agent.secret_settings import cluster_of, secrets_of
from halsync.manifests import reading
from halsync.redact import register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.manifests.base import Manifest
    from halsync.model import Tree
    from halsync.settings.model import Settings


class IntegrationSecrets:
    """See :class:`halsync.render.presets.opsmx.surroundings.Secrets`. Reads when it is asked."""

    def __init__(self, settings: Settings, tree: Tree) -> None:
        self._settings = settings
        self._tree = tree
        self._of_tree: dict[str, Manifest] | None = None
        self._of_cluster: dict[str, dict[str, bytes]] = {}

    def path(self, name: str, key: str) -> str:  # noqa: ARG002 - no files are used
        """No file holds the value."""
        return ""

    def read(self, name: str, key: str) -> str | None:
        """The value as text; None if neither the repository nor the cluster has it.

        Raises:
            HalsyncError: as :class:`halsync.clients.kubernetes.api.Api`.
        """
        value = self._from_tree(name, key)
        if value is None:
            value = self._from_cluster(name, key)
        if value is not None:
            register(value)
        return value

    def _from_tree(self, name: str, key: str) -> str | None:
        from halsync.render.reference_marks import holds_marks

        if self._of_tree is None:
            own = the_manifests(self._settings)
            files = {path: self._tree.files[path] for path in
                     reading.selected(self._tree.files, own.paths)}  # fmt: skip
            # What is wrong with them is told when they are read to be applied.
            found = reading.read(
                files,
                own,
                namespace=Namespace(self._settings).read,
                password=Password(self._settings, own.jasypt).read,
            )
            self._of_tree = {item.name: item for item in found.manifests if item.kind == "Secret"}
        manifest = self._of_tree.get(name)
        if manifest is None:
            return None
        text = (manifest.body.get("stringData") or {}).get(key)
        if text is None:
            encoded = (manifest.body.get("data") or {}).get(key)
            if encoded is None:
                return None
            try:
                text = b64decode(str(encoded), validate=True).decode()
            except ValueError:
                return None
        # A reference, or what could not be decrypted, is not the value itself.
        if not isinstance(text, str) or holds_marks(text.encode()) or text.startswith("ENC("):
            return None
        return text

    def _from_cluster(self, name: str, key: str) -> str | None:
        if name not in self._of_cluster:
            self._of_cluster[name] = patiently(self._settings, lambda: self._data(name))
        content = self._of_cluster[name].get(key)
        try:
            return None if content is None else content.decode().removesuffix("\n")
        except UnicodeDecodeError:
            return None

    def _data(self, name: str) -> dict[str, bytes]:
        from halsync.clients.kubernetes import connect
        from halsync.clients.kubernetes.failures import ObjectNotFound
        from halsync.clients.kubernetes.secrets import read_secret

        api = connect(cluster_of(self._settings), apart=secrets_of(self._settings).apart)
        try:
            return read_secret(api, name).data
        except ObjectNotFound:
            return {}
        finally:
            api.close()
