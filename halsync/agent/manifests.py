"""Manifests among the files of the tree: taken out of it, filled in, applied."""

from __future__ import annotations

from halsync.agent.patience import patiently
from halsync.agent.secret_settings import cluster_of, secrets_of
from halsync.errors import ConfigError, HalsyncError
from halsync.manifests import reading
from halsync.model import Problem, Tree
from halsync.records import NamedTuple
from halsync.settings.manifests import OPSMX_PATHS, ManifestSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from halsync.agent.report import Report
    from halsync.manifests.applying import Plan
    from halsync.manifests.base import Manifest
    from halsync.model import File
    from halsync.render.references import Reference
    from halsync.settings.manifests import JasyptSettings
    from halsync.settings.model import Settings


class Held(NamedTuple):
    """What was taken out of a tree."""

    tree: Tree
    """Without the manifests' files."""
    manifests: Sequence[Manifest]
    problems: Sequence[Problem]
    references: Sequence[Reference] = ()
    """Those of the manifests."""
    revision: str = ""
    """Digest of the versions of the secrets that they reference; empty for none."""


def take_out(settings: Settings, own: ManifestSettings, tree: Tree) -> Held:
    """Read the manifests of a rendered tree, with secret references and jasypt values filled in.

    Raises:
        HalsyncError: jasypt's password cannot be read; or as
            :func:`halsync.agent.secrets.fill_in`.
    """
    if own.apply == "init" and not own.paths:
        raise ConfigError(
            "manifests are to be applied, and nothing says where they are",
            hint="name their directories as manifests.paths",
        )
    chosen = reading.selected(tree.files, own.paths)
    files = {path: tree.files[path] for path in chosen}
    rest = {path: file for path, file in tree.files.items() if path not in files}
    left = tree._replace(files=rest)
    if not files:
        return Held(left, (), ())
    filled, references, problems, revision = _filled(settings, files)
    asked = settings.secrets is None or settings.secrets.mode != "skip"
    password = Password(settings, own.jasypt).read if asked else None
    found = reading.read(filled, own, namespace=Namespace(settings).read, password=password)
    return Held(left, found.manifests, [*problems, *found.problems], references, revision)


def _filled(
    settings: Settings, files: dict[str, File]
) -> tuple[Mapping[str, File], Sequence[Reference], Sequence[Problem], str]:
    """With secret references filled in; files that a reference would become are refused."""
    from halsync.render.reference_marks import holds_marks

    if not any(holds_marks(file.content) for file in files.values()):
        return files, (), (), ""
    from halsync.agent.secrets import fill_in
    from halsync.render.references import find_in

    found = find_in(files)
    texts = [one for one in found.references if one.kind != "file"]
    problems = [*found.problems]
    problems += [
        Problem(
            "HAL0280",
            "render",
            "error",
            f"{one.text}: a manifest has no use for the path of a file",
            "write encrypted: instead of encryptedFile:",
            one.file,
            one.line,
            one.column,
            origin=files[one.file].origin,
        )
        for one in found.references
        if one.kind == "file"
    ]
    done = fill_in(settings, files, texts)
    return (
        {path: file for path, file in done.files.items() if path in files},
        texts,
        [*problems, *done.problems],
        done.revision,
    )


class Namespace:
    """The own namespace, looked up once, when a manifest first names one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: str | None = None

    def read(self) -> str:
        """Empty where there is neither a pod nor a kubeconfig to tell it. Nothing is asked of the
        cluster.

        Raises:
            ConfigError: this is a pod, and not even that can tell it.
        """
        if self._known is None:
            self._known = cluster_of(self._settings).namespace or self._of_access()
        return self._known

    def _of_access(self) -> str:
        from halsync.clients.kubernetes import connect
        from halsync.clients.kubernetes.service_account import in_cluster, own_namespace

        cluster = cluster_of(self._settings)
        if in_cluster(cluster):
            return own_namespace(cluster)
        try:
            api = connect(cluster, apart=secrets_of(self._settings).apart)
            try:
                return api.namespace
            finally:
                api.close()
        except HalsyncError:
            return ""


class Password:
    """jasypt's password, read once, when it is first needed."""

    def __init__(self, settings: Settings, own: JasyptSettings) -> None:
        self._settings = settings
        self._own = own
        self._known = ""

    def read(self) -> str:
        """
        Raises:
            ConfigError: there is none.
            HalsyncError: as :class:`halsync.clients.kubernetes.api.Api`.
        """
        if not self._known:
            self._known = self._own.password.read() if self._own.password else self._of_secret()
        return self._known

    def _of_secret(self) -> str:
        from halsync.clients.kubernetes import connect
        from halsync.clients.kubernetes.failures import ObjectNotFound
        from halsync.clients.kubernetes.secrets import read_secret
        from halsync.redact import register

        where = f"Secret {self._own.secret}, key {self._own.key}"
        api = connect(cluster_of(self._settings), apart=secrets_of(self._settings).apart)
        try:
            data = read_secret(api, self._own.secret).data
        except ObjectNotFound as error:
            raise _no_password(f"there is no {error.where}") from error
        finally:
            api.close()
        if self._own.key not in data:
            raise _no_password(f"{where} does not exist")
        text = data[self._own.key].decode("utf-8", "replace")
        if self._own.key.endswith((".yml", ".yaml")):
            text = _below(text, ("jasypt", "encryptor", "password"))
        text = text.rstrip("\r\n")
        if not text:
            raise _no_password(f"{where} holds no jasypt.encryptor.password")
        register(text)
        return text


def _below(text: str, path: tuple[str, ...]) -> str:
    from halsync.formats.yaml import parse

    parsed = parse(text)
    value: Any = parsed.documents[0].value if parsed.documents and not parsed.failed else None
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def _no_password(message: str) -> ConfigError:
    return ConfigError(
        f"manifests hold jasypt values, ENC(…), and {message}",
        hint="name the password's file as manifests.jasypt.passwordFile, or the Secret that holds"
        " it as manifests.jasypt.secret and key",
    )


def the_manifests(settings: Settings) -> ManifestSettings:
    """What the settings say, or what the preset means where they say nothing."""
    if settings.manifests is None:
        return ManifestSettings(paths=OPSMX_PATHS if settings.preset else ())
    return settings.manifests


def wanted(settings: Settings, report: Report) -> tuple[ManifestSettings, Sequence[Manifest]]:
    """The manifests of the sources, after the whole configuration was found valid.

    Raises:
        ConfigError: nothing says where they are.
        HalsyncError: whatever ``init`` raises before it publishes.
    """
    from halsync.agent.look import candidate

    own = the_manifests(settings)
    if not own.paths:
        raise ConfigError(
            "nothing says where the manifests are",
            hint="name their directories as manifests.paths (HALSYNC_MANIFESTS_PATHS)",
        )
    return own, candidate(settings._replace(manifests=own), report).manifests


def plan(
    settings: Settings, own: ManifestSettings, manifests: Sequence[Manifest], *, prune: bool
) -> Plan:
    """What the cluster would do; see :func:`halsync.manifests.applying.plan`."""
    from halsync.manifests import applying

    with applying.Cluster(cluster_of(settings), apart=secrets_of(settings).apart) as cluster:
        return patiently(settings, lambda: applying.plan(cluster, manifests, own, prune=prune))


def apply(
    settings: Settings,
    own: ManifestSettings,
    manifests: Sequence[Manifest],
    report: Report,
    *,
    prune: bool,
) -> Plan:
    """Try all of them, then apply them; what was done.

    Transient failures are tried again up to the time that the settings allow.

    Raises:
        ValidationFailed: the cluster refuses some; nothing was applied.
        HalsyncError: as :class:`halsync.clients.kubernetes.api.Api`.
    """
    from halsync.manifests import applying

    with applying.Cluster(cluster_of(settings), apart=secrets_of(settings).apart) as cluster:

        def once() -> Plan:
            planned = applying.plan(cluster, manifests, own, prune=prune)
            applying.carry_out(cluster, manifests, own, planned)
            return planned

        done = patiently(settings, once)
    outcomes = [change.outcome for change in done.changes]
    report(
        "applied",
        **{each: outcomes.count(each) for each in dict.fromkeys(outcomes)},
    )
    return done


def apply_at_init(settings: Settings, manifests: Sequence[Manifest], report: Report) -> None:
    """Apply them if ``manifests.apply`` says that publishing includes it.

    Raises:
        HalsyncError: as :func:`apply`; nothing may be published then.
    """
    own = settings.manifests
    if own is not None and own.apply == "init":
        apply(settings, own, manifests, report, prune=own.prune)
