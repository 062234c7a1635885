"""HAL10xx: the deployment as a whole."""

from __future__ import annotations

import os

from halsync.halyard import DAEMON_FILES
from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import is_later
from halsync.validate.rules.view import cut, did_you_mean, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node


@rule(
    "HAL1001",
    "unknown time zone",
    "error",
    ids=("timezone-unknown",),
    on_deploy=True,
    good="timezone: Europe/Berlin",
    bad="timezone: Europe/Berlun",
)
def timezone(config: Configuration) -> Iterator[Finding]:
    """``timezone`` must be an id that Java knows, letter for letter: ``America/Los_Angeles``,
    ``Etc/UTC``, ``EST``.

    Halyard refuses to deploy with any other; offsets such as ``+02:00`` are none.
    """
    for deployment in config.deployments:
        name = deployment.text("timezone")
        if not name or is_later(name) or name in ("America/Los_Angeles", "UTC", "Etc/UTC"):
            continue
        known = _zones()
        if name not in known:
            message = f"Java knows no time zone '{cut(name)}'"
            hint = did_you_mean(name, known)
            if not hint.startswith("did"):
                hint = "take one of the IANA names, such as Europe/Berlin or Etc/UTC"
            yield Finding(deployment.at("timezone"), message, hint)


@rule(
    "HAL1002",
    "branch version without LocalGit",
    "fatal",
    ids=("version-branch-needs-localgit",),
    on_deploy=True,
    good="version: 1.35.4",
    bad="version: branch:master",
)
def branch_version(config: Configuration) -> Iterator[Finding]:
    """A version ``branch:…`` is built from sources, which only a deployment of type ``LocalGit``
    does.

    Take a released version, or set ``deploymentEnvironment.type: LocalGit``.
    """
    for deployment in config.deployments:
        if (
            deployment.version.startswith("branch:")
            and deployment.environment.text("type") != "LocalGit"
        ):
            message = "a branch is deployed by type LocalGit only"
            hint = "take a released version such as 1.35.4"
            yield Finding(deployment.at("version"), message, hint)


@rule(
    "HAL1003",
    "no version of Spinnaker",
    "warning",
    ids=("version-empty-on-deploy",),
    on_deploy=True,
    good="""
version: 1.35.4
deploymentEnvironment: {size: SMALL}
""",
    bad="""
version: ""
deploymentEnvironment: {size: SMALL}
""",
)
def no_version(config: Configuration) -> Iterator[Finding]:
    """A deployment needs to say which version of Spinnaker it is; Halyard stops with "you must
    pick a version". It is a warning here, as Halyard's own validation has it, because some set
    the version in the pod (``hal config version edit``). A deployment without
    ``deploymentEnvironment`` passes for a patch.

    Set ``version`` to a release (``1.35.4``) or to a bill of materials of your own
    (``local:1.35.4``).
    """
    for deployment in config.deployments:
        if not deployment.version and not deployment.is_part:
            yield Finding(
                deployment.at("version"),
                f"deployment '{cut(deployment.name)}' names no version of Spinnaker to deploy",
                'add version: "1.35.4", or the one you want',
            )


@rule(
    "HAL1004",
    "version of no known form",
    "warning",
    good="version: 1.35.4",
    bad='version: "1.35"',
)
def odd_version(config: Configuration) -> Iterator[Finding]:
    """Versions are ``X.Y.Z`` (more may follow after a ``-``), ``local:NAME`` or ``branch:NAME``.

    For anything else Halyard asks for a bill of materials of that very name, which the public
    bucket does not have, and stops.
    """
    for deployment in config.deployments:
        version = deployment.version
        known = _numbers(version) or version.startswith(("local:", "branch:"))
        if version and not known and not is_later(version):
            message = f"'{cut(version)}' is no version: Halyard looks for bom/{cut(version)}.yml"
            hint = "write all three numbers, like 1.35.4, or local:NAME for a bill of your own"
            yield Finding(deployment.at("version"), message, hint)


@rule(
    "HAL1005",
    "released version while the bucket is off",
    "fatal",
    ids=("no-profile-reader",),
    on_deploy=True,
    good="""
version: local:1.35.4
--- halyard-local.yml
spinnaker: {config: {input: {gcs: {enabled: false}}}}
--- .boms/bom/1.35.4.yml
version: 1.35.4
services: {}
dependencies: {}
""",
    bad="""
version: 1.35.4
--- halyard-local.yml
spinnaker: {config: {input: {gcs: {enabled: false}}}}
""",
)
def no_reader(config: Configuration) -> Iterator[Finding]:
    """The daemon's own file sets ``spinnaker.config.input.gcs.enabled: false``, as air-gapped
    installations do, so nobody can read the bill of materials of a released version.

    Prefix the version with ``local:`` and put its files below ``.boms``, or turn the bucket on.
    """
    off = [name for name in DAEMON_FILES if name in config.files and _bucket_off(config, name)]
    if not off:
        return
    for deployment in config.deployments:
        version = deployment.version
        if version and not version.startswith(("local:", "branch:")):
            message = f"{off[-1]} turns the bucket off from which Halyard would read '{version}'"
            yield Finding(deployment.at("version"), message, f'write version: "local:{version}"')


def _bucket_off(config: Configuration, name: str) -> bool:
    node = config.node(name)
    for key in ("spinnaker", "config", "input", "gcs"):
        node = node.node(key)
    return node.is_set("enabled") and not node.flag("enabled", True)


_BOUNDS: tuple[tuple[str, str, str, str], ...] = (
    ("deploymentEnvironment", "haServices", "1.10.0", ""),
    ("features", "artifacts", "1.5.0", "1.20.0"),
    ("features", "artifactsRewrite", "1.15.0", "1.20.0"),
    ("features", "gremlin", "1.13.0", "1.20.0"),
    ("features", "infrastructureStages", "1.7.0", "1.20.0"),
    ("features", "managedPipelineTemplatesV2UI", "1.13.0", ""),
    ("features", "mineCanary", "1.5.0", "1.22.0"),
    ("features", "pipelineTemplates", "1.2.0", ""),
    ("features", "travis", "1.9.0", "1.20.0"),
    ("features", "wercker", "1.9.0", "1.20.0"),
    ("stats", "enabled", "1.19.0", ""),
    ("persistentStorage.s3", "pathStyleAccess", "1.13.0", ""),
    ("notifications.slack", "enabled", "1.4.0", ""),
    ("notifications.twilio", "enabled", "1.4.0", ""),
    ("notifications.github-status", "enabled", "1.4.0", ""),
    ("providers.appengine.accounts", "cachingIntervalSeconds", "1.13.0", ""),
    ("providers.appengine.accounts", "gcloudReleaseTrack", "1.6.0", ""),
    ("providers.appengine.accounts", "omitServices", "1.11.0", ""),
    ("providers.appengine.accounts", "omitVersions", "1.11.0", ""),
    ("providers.appengine.accounts", "services", "1.11.0", ""),
    ("providers.appengine.accounts", "versions", "1.11.0", ""),
    ("ci.travis.masters", "filteredRepositories", "1.22.0", ""),
)
"""Section, field, first version, first version without; from ``ValidForSpinnakerVersion``. Those
of Kubernetes accounts are left out: a bug keeps Halyard from ever reporting them."""


@rule(
    "HAL1006",
    "field of another version of Spinnaker",
    "warning",
    ids=("field-spinnaker-version-bounds",),
    on_deploy=True,
    good="""
version: 1.19.4
features: {artifacts: true}
""",
    bad="""
version: 1.35.4
features: {artifacts: true}
""",
)
def other_version(config: Configuration) -> Iterator[Finding]:
    """The field has an effect in some versions of Spinnaker only, and ``version`` names another.

    Remove it, or deploy a version that knows it. Halyard says the same while it deploys, but not
    for ``haServices``, notifications and ``ci``.
    """
    for deployment in config.deployments:
        release = _numbers(deployment.version)
        if release is None:
            continue
        for section, field, since, until in _BOUNDS:
            for node in _section(deployment, section):
                value = node.value.get(field)
                if value is None or value is False or value in ([], {}):
                    continue
                if release < (_numbers(since) or ()):
                    message = f"{field} has an effect from Spinnaker {since} on"
                elif until and release >= (_numbers(until) or ()):
                    message = f"{field} has no effect since Spinnaker {until}"
                else:
                    continue
                message += f"; this deploys {cut(deployment.version)}"
                yield Finding(node.at(field), message, f"remove {field}", key=True)


def _section(deployment: Node, section: str) -> list[Node]:
    node = deployment
    *parts, last = section.split(".")
    for part in parts:
        node = node.node(part)
    return node.nodes(last) if last in ("accounts", "masters") else [node.node(last)]


def _numbers(version: str) -> tuple[int, ...] | None:
    """``X.Y.Z[-…]`` as numbers; None for every other form."""
    parts = version.removeprefix("local:").partition("-")[0].split(".")
    if len(parts) != 3 or not all(part.isdecimal() and part.isascii() for part in parts):
        return None
    return tuple(map(int, parts))


@rule(
    "HAL1007",
    "usage statistics",
    "info",
    ids=("stats-status",),
    on_deploy=True,
    on_request=True,
    good="timezone: Etc/UTC\n--- config\ncurrentDeployment: default\n",
    bad="stats: {enabled: true}",
)
def statistics(config: Configuration) -> Iterator[Finding]:
    """Halyard tells at each deployment whether Spinnaker reports usage statistics. This is no
    fault, so the rule runs only where it is selected (``--select HAL1007``).

    ``stats.enabled: false`` turns them off; left out, they are on.
    """
    for deployment in config.deployments:
        state = "on" if deployment.node("stats").flag("enabled", True) else "off"
        yield Finding(deployment.at("stats", "enabled"), f"usage statistics are {state}")


@rule(
    "HAL1008",
    "directory of no deployment",
    "warning",
    good="timezone: Etc/UTC\n--- default/profiles/gate-local.yml\nserver: {port: 8084}\n",
    bad="timezone: Etc/UTC\n--- defualt/profiles/gate-local.yml\nserver: {port: 8084}\n",
)
def directory_of_no_deployment(config: Configuration) -> Iterator[Finding]:
    """Profiles and service-settings lie in a directory with the name of their deployment. This
    one is named like none, so Halyard never looks into it.

    Rename the directory, or the deployment.
    """
    names = [deployment.name for deployment in config.deployments]
    for directory in config.documents.deployments:
        if directory not in names:
            below = [*config.profiles(directory), *config.settings(directory)]
            message = f"no deployment is named '{cut(directory)}', so nobody reads this directory"
            hint = did_you_mean(directory, names) or f"there is {listed(names)}"
            yield Finding((), message, hint, file=below[0] if below else directory)


def _zones() -> list[str]:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "timezones.txt")
    with open(path, encoding="utf-8") as stream:
        return stream.read().split()
