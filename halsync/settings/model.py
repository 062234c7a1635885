"""Effective settings, as the stages receive them. Durations are seconds, sizes are bytes."""

from __future__ import annotations

import os

from halsync.errors import ConfigError
from halsync.records import NamedTuple
from halsync.redact import register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, Protocol

    from halsync.settings.cluster import ClusterSettings
    from halsync.settings.manifests import AccountsSettings, ManifestSettings
    from halsync.settings.secrets import SecretsSettings
    from halsync.settings.steps import Preset, RenderPlan
    from halsync.settings.watching import RestartSettings, WatchSettings
else:  # the names that others import
    Protocol = object


class SecretRef(NamedTuple):
    """Where one of the agent's own secrets is to be read: a file or a variable, never a value.

    Read at every use, so that a rotated token works without a restart.
    """

    file: str = ""
    env: str = ""
    text: str = ""
    """A user name as it stands in the settings; nothing secret is ever put here."""

    def __bool__(self) -> bool:
        return bool(self.file or self.env or self.text)

    def read(self) -> str:
        """The secret without its trailing newline, registered for redaction.

        Raises:
            ConfigError: the file cannot be read or is not text, or the variable is not set.
        """
        if self.text:
            return self.text
        if self.file:
            try:
                with open(self.file, encoding="utf-8") as stream:
                    value = stream.read().rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                raise ConfigError(
                    f"cannot read the secret file {self.file}: {reason}",
                    hint="mount the secret there, readable by this user",
                ) from error
        else:
            value = os.environ.get(self.env, "")
            if not value:
                raise ConfigError(
                    f"the environment variable {self.env} is not set or empty",
                    hint="set it from a Kubernetes Secret, or name a file instead",
                )
        register(value)
        return value


class GitHubApp(NamedTuple):
    """A GitHub App installation; its token is made on demand and lasts an hour."""

    app_id: str
    installation_id: str
    private_key: SecretRef
    api_url: str = "https://api.github.com"


class GitAuth(NamedTuple):
    """How to log in to a git server. Empty: anonymously."""

    username: SecretRef = SecretRef()
    token: SecretRef = SecretRef()
    ssh_key: SecretRef = SecretRef()
    known_hosts_file: str = ""
    host_key_check: Literal["strict", "accept-new", "off"] = "strict"
    github_app: GitHubApp | None = None


class GitVerify(NamedTuple):
    """Which signature must be good before a commit is used."""

    mode: Literal["off", "commit", "tag", "tag-and-commit"] = "off"
    keyring_file: str = ""
    """GPG public keys, armoured or binary."""
    allowed_signers_file: str = ""
    """SSH keys in the format of ``ssh-keygen -Y verify``."""


class GitSettings(NamedTuple):
    """One repository at one ref. Two equal values are fetched once."""

    url: str
    ref: str = "HEAD"
    auth: GitAuth = GitAuth()
    ca_file: str = ""
    proxy: str = ""
    submodules: Literal["off", "shallow", "recursive"] = "off"
    lfs: bool = False
    verify: GitVerify = GitVerify()

    def asked_for(self) -> tuple[str, str]:
        """As :meth:`KindSettings.asked_for`."""
        return self.url, self.ref


class DirSettings(NamedTuple):
    """A local directory, or a mounted ConfigMap or Secret."""

    directory: str

    def asked_for(self) -> tuple[str, str]:
        """As :meth:`KindSettings.asked_for`."""
        return self.directory, ""


class KindSettings(Protocol):
    """Where one source is, in the record of its kind. Two equal values are fetched once."""

    def asked_for(self) -> tuple[str, str]:
        """Where from, and which revision (empty where the kind has none), as the settings say
        it; fit for a log line."""


class SourceSettings(NamedTuple):
    """One entry of ``sources``."""

    name: str
    options: KindSettings
    path: str = ""
    """Only what lies below this directory of the source; normalised, empty for all of it."""
    mount: str = ""
    """Where it goes in the tree; normalised, empty for the root."""


class Limits(NamedTuple):
    """What one source may bring."""

    files: int = 10_000
    file_bytes: int = 16 * 1024**2
    total_bytes: int = 128 * 1024**2
    path_length: int = 512


class PlaceholderSettings(NamedTuple):
    """A declared placeholder, before its value is looked up: exactly one of literal, env,
    file and field."""

    name: str
    literal: str | int | bool | None = None
    env: str = ""
    file: str = ""
    secret: bool = False
    declared_at: str = ""
    """``--set``, ``HALSYNC_SET`` or ``halsync.yaml:12``."""
    field: str = ""
    """A field of the pod, as the downward API names it: ``metadata.namespace``."""
    files: tuple[str, ...] = ()
    """Paths or patterns of the files it is filled into (see :mod:`halsync.settings.steps`);
    empty: every file."""
    optional: bool = False
    """That it occurs nowhere is nothing to be told."""


class PublishSettings(NamedTuple):
    """How generations are written and kept."""

    keep: int = 5
    keep_for: float = 7 * 86_400
    """A generation is removed only when it is beyond ``keep`` and older than this."""
    umask: int = 0o027
    group: str = ""
    """Group name or id of the files; empty leaves it to the directory (``fsGroup``)."""
    lock_timeout: float = 60


class Settings(NamedTuple):
    """Everything a run needs to know."""

    sources: tuple[SourceSettings, ...] = ()
    target: str = ""
    daemon_config: str = ""
    placeholders: tuple[PlaceholderSettings, ...] = ()
    plan: RenderPlan | None = None
    """What ``render`` says beyond placeholders, which stand above; None if nothing."""
    preset: Preset | None = None
    pod_info: str = "/etc/podinfo"
    """Directory of the mounted downward API volume; see :class:`PlaceholderSettings`."""
    limits: Limits = Limits()
    publish: PublishSettings = PublishSettings()
    fail_on: Literal["error", "warning"] = "error"
    ignore: tuple[str, ...] = ()
    """Problem codes or groups that are not reported."""
    select: tuple[str, ...] = ()
    """Problem codes or groups that alone are reported; empty: all."""
    halyard_version: str = ""
    """The release of Halyard that is to read the configuration; empty: the newest known."""
    timeout: float = 120
    """For all network work of one run, retries included."""
    work_dir: str = ""
    """Parent of the private scratch directory; empty: the first writable of ``$TMPDIR``,
    ``/tmp``, ``/dev/shm`` and ``<target>/.halsync``."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    termination_log: str = "/dev/termination-log"
    secrets: SecretsSettings | None = None
    """Secret references; None if nothing is said of them: the defaults."""
    cluster: ClusterSettings | None = None
    """Which Kubernetes API; None if nothing is said of it: what surrounds halsync."""
    manifests: ManifestSettings | None = None
    """Manifests among the files; None if nothing is said of them: there are none."""
    accounts: AccountsSettings | None = None
    """Kubeconfigs of dynamic accounts; None if nothing is said of them."""
    restart: RestartSettings | None = None
    """How Halyard is made to take notice; None if nothing is said of it: not at all."""
    watch: WatchSettings | None = None
    """The sidecar; None if nothing is said of it: the defaults."""
