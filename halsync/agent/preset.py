"""From the settings to the steps of their preset."""

from __future__ import annotations

from halsync.agent.preset_cluster import ServicesInCluster
from halsync.agent.secret_settings import secrets_of
from halsync.render.presets.opsmx.plan import Prepared, prepare
from halsync.render.presets.opsmx.surroundings import Facts, SecretsDirectory, ServicesFile
from halsync.render.presets.opsmx.values import read
from halsync.settings.model import GitSettings, SecretRef

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.model import Tree
    from halsync.render.presets.opsmx.surroundings import Secrets
    from halsync.settings.model import Settings
    from halsync.settings.steps import Surroundings


def steps_of(settings: Settings, tree: Tree) -> Prepared:
    """What the preset does to the composed tree, and what it finds on the way.

    Raises:
        ConfigError: the values or what else the settings name cannot be read, or are not those
            of such an installation.
    """
    if settings.preset is None:
        raise ValueError("no preset is chosen")
    facts = _facts(settings, settings.preset.surroundings)
    return prepare(read(settings.preset), facts._replace(secrets=_secrets(settings, tree)), tree)


def _secrets(settings: Settings, tree: Tree) -> Secrets | None:
    """Mounted, or the repository's and the cluster's own; None if nobody is to ask the cluster."""
    own = secrets_of(settings)
    given = settings.preset.surroundings.secrets_dir if settings.preset else ""
    directory = given or (own.mounted_dir if own.kubernetes == "mounted" else "")
    if directory:
        return SecretsDirectory(directory)
    if own.mode == "skip" or own.kubernetes != "api":
        return None
    from halsync.agent.integration_secrets import IntegrationSecrets

    return IntegrationSecrets(settings, tree)


def _facts(settings: Settings, around: Surroundings) -> Facts:
    own = {item.name: item.literal for item in settings.placeholders}
    looks = secrets_of(settings).mode != "skip"
    cluster = ServicesInCluster(settings) if looks else None
    services = ServicesFile.read(around.services_file) if around.services_file else cluster
    return Facts(
        around.release or str(own.get("RELEASE_NAME") or ""),
        around.namespace
        or str(own.get("SPINNAKER_NAMESPACE") or "")
        or (settings.cluster.namespace if settings.cluster else ""),
        around.node_ip,
        around.ssh_key or _key_of_sources(settings),
        frozenset(own),
        services,
        looks=looks,
    )


def _key_of_sources(settings: Settings) -> SecretRef:
    """The key that the git sources are read with, if it is one and the same."""
    keys = {
        entry.options.auth.ssh_key
        for entry in settings.sources
        if isinstance(entry.options, GitSettings) and entry.options.auth.ssh_key
    }
    return keys.pop() if len(keys) == 1 else SecretRef()
