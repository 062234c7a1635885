"""Which secrets halsync fetches, from where, and where their files go."""

from __future__ import annotations

from halsync.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from halsync.settings.aws import AwsAccess
    from halsync.settings.model import Settings
    from halsync.settings.vault import VaultConnection

    Mode = Literal["auto", "resolve", "check", "skip"]
else:  # the names that others import
    Mode = str


ENGINES = ("k8s", "vault", "s3", "secrets-manager")
"""Those of Spinnaker's own references that halsync can resolve."""

FILES = ".secrets"
"""Directory of the published tree in which secret files stand."""


class SecretsSettings(NamedTuple):
    """What stands below ``secrets``."""

    mode: Mode = "auto"
    """``resolve`` fills references in; ``check`` only says which cannot be; ``skip`` leaves them
    alone. ``auto`` is what suits the command."""
    kubernetes: Literal["auto", "off", "api", "mounted"] = "auto"
    """Where Kubernetes Secrets are read. ``auto``: ``mounted`` if ``mounted_dir`` is set; ``api``
    with a preset; else nobody resolves ``encrypted:SECRET:KEY``."""
    mounted_dir: str = ""
    """Holds one directory for each Secret, with a file for each key."""
    engines: tuple[str, ...] = ()
    """Engines of Spinnaker's own references that halsync resolves: ``k8s``, ``vault``, ``s3``,
    ``secrets-manager``."""
    file_dirs: tuple[str, ...] = ()
    """Only files below these may be referenced as ``halsync(file:…)``."""
    variables: tuple[str, ...] = ()
    """Only these may be referenced as ``halsync(env:…)``; patterns with ``*``."""
    seen_as: str = ""
    """Directory of the secret files as halyard's container sees it."""
    layout: Literal["auto", "nested", "flat"] = "auto"
    """``nested``: ``SECRET/KEY``; ``flat``: ``KEY``. ``auto``: flat with a preset."""
    link: str = ""
    """Absolute path of a link that leads to the directory of the secret files."""
    vault: VaultConnection | None = None
    """None: that of the sources, if it is one and the same."""
    apart: bool = False
    """The Kubernetes client works in a process of its own; no setting, see :func:`long_lived`."""
    aws: AwsAccess | None = None
    """Without a region, which the references name. None: as for Vault; else what the environment
    says."""


DEFAULTS = SecretsSettings()


def long_lived(settings: Settings) -> Settings:
    """For a process that runs for months: the client library is kept out of it."""
    return settings._replace(secrets=(settings.secrets or DEFAULTS)._replace(apart=True))


def without_access(settings: Settings) -> Settings:
    """For a look that should need no access to secrets unless somebody asks for it."""
    own = settings.secrets or DEFAULTS
    return settings._replace(secrets=own._replace(mode="skip")) if own.mode == "auto" else settings
