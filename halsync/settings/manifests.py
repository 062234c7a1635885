"""Manifests that are kept in the repository, and the accounts that clouddriver's pods need."""

from __future__ import annotations

from typing import Literal

from halsync.records import NamedTuple
from halsync.settings.model import SecretRef

OPSMX_PATHS = ("pipeline-promotion", "clusterconfig")
"""Where the OpsMx chart looks for manifests, at the root of the repository."""


class JasyptSettings(NamedTuple):
    """How ``ENC(…)`` in manifests is decrypted."""

    password: SecretRef = SecretRef()
    """Empty: see ``secret``."""
    secret: str = "bootstrap"  # noqa: S105 - its name
    """Kubernetes Secret that holds the password, used where no ``password`` is given."""
    key: str = "bootstrap.yml"
    """The Secret's key: a YAML file with ``jasypt.encryptor.password``, or the password."""
    algorithm: Literal["auto", "PBEWithMD5AndDES", "PBEWithHmacSHA512AndAES_256"] = "auto"


class ManifestSettings(NamedTuple):
    """What stands below ``manifests``."""

    paths: tuple[str, ...] = ()
    """Directories, files or patterns of the tree; not published into ``.hal``."""
    kinds: tuple[str, ...] = ("ConfigMap", "Secret")
    namespaces: tuple[str, ...] = ()
    """Other namespaces that a manifest may name."""
    apply: Literal["command", "init"] = "command"
    prune: bool = False
    force: bool = False
    inventory: str = "halsync-manifests"
    """Name of the ConfigMap that remembers what was applied."""
    jasypt: JasyptSettings = JasyptSettings()


class AccountsSettings(NamedTuple):
    """What stands below ``accounts``: the kubeconfigs of dynamic accounts."""

    directory: str = ""
    """Where the files are written."""
    seen_as: str = ""
    """The directory as the accounts name it; empty: ``directory`` itself."""
    files: tuple[str, ...] = ("**/clouddriver*.yml", "config")
    """Patterns of the files of the tree that name accounts."""
    interval: float = 0
    """Seconds between two looks; 0: one look."""
    mode: int = 0o640
    group: str = ""
