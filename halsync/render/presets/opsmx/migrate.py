"""From Helm values to a ``halsync.yaml`` that does the same without the preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from halsync.paths import normalise
from halsync.render.presets.opsmx.defaults import GITOPS, REPO
from halsync.render.presets.opsmx.names import BOM, FIAT, JIRA, ORCA, ROOT, SERVICENOW
from halsync.render.presets.opsmx.plan import prepare
from halsync.render.presets.opsmx.transport import clone_url
from halsync.settings.model import PlaceholderSettings, SecretRef
from halsync.settings.steps import FileStep, RenderPlan

if TYPE_CHECKING:
    from halsync.model import Tree
    from halsync.render.presets.opsmx.plan import Prepared
    from halsync.render.presets.opsmx.surroundings import Facts
    from halsync.render.presets.opsmx.values import Values

_SECRETS = {
    "GIT_TOKEN": ("git-token", f"{REPO}.token"),
    "AWS_ACCESS_KEY_ID": ("s3-access-key", f"{REPO}.s3accesskey"),
    "AWS_SECRET_ACCESS_KEY": ("s3-secret-key", f"{REPO}.s3secretkey"),
    "KEY": ("encrypt-key", "global.sapor.config.encrypt.key"),
}
"""Placeholder → its file, and the value that belongs into it."""

_FROM_CLUSTER = {
    "SERVICENOW_URL": "servicenow-url",
    "SERVICENOW_BASE64_USR_PASSWD": "servicenow-credentials",
    "JIRA_URL": "jira-url",
    "JIRA_BASE64_USR_PASSWD": "jira-credentials",
}
"""What the chart reads from Secrets of the cluster → file that holds it from now on."""

_DISCOVERED = ("OVERRIDE_API_URL", "OVERRIDE_DECK_URL")


class Sources(NamedTuple):
    """Where the configuration comes from, as ``halsync.yaml`` says it."""

    entry: dict[str, Any]
    """One item of ``sources``."""
    comments: list[str]


class Migration(NamedTuple):
    """The parts of a ``halsync.yaml``."""

    sources: Sources
    plan: RenderPlan
    left_out: list[str]
    """What could not be carried over, or needs somebody's hand."""


def migrate(values: Values, facts: Facts, tree: Tree | None, secrets: str) -> Migration:
    """The explicit settings.

    Args:
        tree: the configuration as it stands now; None if only the values are known.
        secrets: directory in which secrets are going to be mounted, a file each.

    Raises:
        ConfigError: the values are not those of an installation with GitOps.
    """
    left_out: list[str] = []
    files = _secret_files(values)
    own = {*files, *_FROM_CLUSTER}
    if not facts.release:
        own.add("RELEASE_NAME")
    if values.flag("global.autoConfiguration.enabled"):
        own.update(_DISCOVERED)
    key = SecretRef(file=f"{secrets}/ssh-key")
    prepared = prepare(values, facts._replace(own=frozenset(own), ssh_key=key), tree)
    added = _added(values, prepared, tree, secrets, left_out)
    left_out += [problem.message for problem in prepared.problems]
    left_out += _unseen(values, tree)
    left_out += _beside(values)
    plan = prepared.plan._replace(
        files=_files(values, prepared.plan, tree),
        placeholders=(*prepared.plan.placeholders, *added),
    )
    return Migration(_sources(values, secrets, left_out), plan, left_out)


def _secret_files(values: Values) -> list[str]:
    """The placeholders whose values are secrets of this installation."""
    key = "global.sapor.config.encrypt.key"
    return [
        name
        for name, (_, said) in _SECRETS.items()
        if said != key or (values.chart == "4.0" and values.given(key))
    ]


def _added(
    values: Values, prepared: Prepared, tree: Tree | None, secrets: str, left_out: list[str]
) -> list[PlaceholderSettings]:
    """Placeholders whose values do not stand in the settings."""
    found: list[PlaceholderSettings] = []
    for name, files in prepared.scopes.items():
        if tree is not None and not _stands(tree, name):
            continue
        if name in _SECRETS and name in _secret_files(values):
            file, key = _SECRETS[name]
            found.append(_from_file(name, f"{secrets}/{file}", files, key))
            left_out.append(f"{key}: put its value into {secrets}/{file}")
        elif name in _FROM_CLUSTER:
            path = f"{secrets}/{_FROM_CLUSTER[name]}"
            found.append(_from_file(name, path, files, "a Secret of the cluster"))
            what = "base64 of user:password" if "BASE64" in name else "the URL"
            left_out.append(f"{name}: put {what} into {path}")
        elif name == "RELEASE_NAME" and not any(
            item.name == name for item in prepared.plan.placeholders
        ):
            found.append(
                PlaceholderSettings(
                    name,
                    env=name,
                    files=files,
                    optional=True,
                    declared_at="preset opsmx (--release)",
                )
            )
            left_out.append("the name of the release: give --release, or set RELEASE_NAME")
        elif name in _DISCOVERED and values.flag("global.autoConfiguration.enabled"):
            found.append(
                PlaceholderSettings(
                    name, env=name, files=files, optional=True,
                    declared_at="preset opsmx (global.autoConfiguration.enabled)",
                )
            )  # fmt: skip
            left_out.append(f"global.autoConfiguration: set {name} (HOST:PORT) in the environment")
    return found


def _stands(tree: Tree, name: str) -> bool:
    return any(name.encode() in file.content for file in tree.files.values())


def _from_file(name: str, path: str, files: tuple[str, ...], why: str) -> PlaceholderSettings:
    return PlaceholderSettings(
        name,
        file=path,
        secret=True,
        files=files,
        optional=True,
        declared_at=f"preset opsmx ({why})",
    )


def _files(values: Values, plan: RenderPlan, tree: Tree | None) -> tuple[FileStep, ...]:
    """The file steps, without those of the preset's own mount point."""
    kept = [step for step in plan.files if not step.path.startswith(ROOT)]
    if tree is None and values.chart == "4.0":
        kept.append(FileStep("remove", BOM, optional=True, declared_at="preset opsmx (chart 4.0)"))
    return tuple(kept)


def _sources(values: Values, secrets: str, left_out: list[str]) -> Sources:
    of_repo = [f"{REPO} in the Helm values"]
    if values.text(f"{REPO}.type") == "s3":
        return Sources({"name": "hal-config", "s3": _bucket(values, secrets, left_out)}, of_repo)
    git: dict[str, Any] = {
        "url": clone_url(values),
        "ref": values.text(f"{REPO}.halConfigBranch"),
    }
    path = normalise(values.text(f"{REPO}.halConfigPath"))
    if path:
        git["path"] = path
    if values.flag(f"{REPO}.sshkeysecret"):
        git["auth"] = {
            "sshKeyFile": f"{secrets}/ssh-key",
            "knownHostsFile": f"{secrets}/known_hosts",
        }
        left_out.append(
            f"the Secret of {REPO}.sshsecretName: mount its keys ssh and known_hosts as"
            f" {secrets}/ssh-key and {secrets}/known_hosts"
        )
    else:
        user = values.text(f"{REPO}.username").rstrip(" ")
        git["auth"] = {**({"username": user} if user else {}), "tokenFile": f"{secrets}/git-token"}
        arguments = values.text(f"{REPO}.configArgs")
        if arguments == "http.sslVerify=false":
            left_out.append(
                f"{REPO}.configArgs: TLS certificates are verified; name your own authority as"
                " sources[].git.caFile"
            )
        elif arguments:
            left_out.append(f"{REPO}.configArgs: {arguments}")
    return Sources({"name": "hal-config", "git": git}, of_repo)


def _bucket(values: Values, secrets: str, left_out: list[str]) -> dict[str, Any]:
    bucket: dict[str, Any] = {"bucket": values.text(f"{REPO}.s3bucket")}
    region = values.text(f"{REPO}.s3region")
    if region:
        bucket["region"] = region
    auth = {}
    for name, setting in (
        ("AWS_ACCESS_KEY_ID", "accessKeyIdFile"),
        ("AWS_SECRET_ACCESS_KEY", "secretAccessKeyFile"),
    ):
        file, key = _SECRETS[name]
        if values.text(key):
            auth[setting] = f"{secrets}/{file}"
    if auth:
        bucket["auth"] = auth
    if not bucket["bucket"]:
        left_out.append(f"the Helm values have no {REPO}.s3bucket: name it as sources[].s3.bucket")
    left_out.append(
        "the chart reads config, default/ and halyard.yaml of the bucket, halsync all of it: name"
        " what else is in it as sources[].s3.ignore"
    )
    return bucket


def _unseen(values: Values, tree: Tree | None) -> list[str]:
    """What depends on the configuration's files."""
    new = values.chart == "4.0"
    if tree is not None:
        found = []
        if new and any(path in tree.files for path in (BOM, f"{ROOT}/{BOM}")):
            found.append(f"{BOM}: version and images are those of now; a new {BOM} changes nothing")
        if new and any(path in tree.files for path in (JIRA, f"{ROOT}/{JIRA}")):
            found.append(f"JIRA_TYPE onPremJira: write Bearer instead of Basic into {ORCA}")
        return found
    found = [
        f"{SERVICENOW} and {JIRA}: the placeholders SERVICENOW_* and JIRA_* are left out; name the"
        " repository with --checkout if it has these files"
    ]
    if new:
        found.append(
            f"{BOM}: versions and images are left out; name the repository with --checkout"
        )
    if new and values.flag("global.commonGate.spinnakerRBAC"):
        found.append(f"fiat.admin.roles of {FIAT} are replaced; --checkout keeps those it has")
    if values.flag(f"{GITOPS}.repo.sshkeysecret"):
        found.append("the private key goes where spinnakerconfig.yml.ssh usually waits for it")
    return found


def _beside(values: Values) -> list[str]:
    """What the chart does beside the configuration, whatever the values say."""
    found = [
        "pipeline-promotion/ and clusterconfig/ are applied to the cluster only with"
        " manifests: {paths: [pipeline-promotion, clusterconfig], apply: init}",
        "hal deploy apply is not run by halsync init",
    ]
    if values.chart == "4.0" and values.flag("global.auth.saml"):
        found.append("the Secret oes-gate-config is not rewritten, and gate not restarted")
    return found
